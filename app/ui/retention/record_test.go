package retention

import (
	"testing"

	"fovea/model/trace"
)

func TestRecordGoesOn(t *testing.T) {
	whole := sampleLog(2, 30)
	n := len(whole.Entries)
	part := func(n int) *trace.Log { return &trace.Log{Map: whole.Map, Entries: whole.Entries[:n]} }
	r := (&record{}).with(part(20))
	first := r
	for i := 21; i <= n; i++ {
		if r = r.with(part(i)); r != first {
			t.Fatalf("the log of %d entries is not the same as before", i)
		}
	}
	if r.windows != 52 || r.tokens != 30 || len(r.biased) != 52 || r.number[n-1] != 30 || r.layers != 2 || r.end != whole.Entries[n-1].Step.Pos+1 {
		t.Errorf("got %d windows, %d tokens, %d with bias, the last is number %d, %d layers, end %d",
			r.windows, r.tokens, len(r.biased), r.number[n-1], r.layers, r.end)
	}
	if r.window(10) != 10 || r.window(n-1) != 51 || r.window(-1) != -1 {
		t.Errorf("last windows are %d and %d, want 10 and 51", r.window(10), r.window(n-1))
	}
	if r.with(sampleLog(2, 30)) == first {
		t.Error("another log is taken for the same")
	}
	if r.with(part(5)) == first {
		t.Error("a shorter log is taken for the same")
	}
}

// TestAddKeepsLog adds entries after a log whose array has room: it is the
// caller's.
func TestAddKeepsLog(t *testing.T) {
	whole := sampleLog(2, 30)
	r := (&record{}).with(&trace.Log{Map: whole.Map, Entries: whole.Entries[:60]})
	kept := whole.Entries[60].Step
	r.add(trace.Entry{Step: whole.Entries[70].Step})
	if whole.Entries[60].Step != kept {
		t.Error("adding wrote into the caller's log")
	}
	if len(r.entries) != 61 || r.tokens != 9 {
		t.Errorf("%d entries, %d tokens, want 61 and 9", len(r.entries), r.tokens)
	}
}

func TestExtentStandsStill(t *testing.T) {
	r := &record{end: 13000}
	if got := r.extent(false); got != 13000 {
		t.Errorf("extent is %d, want 13000", got)
	}
	changes, before := 0, 0
	for ; r.end < 26000; r.end++ {
		got := r.extent(true)
		if got < r.end || got > r.end*9/8 {
			t.Fatalf("extent is %d for %d tokens", got, r.end)
		}
		if got != before {
			changes++
		}
		before = got
	}
	if changes > 20 {
		t.Errorf("the axis changed %d times while the text doubled", changes)
	}
}

func TestAtlas(t *testing.T) {
	var a atlas
	m := book()
	for n := 1; n <= len(m.Spans); n++ {
		a.set(trace.Map{Documents: m.Documents, Spans: m.Spans[:n]})
	}
	if len(a.parts) != 1+24+9+1 {
		t.Fatalf("%d parts, want 35", len(a.parts))
	}
	for _, c := range []struct{ pos, doc, page int }{{0, -1, 0}, {29, -1, 0}, {30, 0, 1}, {429, 0, 1}, {430, 0, 2}, {9629, 0, 24}, {9630, 1, 1}, {13085, 1, 9}, {13086, -1, 0}, {20000, -1, 0}} {
		if s := a.at(c.pos); s.Doc != c.doc || s.Page != c.page {
			t.Errorf("position %d is in document %d, page %d, want %d, %d", c.pos, s.Doc, s.Page, c.doc, c.page)
		}
	}
	want := []band{{0, 30, -1}, {30, 9630, 0}, {9630, 13086, 1}, {13086, 14000, -1}}
	got := a.bands(14000)
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("bands are %v, want %v", got, want)
		}
	}
	a.set(trace.Map{})
	if len(a.parts) != 0 || a.at(100).Doc != -1 {
		t.Errorf("an empty map leaves %v", a.parts)
	}
}

func TestPlaceAt(t *testing.T) {
	a := &atlas{}
	a.set(trace.Map{
		Documents: []trace.Document{{ID: 5, Title: "T", Pages: 2}},
		Spans:     []trace.Span{{Pos: 0, Doc: 0, Page: 1}, {Pos: 8, Doc: 0, Page: 2, Offset: 40}, {Pos: 16, Doc: -1}},
	})
	s := smallStep([]int32{0, 3}, []int32{1})
	s.Layers[0].Mass = []float32{0.1, 0.5}
	doc := func(page, offset, pos, end, block, layer int, k Kind) Place {
		return Place{Doc: 5, Title: "T", Page: page, Offset: offset, Pos: pos, End: end, Block: block, Layer: layer, Kind: k}
	}
	for _, c := range []struct {
		layer, low, high int
		want             Place
	}{
		{0, 1, 2, doc(1, 0, 1, 2, -1, 0, Initial)},
		{0, 4, 5, doc(1, 0, 4, 6, 0, 0, Recalled)},
		{1, 5, 6, doc(1, 0, 4, 6, 0, 1, Block)},
		{0, 4, 14, doc(2, 40, 10, 12, 3, 0, Recalled)}, // the block with the most attention
		{1, 8, 14, doc(2, 40, 8, 10, 2, 1, Block)},     // none is recalled: the first
		{0, 14, 15, doc(2, 40, 14, 15, -1, 0, Remainder)},
		{0, 17, 18, Place{Pos: 17, End: 18, Block: -1, Layer: 0, Kind: Local}},
		{0, 25, 27, Place{Pos: 25, End: 26, Block: -1, Layer: 0}},
	} {
		if got := placeAt(a, s, c.layer, c.low, c.high); got != c.want {
			t.Errorf("layer %d, positions %d to %d: got %+v, want %+v", c.layer, c.low, c.high, got, c.want)
		}
	}
}

func TestHighest(t *testing.T) {
	got := highest([]float32{1, 9, 2, 8, 3, 7}, 3)
	if len(got) != 3 || got[0] != 1 || got[1] != 3 || got[2] != 5 {
		t.Errorf("the highest are %v, want 1, 3, 5", got)
	}
	if got := highest([]float32{1, 1, 1}, 2); got != nil {
		t.Errorf("of equal values %v are the highest", got)
	}
	layers := []trace.Layer{{Bias: []float32{1, 2}}, {Bias: []float32{3, 6}}}
	if got := biasOf(layers, -1); got[0] != 2 || got[1] != 4 {
		t.Errorf("mean bias is %v, want 2, 4", got)
	}
	if got := biasOf(layers, 1); got[1] != 6 {
		t.Errorf("bias of layer 1 is %v", got)
	}
}
