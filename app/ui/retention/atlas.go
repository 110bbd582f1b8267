package retention

import (
	"slices"
	"sort"

	"fovea/model/trace"
)

// atlas knows which text the positions hold.
type atlas struct {
	docs  []trace.Document
	spans []trace.Span
	parts []trace.Span // spans at which a page, a document or other text begins
}

// set replaces the map; one that goes on from the map before costs only what is
// new.
func (a *atlas) set(m trace.Map) {
	n := len(a.spans)
	if n > len(m.Spans) || n > 0 && (m.Spans[0] != a.spans[0] || m.Spans[n-1] != a.spans[n-1]) {
		a.spans, a.parts, n = nil, nil, 0
	}
	for _, s := range m.Spans[n:] {
		if k := len(a.parts); k == 0 || a.parts[k-1].Doc != s.Doc || a.parts[k-1].Page != s.Page {
			a.parts = append(a.parts, s)
		}
	}
	a.docs, a.spans = m.Documents, slices.Clip(m.Spans)
}

// end is a position that the map reaches for certain.
func (a *atlas) end() int {
	if len(a.spans) == 0 {
		return 0
	}
	return a.spans[len(a.spans)-1].Pos + 1
}

// at is the span of a position. One before all spans is of no document.
func (a *atlas) at(pos int) trace.Span {
	i := sort.Search(len(a.spans), func(i int) bool { return a.spans[i].Pos > pos })
	if i == 0 {
		return trace.Span{Pos: pos, Doc: -1}
	}
	return a.spans[i-1]
}

// document is that of a span; nil where it is of none.
func (a *atlas) document(s trace.Span) *trace.Document {
	if s.Doc < 0 || s.Doc >= len(a.docs) {
		return nil
	}
	return &a.docs[s.Doc]
}

// partEnd is the position at which part i ends, up to extent.
func (a *atlas) partEnd(i, extent int) int {
	if i+1 < len(a.parts) {
		return a.parts[i+1].Pos
	}
	return extent
}
