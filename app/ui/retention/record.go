package retention

import (
	"math/bits"
	"slices"

	"fovea/model/trace"
)

// record is the entries of a log, with what is found in each of them once.
type record struct {
	entries  []trace.Entry
	number   []int // of each entry among the windows or among the tokens, from 1
	biased   []int // entries that have an activation bias
	windows  int
	tokens   int
	layers   int // most of any entry
	end      int // position after the last token of any entry
	atlas    atlas
	settings []byte // JSON, of the method
}

// with returns the record of a log: the same one, with the entries that are
// new to it, where the log goes on from it.
func (r *record) with(l *trace.Log) *record {
	n := len(r.entries)
	if n == 0 || len(l.Entries) < n || l.Entries[0].Step != r.entries[0].Step || l.Entries[n-1].Step != r.entries[n-1].Step {
		r = &record{}
	}
	r.atlas.set(l.Map)
	r.settings = l.Settings
	for _, e := range l.Entries[len(r.entries):] {
		r.count(len(r.number), e.Step)
	}
	// The caller's array must not be written when entries are added here.
	r.entries = slices.Clip(l.Entries)
	return r
}

func (r *record) add(e trace.Entry) {
	r.count(len(r.entries), e.Step)
	r.entries = append(r.entries, e)
}

func (r *record) count(i int, s *trace.Step) {
	number := &r.tokens
	if isWindow(s) {
		number = &r.windows
	}
	*number++
	r.number = append(r.number, *number)
	if hasBias(s) {
		r.biased = append(r.biased, i)
	}
	r.layers = max(r.layers, len(s.Layers))
	r.end = max(r.end, s.Pos+s.Queries)
}

// isWindow tells prefill windows from decoded tokens. A window of one token
// counts as a token: it is what decoding does.
func isWindow(s *trace.Step) bool { return s.Queries > 1 || hasBias(s) }

func hasBias(s *trace.Step) bool { return len(s.Layers) > 0 && len(s.Layers[0].Bias) > 0 }

// step is that of entry i; nil where there is none.
func (r *record) step(i int) *trace.Step {
	if i < 0 || i >= len(r.entries) {
		return nil
	}
	return r.entries[i].Step
}

// window is the last entry up to i that has an activation bias, or -1.
func (r *record) window(i int) int {
	for j := len(r.biased) - 1; j >= 0; j-- {
		if r.biased[j] <= i {
			return r.biased[j]
		}
	}
	return -1
}

// extent is the number of positions that the axis shows. While entries come it
// grows in steps of a sixteenth or more, so that the picture stands still
// between them.
func (r *record) extent(growing bool) int {
	n := max(r.end, r.atlas.end(), 1)
	if !growing {
		return n
	}
	step := 1 << max(bits.Len(uint(n))-4, 0)
	return (n + step - 1) / step * step
}

// budget is the average number of blocks that a layer may recall: what was
// left before the first layer, divided by the layers. Methods without a budget
// give their mean.
func budget(s *trace.Step) float64 {
	if len(s.Layers) == 0 {
		return 0
	}
	if left := s.Layers[0].Left; left > 0 {
		return float64(left) / float64(len(s.Layers))
	}
	return meanK(s)
}

func meanK(s *trace.Step) float64 {
	sum := 0
	for i := range s.Layers {
		sum += s.Layers[i].K
	}
	return float64(sum) / float64(max(len(s.Layers), 1))
}
