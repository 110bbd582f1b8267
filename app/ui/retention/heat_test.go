package retention

import (
	"image"
	"image/color"
	"testing"

	"fyne.io/fyne/v2/test"

	"fovea/model/trace"
)

// smallStep has 4 initial tokens, 5 blocks of 2, a remainder of 2 and 4 local
// tokens: positions 0-3, 4-13, 14-15, 16-19.
func smallStep(ids ...[]int32) *trace.Step {
	s := &trace.Step{Pos: 19, Queries: 1, Inits: 4, Blocks: 5, RemFirst: 14, RemEnd: 16, BlockSize: 2, InitEnd: 4}
	for _, id := range ids {
		s.Layers = append(s.Layers, trace.Layer{K: len(id), IDs: id, Left: float32(len(id))})
	}
	return s
}

func recordOf(steps ...*trace.Step) *record {
	r := &record{}
	for _, s := range steps {
		r.add(trace.Entry{Step: s})
	}
	return r
}

// columnsOf draws a map of w columns and a row of pixels a layer, and returns
// what is in each column of a layer by its letter: i initial, b block,
// R recalled, m remembered, r remainder, l local, blank not read.
func columnsOf(t *testing.T, rec *record, at, extent, w, layer int, memory bool) string {
	t.Helper()
	p := newPalette()
	img := image.NewRGBA(image.Rect(0, 0, w, rec.layers))
	var h heat
	h.draw(img, img.Rect, rec, at, extent, memory, p)
	names := map[color.RGBA]byte{
		color.RGBA(p.ground): ' ', color.RGBA(p.block): 'b', color.RGBA(p.initial): 'i',
		color.RGBA(p.remainder): 'r', color.RGBA(p.local): 'l',
	}
	line := make([]byte, w)
	for x := range line {
		c := img.RGBAAt(x, layer)
		name, ok := names[c]
		if !ok {
			name = 'm'
			for _, v := range p.recall[1:] {
				if v == pack(color.NRGBA(c)) {
					name = 'R'
				}
			}
		}
		line[x] = name
	}
	return string(line)
}

func TestColumns(t *testing.T) {
	test.NewTempApp(t)
	rec := recordOf(smallStep([]int32{0, 3}, []int32{1}), smallStep([]int32{3}, []int32{1, 4}))
	for _, c := range []struct {
		at, extent, w, layer int
		memory               bool
		want                 string
	}{
		{0, 20, 20, 0, false, "iiiiRRbbbbRRbbrrllll"},
		{0, 20, 20, 1, false, "iiiibbRRbbbbbbrrllll"},
		{1, 20, 20, 0, false, "iiiibbbbbbRRbbrrllll"},
		{1, 20, 20, 0, true, "iiiimmbbbbRRbbrrllll"}, // block 0 was recalled before
		{1, 20, 20, 1, true, "iiiibbRRbbbbRRrrllll"},
		{0, 20, 40, 1, false, "iiiiiiiibbbbRRRRbbbbbbbbbbbbrrrrllllllll"},
		{0, 24, 24, 0, true, "iiiiRRbbbbRRbbrrllll    "}, // not read yet
		// Two tokens a column: two columns for each part that there is.
		{0, 20, 10, 0, false, "iiRbbRbrll"},
	} {
		if got := columnsOf(t, rec, c.at, c.extent, c.w, c.layer, c.memory); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}

// TestNothingVanishes draws a million tokens on few columns: the parts that
// are narrower than a column can be seen, and so can a single recalled block.
func TestNothingVanishes(t *testing.T) {
	test.NewTempApp(t)
	s := &trace.Step{Pos: 999_999, Queries: 1, Inits: 64, Blocks: 31230, RemFirst: 999_424, RemEnd: 999_488, BlockSize: 32, InitEnd: 64}
	s.Layers = []trace.Layer{{K: 1, IDs: []int32{0}}, {K: 1, IDs: []int32{31229}}, {K: 1, IDs: []int32{15000}}}
	rec := recordOf(s)
	for layer, want := range []string{"iiR", "R", "R"} {
		got := columnsOf(t, rec, 0, 1_000_000, 300, layer, true)
		if !contains(got, "ii") || !contains(got, "ll") || !contains(got, want) {
			t.Errorf("layer %d: got %q, want initial tokens, %q and the local window in it", layer, got, want)
		}
	}
}

func contains(s, part string) bool {
	for i := 0; i+len(part) <= len(s); i++ {
		if s[i:i+len(part)] == part {
			return true
		}
	}
	return false
}

// TestAttention draws blocks that got more attention stronger, and the
// strongest one of a column.
func TestAttention(t *testing.T) {
	var h heat
	s := smallStep([]int32{0, 1, 2})
	s.Layers[0].Mass = []float32{0.25, 1, 0}
	h.prepare(scale{20, 20}, 1, recordOf(s))
	h.recall(h.level, s, &s.Layers[0], 4, 14)
	for x, want := range map[int]uint8{3: 0, 4: 128, 5: 128, 6: 255, 8: 1, 10: 0} {
		if h.level[x] != want {
			t.Errorf("column %d has level %d, want %d", x, h.level[x], want)
		}
	}
	h.prepare(scale{20, 5}, 1, recordOf(s))
	h.recall(h.level, s, &s.Layers[0], 1, 4)
	if h.level[1] != 255 {
		t.Errorf("a column of two blocks has level %d, want the higher one's 255", h.level[1])
	}
}

// TestRememberStepwise draws entry after entry, and each one anew: both must
// look the same, forwards, backwards and after a jump.
func TestRememberStepwise(t *testing.T) {
	test.NewTempApp(t)
	log := sampleLog(4, 80)
	rec := (&record{}).with(log)
	p, extent := newPalette(), rec.extent(false)
	size := image.Rect(0, 0, 300, 16)
	var kept heat
	last := len(log.Entries) - 1
	for _, at := range []int{0, 1, 2, 3, 60, 61, 62, last, last - 1, last - 40, 10, last} {
		a, b := image.NewRGBA(size), image.NewRGBA(size)
		kept.draw(a, size, rec, at, extent, true, p)
		var fresh heat
		fresh.draw(b, size, rec, at, extent, true, p)
		// What is kept may remember longer; colours end at the same age.
		if string(a.Pix) != string(b.Pix) {
			t.Errorf("entry %d looks different after others", at)
		}
	}
}

// TestLayersShareHeight gives every layer a pixel, up to one a pixel.
func TestLayersShareHeight(t *testing.T) {
	for _, c := range []struct{ layers, height int }{{1, 300}, {30, 400}, {80, 300}, {128, 128}} {
		end := 0
		for l := range c.layers {
			y0, y1 := rowSpan(l, c.layers, c.height)
			if y0 < end || y1 <= y0 || y1 > c.height {
				t.Fatalf("%+v: layer %d has rows %d to %d after %d", c, l, y0, y1, end)
			}
			end = y1
		}
		if end < c.height-1 {
			t.Errorf("%+v: the last layer ends at %d", c, end)
		}
	}
}
