package retention

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"fovea/app/ui/numbers"
	"fovea/model/trace"
)

// readout says in words what is under the pointer, or else what the entry
// shown is.
type readout struct {
	text  *prose
	box   *container.Scroll
	place Place // whose text is shown or expected
	over  bool
}

func newReadout() *readout {
	r := &readout{text: newProse()}
	r.box = container.NewVScroll(r.text.rich)
	r.box.SetMinSize(fyne.NewSize(100, 88))
	return r
}

// prose is a bold line and what follows it, in small print.
type prose struct {
	rich        *widget.RichText
	first, rest *widget.TextSegment
}

func newProse() *prose {
	style := widget.RichTextStyle{SizeName: theme.SizeNameCaptionText}
	bold := style
	bold.TextStyle.Bold = true
	p := &prose{first: &widget.TextSegment{Style: bold}, rest: &widget.TextSegment{Style: style}}
	p.rich = widget.NewRichText(p.first, p.rest)
	p.rich.Wrapping = fyne.TextWrapWord
	return p
}

// set shows texts; the layout of those that are there already is spared. It
// reports whether they were others.
func (p *prose) set(first, rest string) bool {
	if p.first.Text == first && p.rest.Text == rest {
		return false
	}
	p.first.Text, p.rest.Text = first, rest
	p.rich.Segments = p.rich.Segments[:0]
	for _, s := range []*widget.TextSegment{p.first, p.rest} {
		if s.Text != "" {
			p.rich.Segments = append(p.rich.Segments, s)
		}
	}
	p.rich.Refresh()
	return true
}

// explanation says how to read the map.
func explanation() string {
	return lang.L("Rows are layers, columns are the pages of the documents. k: recalled blocks of a layer; the line is the average budget. H: normalised entropy of its scores in the last {{.N}} steps. Striped: questions and answers.",
		map[string]any{"N": past})
}

// set shows texts.
func (r *readout) set(facts, text string) {
	if r.text.set(facts, text) {
		r.box.Refresh()
	}
}

// summary says what entry at is and how much it attends.
func summary(rec *record, at int) string {
	s := rec.step(at)
	if s == nil {
		return ""
	}
	what := lang.L("Token {{.N}} of {{.Of}}", map[string]any{"N": numbers.Whole(rec.number[at]), "Of": numbers.Whole(rec.tokens)})
	if isWindow(s) {
		what = lang.L("Window {{.N}} of {{.Of}}", map[string]any{"N": numbers.Whole(rec.number[at]), "Of": numbers.Whole(rec.windows)})
	}
	return what + " · " + attended(s)
}

// attended says how many tokens a step attends.
func attended(s *trace.Step) string {
	all := s.Pos + s.Queries
	if len(s.Layers) == 0 {
		return lang.L("everything is attended: {{.All}} tokens", map[string]any{"All": numbers.Whole(all)})
	}
	return lang.L("attends {{.Some}} of {{.All}} tokens in each layer, on average",
		map[string]any{"Some": numbers.Whole(s.Attended()), "All": numbers.Whole(all)})
}

// show says what the entry is while the pointer is over nothing, and brings
// the numbers of a place up to date.
func (r *readout) show(v *view) {
	if r.over {
		r.set(describe(r.place, v.rec.step(v.at)), r.text.rest.Text)
		return
	}
	text := ""
	if s := v.rec.step(v.at); s != nil && len(s.Layers) > 0 {
		text = explanation()
	}
	r.set(summary(v.rec, v.at), text)
}

// hover says what a place is. Its text comes later.
func (r *readout) hover(p Place, v *view) {
	r.place, r.over = p, true
	r.set("", "")
	r.show(v)
}

func (r *readout) leave(v *view) {
	r.over = false
	r.show(v)
}

// describe names layer, page, block, k and H of a place in a step.
func describe(p Place, s *trace.Step) string {
	var parts []string
	add := func(text string) { parts = append(parts, text) }
	if p.Layer >= 0 {
		add(lang.L("Layer {{.N}}", map[string]any{"N": p.Layer + 1}))
	}
	switch {
	case p.Page > 0 && p.Title != "":
		add(lang.L("page {{.Page}} of “{{.Title}}”", map[string]any{"Page": numbers.Whole(p.Page), "Title": p.Title}))
	case p.Title != "":
		add("“" + p.Title + "”")
	case p.End > p.Pos:
		add(lang.L("text of no document"))
	}
	if p.Block >= 0 {
		add(lang.L("block {{.N}}", map[string]any{"N": numbers.Whole(p.Block)}))
	}
	if kind := kindName(p.Kind); kind != "" {
		add(kind)
	}
	if s != nil && p.Layer >= 0 && p.Layer < len(s.Layers) {
		l := &s.Layers[p.Layer]
		add("k " + numbers.Whole(l.K))
		if s.Blocks >= 2 {
			add("H " + numbers.Decimal(float64(l.H), 2))
		}
		if share, ok := shareOf(l, p.Block); ok {
			add(lang.L("{{.Share}} % of the attention to recalled blocks", map[string]any{"Share": numbers.Decimal(100*share, 2)}))
		}
	}
	return strings.Join(parts, " · ")
}

// shareOf is the part of the layer's attention to recalled blocks that a block
// got.
func shareOf(l *trace.Layer, block int) (share float64, known bool) {
	i := strongest(l, int32(block), int32(block))
	if i < 0 || i >= len(l.Mass) {
		return 0, false
	}
	sum := 0.0
	for _, m := range l.Mass {
		sum += float64(m)
	}
	return float64(l.Mass[i]) / sum, sum > 0
}

func kindName(k Kind) string {
	switch k {
	case Initial:
		return lang.L("initial tokens, always attended")
	case Recalled:
		return lang.L("recalled")
	case Block:
		return lang.L("not recalled")
	case Remainder:
		return lang.L("remainder, always attended")
	case Local:
		return lang.L("local window, always attended")
	}
	return ""
}
