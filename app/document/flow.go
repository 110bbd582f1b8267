package document

import "strings"

const (
	maxIndent    = 8    // levels of a list that are indented; deeper ones look like this one
	longCell     = 1200 // bytes of a table's cell from which on the table is there for the layout
	blankCutset  = " \t\n\u00a0"
	maxHeading   = 6 // levels that Markdown tells apart
	rowSeparator = " | "
)

// flow collects what a structured format holds, in reading order, and writes it
// like Markdown: headings with "#", list items with "- " or a number, a table's
// rows with " | " between the cells. A form feed in a text begins a page.
type flow struct {
	blocks []block
	groups int
}

// block is one paragraph, heading, list item or table row.
type block struct {
	text  string
	group int  // adjacent blocks of one group other than 0 are lines, others paragraphs
	solid bool // a heading or a row, which does not fit into another table's row
}

// newGroup returns the number of a group that no block has yet.
func (f *flow) newGroup() int {
	f.groups++
	return f.groups
}

func (f *flow) paragraph(text string) { f.line("", text, 0) }

// line adds text behind prefix as a line of group; page breaks around the text
// go around the prefix.
func (f *flow) line(prefix, text string, group int) {
	before, text, after := pageBreaks(text)
	if text != "" {
		text = prefix + text
	}
	f.add(block{text: before + text + after, group: group})
}

func (f *flow) heading(level int, text string) {
	before, text, after := pageBreaks(text)
	before, text = hoist(before, text)
	if text = strings.Join(strings.Fields(text), " "); text != "" {
		text = strings.Repeat("#", min(max(level, 1), maxHeading)) + " " + text
	}
	f.add(block{text: before + text + after, solid: text != ""})
}

// item adds a list item. Level counts from 0; the mark of the second and later
// paragraphs of an item is empty.
func (f *flow) item(level int, mark, text string, group int) {
	indent := strings.Repeat("  ", min(max(level, 0), maxIndent-1))
	if mark == "" {
		mark = "  "
	}
	f.line(indent+mark, text, group)
}

// row adds the cells of a table's row: as one line, or one cell after the other
// where the table only arranges a page.
func (f *flow) row(cells []flow, group int) {
	if arranges(cells) {
		for _, c := range cells {
			f.append(c)
		}
		return
	}
	breaks, filled := "", false
	texts := make([]string, len(cells))
	for i, c := range cells {
		var words []string
		for _, b := range c.blocks {
			var text string
			breaks, text = hoist(breaks, b.text)
			words = append(words, strings.Fields(text)...)
		}
		texts[i] = strings.Join(words, " ")
		filled = filled || texts[i] != ""
	}
	line := ""
	if filled {
		line = strings.Trim(strings.Join(texts, rowSeparator), " ")
	}
	f.add(block{text: breaks + line, group: group, solid: len(cells) > 1 && filled})
}

// arranges reports whether a row's cells hold parts of a page and not a
// table's data.
func arranges(cells []flow) bool {
	if len(cells) == 1 && len(cells[0].blocks) > 1 {
		return true
	}
	for _, c := range cells {
		n := 0
		for _, b := range c.blocks {
			if n += len(b.text); b.solid || n > longCell {
				return true
			}
		}
	}
	return false
}

// append adds the blocks of another flow.
func (f *flow) append(other flow) {
	shift := f.groups // the other one counts its groups from 1, too
	f.groups += other.groups
	for _, b := range other.blocks {
		if b.group > 0 {
			b.group += shift
		}
		f.add(b)
	}
}

func (f *flow) add(b block) {
	if b.text = strings.TrimRight(b.text, blankCutset); b.text != "" {
		f.blocks = append(f.blocks, b)
	}
}

// String is the text of all blocks.
func (f *flow) String() string {
	var b strings.Builder
	for i, block := range f.blocks {
		switch {
		case i == 0:
		case block.group != 0 && block.group == f.blocks[i-1].group:
			b.WriteByte('\n')
		default:
			b.WriteString("\n\n")
		}
		b.WriteString(block.text)
	}
	return b.String()
}

// pageBreaks parts the form feeds at both ends of text, and the white space
// there, from the rest.
func pageBreaks(text string) (before, rest, after string) {
	const cutset = blankCutset + "\f"
	rest = strings.TrimLeft(text, cutset)
	before = text[:len(text)-len(rest)]
	text = rest
	rest = strings.TrimRight(text, cutset)
	after = text[len(rest):]
	onlyBreaks := func(r rune) rune {
		if r == '\f' {
			return r
		}
		return -1
	}
	return strings.Map(onlyBreaks, before), rest, strings.Map(onlyBreaks, after)
}

// hoist moves the form feeds in text to the end of breaks: headings and rows
// are not divided.
func hoist(breaks, text string) (moved, rest string) {
	n := strings.Count(text, "\f")
	if n == 0 {
		return breaks, text
	}
	return breaks + strings.Repeat("\f", n), strings.ReplaceAll(text, "\f", " ")
}
