package document

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// maxParagraphs is the most paragraphs and table cells of a Word file, empty ones
// included. A book of 2,000 pages has fewer than 100,000.
const maxParagraphs = 2_000_000

// docx makes text of the XML of a Word file. Elements are known by their local
// names: the two editions of the standard have different name spaces.
type docx struct {
	xml     *xml.Decoder
	styles  map[string]style
	numbers *numbering
	foot    *notes
	end     *notes

	nesting  int  // open tables, text boxes and notes
	written  bool // there is text since the last page break
	rendered bool // the file has the page breaks of its last print
	count    int  // of paragraphs and cells
	section  int  // index of the block that begins the open section, -1 for the first
	footText []string
	endText  []string
	title    string // paragraph in the style of titles
	heading  string // first heading
	symbols  int
	pictures bool
}

// notes are the footnotes or the endnotes of a file. Each is written once, so
// that references cannot multiply it.
type notes struct {
	text   map[string]string // by id
	number map[string]int    // of those referred to, from 1
}

// value is an element with the attribute val.
type value struct {
	Val string `xml:"val,attr"`
}

// on reports whether a property is set that is on without a value.
func (v *value) on() bool {
	return v != nil && v.Val != "0" && v.Val != "false" && v.Val != "off" && v.Val != "none"
}

// blocks reads paragraphs and tables up to the end of the element that was
// entered last, or up to io.EOF.
func (r *docx) blocks(f *flow) error {
	for depth := 0; ; {
		t, err := r.xml.Token()
		if err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "p":
				if err = r.another(); err == nil {
					err = r.paragraph(f)
				}
			case "tbl":
				err = r.table(f)
			case "sectPr":
				var s sectionProps
				if err = r.xml.DecodeElement(&s, &e); err == nil {
					r.endSection(f, &s)
				}
			case "del", "moveFrom", "Fallback", "sdtPr", "tblPr", "tcPr":
				err = r.xml.Skip()
			default:
				depth++
			}
			if err != nil {
				return err
			}
		case xml.EndElement:
			if depth == 0 {
				return nil
			}
			depth--
		}
	}
}

// another counts a paragraph or cell: a small archive has room for so many that
// memory has none.
func (r *docx) another() error {
	if r.count++; r.count > maxParagraphs {
		return fmt.Errorf("%w: more than %d paragraphs and cells; split the file", ErrTooLarge, maxParagraphs)
	}
	return nil
}

// table reads the rows of a table. Its footnotes come behind it.
func (r *docx) table(f *flow) error {
	group := f.newGroup()
	r.nesting++
	var cells []flow
	err := r.elements(func(e xml.StartElement) (taken bool, err error) {
		switch e.Name.Local {
		case "tc":
			if err = r.another(); err != nil {
				return true, err
			}
			var cell flow
			err = r.blocks(&cell)
			cells = append(cells, cell)
		case "tblPr", "trPr", "tblPrEx", "sdtPr":
			err = r.xml.Skip()
		default:
			return false, nil
		}
		return true, err
	}, func(e xml.EndElement) {
		if e.Name.Local == "tr" {
			f.row(cells, group)
			cells = nil
		}
	})
	if len(cells) > 0 { // the file breaks off
		f.row(cells, group)
	}
	r.nesting--
	r.addFootnotes(f)
	return err
}

// elements calls start for each element up to the end of the one that was
// entered last. Start takes an element with all that is in it, or leaves it;
// end is called where an element that was left ends.
func (r *docx) elements(start func(xml.StartElement) (bool, error), end func(xml.EndElement)) error {
	for depth := 0; ; {
		t, err := r.xml.Token()
		if err != nil {
			return err
		}
		switch e := t.(type) {
		case xml.StartElement:
			taken, err := start(e)
			if err != nil {
				return err
			}
			if !taken {
				depth++
			}
		case xml.EndElement:
			if depth == 0 {
				return nil
			}
			depth--
			end(e)
		}
	}
}

// endSection begins a page where the section that ends here began, if its
// properties say so.
func (r *docx) endSection(f *flow, s *sectionProps) {
	if r.nesting > 0 {
		return
	}
	if i := r.section; i >= 0 && i < len(f.blocks) && s.Type.Val != "continuous" && s.Type.Val != "nextColumn" &&
		!strings.HasPrefix(f.blocks[i].text, "\f") {
		f.blocks[i].text = "\f" + f.blocks[i].text
	}
	r.section = len(f.blocks)
}
