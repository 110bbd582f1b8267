package retention

import (
	"slices"

	"fovea/model/trace"
)

// Kind says what part a place has in a step.
type Kind int

// The kinds. Tokens that are not read yet have none.
const (
	None     Kind = iota
	Initial       // initial tokens, which every layer attends
	Recalled      // a block that the layer recalls
	Block         // a block that it leaves out
	Remainder
	Local // the local window
)

// Place is where something is in the picture: what a pointer is over.
type Place struct {
	Doc      int64  // ID of the document; 0: the text is of none
	Title    string // of the document
	Page     int    // from 1; 0: none
	Offset   int    // in bytes of the document's text, at most 32 tokens before Pos
	Pos, End int    // positions of its tokens, the last one not included
	Block    int    // -1: it is none
	Layer    int    // from 0; -1: none
	Kind     Kind
}

// locate fills the place of the tokens from pos to end.
func (a *atlas) locate(pos, end int) Place {
	s := a.at(pos)
	p := Place{Pos: pos, End: end, Block: -1, Layer: -1, Page: s.Page}
	if d := a.document(s); d != nil {
		p.Doc, p.Title, p.Offset = d.ID, d.Title, s.Offset
	}
	return p
}

// blocks is the range of positions that sealed blocks hold.
func blocks(s *trace.Step) (first, end int) { return s.InitEnd, s.InitEnd + s.Blocks*s.BlockSize }

// placeAt is the place of a layer in a step whose column begins at position
// low and ends before high. In columns of several blocks the recalled one with
// the most attention counts, or else the first.
func placeAt(a *atlas, s *trace.Step, layer, low, high int) Place {
	first, end := blocks(s)
	high = max(high, low+1)
	if s.BlockSize > 0 && high > first && low < end {
		b := (max(low, first) - first) / s.BlockSize
		last := (min(high, end) - 1 - first) / s.BlockSize
		kind := Block
		if layer < len(s.Layers) {
			if i := strongest(&s.Layers[layer], int32(b), int32(last)); i >= 0 {
				b, kind = int(s.Layers[layer].IDs[i]), Recalled
			}
		}
		p := a.locate(s.First(int32(b)), s.First(int32(b))+s.BlockSize)
		p.Block, p.Layer, p.Kind = b, layer, kind
		return p
	}
	p := a.locate(low, min(high, max(s.Pos+s.Queries, low+1)))
	p.Layer = layer
	switch {
	case low < s.Inits:
		p.Kind = Initial
	case low >= s.RemFirst && low < s.RemEnd:
		p.Kind = Remainder
	case low >= s.RemEnd && low < s.Pos+s.Queries:
		p.Kind = Local
	}
	return p
}

// strongest is the index of the recalled block from first to last with the
// most attention, or -1.
func strongest(l *trace.Layer, first, last int32) int {
	i, _ := slices.BinarySearch(l.IDs, first)
	best := -1
	for ; i < len(l.IDs) && l.IDs[i] <= last; i++ {
		if best < 0 || i < len(l.Mass) && l.Mass[i] > l.Mass[best] {
			best = i
		}
	}
	return best
}
