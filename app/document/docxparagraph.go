package document

import (
	"encoding/xml"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// paragraph reads one paragraph, and what is in the text boxes at it.
func (r *docx) paragraph(f *flow) error {
	p := &paragraph{}
	err := r.elements(func(e xml.StartElement) (bool, error) { return r.inParagraph(p, e) }, func(xml.EndElement) {})
	r.addParagraph(f, p)
	f.append(p.boxes)
	r.addFootnotes(f)
	if p.props.Section != nil {
		r.endSection(f, p.props.Section)
	}
	return err
}

// paragraph is one that is being read.
type paragraph struct {
	props  paragraphProps
	text   strings.Builder
	boxes  flow
	hidden bool // the open run is
	raised bool // the open run is
}

type paragraphProps struct {
	Style   value         `xml:"pStyle"`
	Level   value         `xml:"numPr>ilvl"`
	List    value         `xml:"numPr>numId"`
	Outline *value        `xml:"outlineLvl"`
	Break   *value        `xml:"pageBreakBefore"`
	Section *sectionProps `xml:"sectPr"`
}

// sectionProps ends a section. Type says how this section began.
type sectionProps struct {
	Type value `xml:"type"`
}

// inParagraph reads an element within a paragraph. It is taken where all of it
// was read.
func (r *docx) inParagraph(p *paragraph, e xml.StartElement) (taken bool, err error) {
	switch e.Name.Local {
	case "pPr":
		err = r.xml.DecodeElement(&p.props, &e)
		if r.nesting == 0 && (p.props.Break.on() || p.props.Break == nil && r.styles[p.props.Style.Val].breaks) {
			r.breakPage(p)
		}
		return true, err
	case "rPr":
		var props struct {
			Hidden *value `xml:"vanish"`
			Raised value  `xml:"vertAlign"`
		}
		err = r.xml.DecodeElement(&props, &e)
		p.hidden, p.raised = props.Hidden.on(), props.Raised.Val == "superscript"
		return true, err
	case "r":
		p.hidden, p.raised = false, false
		return false, nil
	case "t":
		var text string
		err = r.xml.DecodeElement(&text, &e)
		r.write(p, text)
		return true, err
	case "txbxContent":
		r.nesting++
		err = r.blocks(&p.boxes)
		r.nesting--
		return true, err
	case "tab", "ptab":
		r.write(p, "\t")
	case "br":
		r.lineBreak(p, attribute(e, "type"))
	case "cr":
		r.write(p, "\n")
	case "noBreakHyphen":
		r.write(p, "-")
	case "lastRenderedPageBreak":
		r.rendered = true
		r.breakPage(p)
	case "footnoteReference":
		r.refer(p, r.foot, attribute(e, "id"), "", &r.footText)
	case "endnoteReference":
		r.refer(p, r.end, attribute(e, "id"), "e", &r.endText)
	case "sym":
		if !p.hidden {
			r.symbols++
		}
	case "blip", "imagedata":
		r.pictures = true
		return false, nil
	case "del", "moveFrom", "Fallback", "delText", "instrText", "delInstrText", "rt", "sdtPr":
	default:
		return false, nil
	}
	return true, r.xml.Skip()
}

func (r *docx) write(p *paragraph, text string) {
	text = strings.ReplaceAll(text, "\u00ad", "")
	if strings.HasSuffix(p.text.String(), "\f") {
		text = strings.TrimLeft(text, " ") // the space at which the page was full
	}
	if p.hidden || text == "" {
		return
	}
	if p.raised {
		first, _ := utf8.DecodeRuneInString(text)
		last, _ := utf8.DecodeLastRuneInString(p.text.String())
		if (unicode.IsDigit(first) || first == '−' || first == '-') && (unicode.IsLetter(last) || unicode.IsDigit(last) || last == ')') {
			text = "^" + text // an exponent, which would seem a part of the number
		}
		p.raised = false
	}
	p.text.WriteString(text)
	r.written = r.written || strings.Trim(text, blankCutset) != ""
}

// lineBreak is a break that the writer has set.
func (r *docx) lineBreak(p *paragraph, kind string) {
	if kind == "page" && r.nesting == 0 && !p.hidden {
		p.text.WriteByte('\f')
		r.written = false
		return
	}
	r.write(p, "\n")
}

// breakPage begins a page, unless one has just begun: a break that was set is
// followed by the one of the last print.
func (r *docx) breakPage(p *paragraph) {
	if r.written {
		p.text.WriteByte('\f')
		r.written = false
	}
}

// refer writes the mark of a note, and keeps its text for a better place.
func (r *docx) refer(p *paragraph, n *notes, id, letter string, to *[]string) {
	if n == nil || p.hidden {
		return
	}
	number, seen := n.number[id]
	if !seen {
		number = len(n.number) + 1
		n.number[id] = number
	}
	mark := fmt.Sprintf("[%s%d]", letter, number)
	p.raised = false
	r.write(p, mark)
	if text := n.text[id]; !seen && text != "" {
		*to = append(*to, mark+" "+text)
	}
}

// addFootnotes writes the footnotes of what was read, but not within a table.
func (r *docx) addFootnotes(f *flow) {
	if r.nesting > 0 {
		return
	}
	for _, n := range r.footText {
		f.paragraph(n)
	}
	r.footText = nil
}

// addParagraph adds a paragraph as what its style and its numbering make it.
func (r *docx) addParagraph(f *flow, p *paragraph) {
	text, s := p.text.String(), r.styles[p.props.Style.Val]
	bare := strings.Trim(text, blankCutset+"\f")
	list, level := s.list, s.listLevel
	if p.props.List.Val != "" {
		list, level = p.props.List.Val, 0
	}
	if p.props.Level.Val != "" {
		level = listLevel(p.props.Level.Val)
	}
	mark, numbered := "", false
	if bare != "" {
		mark, numbered = r.numbers.mark(list, level)
	}
	heading := s.level
	if p.props.Outline != nil {
		heading = outlineLevel(p.props.Outline.Val)
	}
	switch {
	case bare != "" && (s.title || heading > 0):
		words := strings.Join(strings.Fields(bare), " ")
		if s.title && r.title == "" {
			r.title = words
		} else if r.heading == "" {
			r.heading = words
		}
		before, rest, after := pageBreaks(text)
		if mark == "- " {
			mark = ""
		}
		f.heading(max(heading, 1), before+mark+rest+after)
	case numbered:
		f.item(level, mark, text, -1)
	default:
		f.paragraph(text)
	}
}
