package document

import (
	"errors"
	"strconv"
	"strings"
)

const (
	listLevels = 9 // that Word has
	longMark   = 40
)

// numbering gives list items the marks that Word shows and does not store.
type numbering struct {
	lists  map[string]*list // by numId
	counts map[string]*[listLevels]int
}

// list is one use of a definition; several may share the definition's counts.
type list struct {
	definition string
	levels     [listLevels]level
	restart    [listLevels]bool // begins anew when it is first used
}

// level is how the items of one level are marked.
type level struct {
	known  bool
	start  int
	format string // "bullet", "decimal", ...
	text   string // with %1 for the number of the first level, and so on
}

type wordLevel struct {
	Level  string `xml:"ilvl,attr"`
	Start  value  `xml:"start"`
	Format value  `xml:"numFmt"`
	Text   value  `xml:"lvlText"`
}

// readNumbering reads the definitions of a Word file's lists.
func readNumbering(a *archive, name string) (*numbering, error) {
	var file struct {
		Definitions []struct {
			ID     string      `xml:"abstractNumId,attr"`
			Levels []wordLevel `xml:"lvl"`
		} `xml:"abstractNum"`
		Lists []struct {
			ID         string `xml:"numId,attr"`
			Definition value  `xml:"abstractNumId"`
			Overrides  []struct {
				Level string     `xml:"ilvl,attr"`
				Start *value     `xml:"startOverride"`
				New   *wordLevel `xml:"lvl"`
			} `xml:"lvlOverride"`
		} `xml:"num"`
	}
	n := &numbering{lists: map[string]*list{}, counts: map[string]*[listLevels]int{}}
	err := a.decode(name, &file)
	if errors.Is(err, errNoEntry) {
		err = nil
	}
	definitions := map[string][listLevels]level{}
	for _, d := range file.Definitions {
		var levels [listLevels]level
		for _, l := range d.Levels {
			levels[listLevel(l.Level)] = l.level()
		}
		definitions[d.ID] = levels
	}
	for _, l := range file.Lists {
		use := &list{definition: l.Definition.Val, levels: definitions[l.Definition.Val]}
		for _, o := range l.Overrides {
			i := listLevel(o.Level)
			if o.New != nil {
				use.levels[i] = o.New.level()
			}
			if o.Start != nil {
				use.levels[i].start, use.restart[i] = number(o.Start.Val, 1), true
			}
		}
		n.lists[l.ID] = use
	}
	return n, err
}

func (l *wordLevel) level() level {
	return level{known: true, start: number(l.Start.Val, 0), format: l.Format.Val, text: l.Text.Val}
}

// listLevel is a level from 0 as Word writes it.
func listLevel(val string) int { return min(max(number(val, 0), 0), listLevels-1) }

func number(val string, or int) int {
	if n, err := strconv.Atoi(val); err == nil {
		return n
	}
	return or
}

// mark counts an item of a list and returns what stands before it, with a space
// behind. An item of an unknown list or level has a dash; "0" is no list.
func (n *numbering) mark(id string, at int) (mark string, ok bool) {
	if id == "" || id == "0" {
		return "", false
	}
	const dash = "- "
	if n == nil || n.lists[id] == nil || !n.lists[id].levels[at].known {
		return dash, true
	}
	l := n.lists[id]
	counts := n.counts[l.definition]
	if counts == nil {
		counts = new([listLevels]int)
		for i := range counts {
			counts[i] = l.levels[i].start - 1
		}
		n.counts[l.definition] = counts
	}
	if l.restart[at] {
		l.restart[at] = false
		counts[at] = l.levels[at].start - 1
	}
	counts[at]++
	for i := at + 1; i < listLevels; i++ {
		counts[i] = l.levels[i].start - 1
	}
	if l.levels[at].format == "bullet" {
		return dash, true
	}
	text := l.levels[at].text
	if len(text) > longMark { // a mark cannot make a text of its own
		text = "%" + strconv.Itoa(at+1) + "."
	}
	for i := range at + 1 {
		// A level above that has no item yet is shown as its first.
		shown := max(counts[i], l.levels[i].start)
		text = strings.ReplaceAll(text, "%"+strconv.Itoa(i+1), count(shown, l.levels[i].format))
	}
	if text = strings.Join(strings.Fields(text), " "); text == "" {
		return "", true
	}
	return text + " ", true
}

// count writes a number in one of Word's formats.
func count(n int, format string) string {
	switch {
	case format == "none":
		return ""
	case format == "decimalZero" && n >= 0 && n < 10:
		return "0" + strconv.Itoa(n)
	case strings.HasSuffix(format, "Letter") && n >= 1 && n <= 26*3:
		s := strings.Repeat(string(rune('a'+(n-1)%26)), (n-1)/26+1) // aa follows z, then bb
		if format == "upperLetter" {
			s = strings.ToUpper(s)
		}
		return s
	case strings.HasSuffix(format, "Roman") && n >= 1 && n < 4000:
		if s := romanNumber(n); format == "lowerRoman" {
			return strings.ToLower(s)
		} else {
			return s
		}
	}
	return strconv.Itoa(n)
}

func romanNumber(n int) string {
	var b strings.Builder
	for _, d := range []struct {
		value int
		sign  string
	}{
		{1000, "M"},
		{900, "CM"},
		{500, "D"},
		{400, "CD"},
		{100, "C"},
		{90, "XC"},
		{50, "L"},
		{40, "XL"},
		{10, "X"},
		{9, "IX"},
		{5, "V"},
		{4, "IV"},
		{1, "I"},
	} {
		for ; n >= d.value; n -= d.value {
			b.WriteString(d.sign)
		}
	}
	return b.String()
}
