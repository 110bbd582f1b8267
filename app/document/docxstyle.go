package document

import (
	"errors"
	"strconv"
	"strings"
)

// maxBased is how many styles a style may be based on, one on the other.
const maxBased = 32

// style is what a paragraph style says of its paragraphs.
type style struct {
	level     int  // of a heading, from 1; 0 is no heading
	title     bool // of the document
	breaks    bool // begins a page
	list      string
	listLevel int // from 0
}

// wordStyle is a style as the file has it, without those that it is based on.
type wordStyle struct {
	ID    string         `xml:"styleId,attr"`
	Name  value          `xml:"name"`
	Based value          `xml:"basedOn"`
	Props paragraphProps `xml:"pPr"`
}

// readStyles returns the paragraph styles of a Word file by their ids.
func readStyles(a *archive, name string) (map[string]style, error) {
	var sheet struct {
		Styles []wordStyle `xml:"style"`
	}
	err := a.decode(name, &sheet)
	if errors.Is(err, errNoEntry) {
		err = nil
	}
	byID := map[string]*wordStyle{}
	for i := range sheet.Styles {
		byID[sheet.Styles[i].ID] = &sheet.Styles[i]
	}
	styles := map[string]style{}
	for id := range byID {
		styles[id] = resolve(byID, id)
	}
	return styles, err
}

// resolve adds to a style what it has from those that it is based on.
func resolve(byID map[string]*wordStyle, id string) style {
	var s style
	var outline, broken, listed bool
	for i := range maxBased {
		w := byID[id]
		if w == nil {
			break
		}
		name := strings.ToLower(w.Name.Val)
		if !outline && w.Props.Outline != nil {
			outline, s.level = true, outlineLevel(w.Props.Outline.Val)
		}
		if rest, ok := strings.CutPrefix(name, "heading "); ok && !outline {
			if n, err := strconv.Atoi(rest); err == nil && n >= 1 && n <= 9 {
				outline, s.level = true, n
			}
		}
		s.title = s.title || i == 0 && name == "title"
		if !broken && w.Props.Break != nil {
			broken, s.breaks = true, w.Props.Break.on()
		}
		if !listed && w.Props.List.Val != "" {
			listed, s.list = true, w.Props.List.Val
		}
		if s.listLevel == 0 {
			s.listLevel = listLevel(w.Props.Level.Val)
		}
		id = w.Based.Val
	}
	return s
}

// outlineLevel is the level of a heading, from 1, as Word numbers them from 0;
// 0 for body text.
func outlineLevel(val string) int {
	if n, err := strconv.Atoi(val); err == nil && n >= 0 && n < 9 {
		return n + 1
	}
	return 0
}
