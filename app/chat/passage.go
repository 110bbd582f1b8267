package chat

import (
	"cmp"
	"context"
	"slices"
	"unicode/utf8"

	"fovea/model/trace"
	"fovea/store"
)

// Passage is a piece of a document's text.
type Passage struct {
	Document   store.DocumentID
	Page       int // from 1
	Start, End int // bytes of that page's text; it may begin before it and end behind it
	Text       string
	Share      float64 // of the attention that all recalled blocks got, 0 to 1
}

// PassageAt returns the text of the n tokens from a position on, as far as
// they are of one document; nil where they are of none.
func (s *Service) PassageAt(ctx context.Context, m *trace.Map, pos, n int) (*Passage, error) {
	i := spanAt(m, pos)
	for i < len(m.Spans) && m.Spans[i].Pos < pos+n && m.Spans[i].Doc < 0 {
		i++
	}
	if i == len(m.Spans) || m.Spans[i].Pos >= pos+n {
		return nil, nil
	}
	first := m.Spans[i]
	of := m.Documents[first.Doc]
	d, err := s.document(ctx, store.DocumentID(of.ID))
	if err != nil {
		return nil, err
	}
	text, last := d.Text(), first
	for i++; i < len(m.Spans) && m.Spans[i].Pos < pos+n && m.Spans[i].Doc == first.Doc; i++ {
		last = m.Spans[i]
	}
	end := len(text) // where something else follows in the map, the document was at its end
	switch {
	case i == len(m.Spans): // the map goes no further yet
		end = last.Offset + lastSpan
	case m.Spans[i].Doc == first.Doc:
		end = m.Spans[i].Offset
	}
	end = min(end, len(text))
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end++
	}
	page := d.PageStart(first.Page)
	return &Passage{
		Document: store.DocumentID(of.ID), Page: first.Page, Start: first.Offset - page, End: end - page, Text: text[first.Offset:end],
	}, nil
}

// lastSpan is the bytes that the last span of a map is taken for.
const lastSpan = 128

// spanAt is the number of the span with a position; 0 for a map without spans.
func spanAt(m *trace.Map, pos int) int {
	i, found := slices.BinarySearchFunc(m.Spans, pos, func(sp trace.Span, pos int) int { return cmp.Compare(sp.Pos, pos) })
	if !found {
		i--
	}
	return max(i, 0)
}

// maxPassages is the most passages of a page that Recalled returns.
const maxPassages = 12

// Recalled returns the passages of a page that were recalled while an answer
// was written, the one with the most attention first.
func (s *Service) Recalled(ctx context.Context, log *trace.Log, id store.DocumentID, page int) ([]Passage, error) {
	mass, total := map[int]float64{}, 0.0 // by the block's first position
	size := 0
	for _, e := range log.Entries {
		size = e.Step.BlockSize
		for i := range e.Step.Layers {
			l := &e.Step.Layers[i]
			for j, m := range l.Mass {
				mass[e.Step.First(l.IDs[j])] += float64(m)
				total += float64(m)
			}
		}
	}
	var found []Passage
	for pos, m := range mass {
		if m == 0 || !touches(&log.Map, pos, size, id, page) {
			continue
		}
		p, err := s.PassageAt(ctx, &log.Map, pos, size)
		if err != nil {
			return nil, err
		}
		if p != nil && p.Document == id {
			p.Share = m / total
			d, err := s.document(ctx, id)
			if err != nil {
				return nil, err
			}
			moved := d.PageStart(page) - d.PageStart(p.Page)
			p.Page, p.Start, p.End = page, p.Start-moved, p.End-moved
			found = append(found, *p)
		}
	}
	slices.SortFunc(found, func(a, b Passage) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Start, b.Start))
	})
	return found[:min(len(found), maxPassages)], nil
}

// touches says whether some of the n tokens from pos on are of a page.
func touches(m *trace.Map, pos, n int, id store.DocumentID, page int) bool {
	for i := spanAt(m, pos); i < len(m.Spans) && m.Spans[i].Pos < pos+n; i++ {
		if sp := m.Spans[i]; sp.Doc >= 0 && sp.Page == page && m.Documents[sp.Doc].ID == int64(id) {
			return true
		}
	}
	return false
}
