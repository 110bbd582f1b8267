package retention

import (
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"fovea/model/trace"
)

func TestHover(t *testing.T) {
	var p *Pane
	w := inWindow(t, theme.VariantDark, "en", 440, 700, func() fyne.CanvasObject { p = answered(sampleLog(30, 60)); return p })
	var asked []Place
	p.OnHover = func(at Place) { asked = append(asked, at) }
	pointAt(w, p, 0.5, 0.5)
	if len(asked) != 1 || asked[0].Layer != 15 || asked[0].Doc != 11 || asked[0].Page < 15 || asked[0].Page > 18 || asked[0].Block < 200 {
		t.Fatalf("asked for %+v, want layer 15 in the middle of the first document", asked)
	}
	facts := func() string { return p.readout.text.first.Text }
	for _, part := range []string{"Layer 16", "page 1", "Anatomy", "block 2", "k ", "H 0."} {
		if !strings.Contains(facts(), part) {
			t.Errorf("the readout is %q, want %q in it", facts(), part)
		}
	}
	first := asked[0]
	pointAt(w, p, 0.9, 0.1)
	if len(asked) != 2 || asked[1].Doc != 12 {
		t.Fatalf("asked for %+v, want the second document", asked)
	}
	p.SetHoverText(first, "too late")
	if p.readout.text.rest.Text != "" {
		t.Errorf("shows %q, which belongs to another place", p.readout.text.rest.Text)
	}
	p.SetHoverText(asked[1], "in time")
	if p.readout.text.rest.Text != "in time" {
		t.Errorf("shows %q", p.readout.text.rest.Text)
	}
	p.GoTo(p.At() - 1)
	if p.readout.text.rest.Text != "in time" || !strings.Contains(facts(), "Layer 3") {
		t.Errorf("shows %q, %q one token earlier", facts(), p.readout.text.rest.Text)
	}
	test.MoveMouse(w.Canvas(), fyne.NewPos(1, 1))
	if !strings.Contains(facts(), "Token 59 of 60") || p.bias.layer != -1 {
		t.Errorf("shows %q, bias of layer %d, when the pointer has left", facts(), p.bias.layer)
	}
	p.SetHoverText(asked[1], "gone")
	if p.readout.text.rest.Text == "gone" {
		t.Error("shows the text of a place that the pointer has left")
	}
}

func TestHoverBias(t *testing.T) {
	var p *Pane
	w := inWindow(t, theme.VariantDark, "en", 440, 700, func() fyne.CanvasObject { p = answered(sampleLog(30, 60)); return p })
	var asked, opened []Place
	p.OnHover = func(at Place) { asked = append(asked, at) }
	p.OnOpen = func(at Place) { opened = append(opened, at) }
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(p.bias)
	test.MoveMouse(w.Canvas(), at.AddXY(1, p.bias.Size().Height-4))
	window := p.view.rec.entries[51].Step
	if len(asked) != 1 || asked[0].Pos != window.Pos || asked[0].End != window.Pos+1 || asked[0].Layer != -1 {
		t.Fatalf("asked for %+v, want the first token of the last window, %d", asked, window.Pos)
	}
	test.TapCanvas(w.Canvas(), at.AddXY(1, p.bias.Size().Height-4))
	if len(opened) != 1 || opened[0] != asked[0] {
		t.Errorf("opened %+v", opened)
	}
	pointAt(w, p, 0.5, 0.5)
	if p.bias.layer != 15 {
		t.Errorf("the bias is that of layer %d, want the one under the pointer, 15", p.bias.layer)
	}
}

func TestOpenAndKeys(t *testing.T) {
	var p *Pane
	w := inWindow(t, theme.VariantDark, "en", 440, 700, func() fyne.CanvasObject { p = answered(sampleLog(30, 60)); return p })
	var opened []Place
	p.OnOpen = func(at Place) { opened = append(opened, at) }
	f := p.chart.frame()
	test.TapAt(p.chart, fyne.NewPos(f.left+f.width/2, f.top+5))
	if len(opened) != 1 || opened[0].Doc != 11 || opened[0].Layer != 0 || opened[0].Offset == 0 {
		t.Fatalf("opened %+v", opened)
	}
	test.TapAt(p.chart, fyne.NewPos(f.bars+5, f.top+5))
	if len(opened) != 1 {
		t.Errorf("a click beside the map opened %+v", opened[1])
	}
	last := p.At()
	w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	if p.At() != last-1 {
		t.Errorf("at %d after the left arrow, want %d", p.At(), last-1)
	}
}

// TestLive adds entries as they come, faster than pictures are drawn.
func TestLive(t *testing.T) {
	test.NewTempApp(t)
	k := newFakeClock()
	p := newPane(k.clock())
	p.Resize(fyne.NewSize(440, 700))
	k.advance(time.Second)
	log := sampleLog(4, 60)
	p.SetMap(log.Map)
	for _, e := range log.Entries[:53] {
		p.Add(e)
	}
	k.advance(time.Second)
	if p.At() != 52 || !strings.HasPrefix(p.readout.text.first.Text, "Token 1 of 1 ") {
		t.Fatalf("at %d, %q", p.At(), p.readout.text.first.Text)
	}
	before := k.frames
	for _, e := range log.Entries[53:] {
		p.Add(e)
		k.advance(30 * time.Millisecond)
	}
	k.advance(time.Second)
	if drawn := k.frames - before; drawn > 59*30*15/1000+2 || drawn < 15 {
		t.Errorf("%d pictures in %d ms", drawn, 59*30)
	}
	if p.At() != len(log.Entries)-1 {
		t.Errorf("at %d of %d", p.At(), len(log.Entries))
	}
	p.GoTo(60)
	p.Add(log.Entries[0])
	k.advance(time.Second)
	if p.At() != 60 || p.timeline.n != len(log.Entries)+1 {
		t.Errorf("at %d of %d, want the chosen 60", p.At(), p.timeline.n)
	}
	p.Clear()
	if p.At() != -1 || p.notice.Hidden || !p.timeline.live {
		t.Errorf("cleared, it shows entry %d", p.At())
	}
	k.advance(time.Second)
	if len(k.calls) != 0 {
		t.Errorf("%d calls wait", len(k.calls))
	}
}

// TestSetLogAgain sets a log while it is written: who looks at an entry stays
// there, who follows sees the newest.
func TestSetLogAgain(t *testing.T) {
	test.NewTempApp(t)
	k := newFakeClock()
	p := newPane(k.clock())
	whole := sampleLog(4, 60)
	set := func(n int) {
		p.SetLog(&trace.Log{Map: whole.Map, Entries: whole.Entries[:n]})
		k.advance(time.Second)
	}
	set(60)
	set(70)
	if p.At() != 69 {
		t.Fatalf("at %d, want the newest, 69", p.At())
	}
	p.GoTo(55)
	set(80)
	if p.At() != 55 {
		t.Errorf("at %d, want 55", p.At())
	}
	other := sampleLog(2, 5)
	p.SetLog(other)
	k.advance(time.Second)
	if p.At() != len(other.Entries)-1 || p.view.rec.layers != 2 {
		t.Errorf("at %d of another log, with %d layers", p.At(), p.view.rec.layers)
	}
}

// TestDestroy removes a pane while it plays: nothing calls later.
func TestDestroy(t *testing.T) {
	test.NewTempApp(t)
	k := newFakeClock()
	p := newPane(k.clock())
	p.SetLog(sampleLog(2, 20))
	k.advance(time.Second)
	p.timeline.toggle()
	p.Add(p.view.rec.entries[0])
	p.Add(p.view.rec.entries[0])
	if len(k.calls) != 2 {
		t.Fatalf("%d calls wait, want the replay's and the picture's", len(k.calls))
	}
	test.WidgetRenderer(p).Destroy()
	if len(k.calls) != 0 {
		t.Errorf("%d calls wait", len(k.calls))
	}
}

func TestOverlaps(t *testing.T) {
	a := smallStep([]int32{0, 1, 2}, []int32{}, []int32{4})
	b := smallStep([]int32{1, 2, 3}, []int32{}, []int32{0})
	got := overlaps(a, b)
	if len(got) != 3 || got[0] != 0.5 || got[1] != 1 || got[2] != 0 {
		t.Errorf("overlaps are %v, want 0.5, 1, 0", got)
	}
	b.BlockSize = 4
	if got := overlaps(a, b); got != nil {
		t.Errorf("blocks of different size overlap by %v", got)
	}
	if overlaps(a, smallStep()) != nil || overlaps(nil, a) != nil {
		t.Error("there is nothing to compare")
	}
	if text := verdict(a, smallStep(), nil); !strings.Contains(text, "attends everything") {
		t.Errorf("says %q of a dense step", text)
	}
}

// TestCompareAligns brings the first tokens of two runs to the same place.
func TestCompareAligns(t *testing.T) {
	test.NewTempApp(t)
	a, b := sampleLog(3, 20), sampleLog(3, 30)
	b.Entries = b.Entries[10:] // ten windows fewer
	c := newCompare(newFakeClock().clock())
	c.SetRuns(Run{"a", a}, Run{"b", b})
	at := func() [2]int { return [2]int{c.sides[0].view.at, c.sides[1].view.at} }
	if c.timeline.n != 82 || at() != [2]int{71, 71} {
		t.Fatalf("%d places, sides at %v", c.timeline.n, at())
	}
	c.timeline.choose(52)
	if at() != [2]int{52, 42} {
		t.Errorf("sides at %v for the first token, want 52 and 42", at())
	}
	c.timeline.choose(3)
	if at() != [2]int{3, 0} {
		t.Errorf("sides at %v for a window that only one has", at())
	}
	var asked []Place
	c.OnHover = func(run int, p Place) {
		if run != 1 {
			t.Errorf("run %d is asked for, want 1", run)
		}
		asked = append(asked, p)
	}
	c.timeline.choose(60)
	c.Resize(fyne.NewSize(1200, 700))
	test.WidgetRenderer(c)
	f := c.sides[1].chart.frame()
	c.sides[1].chart.point(fyne.NewPos(f.left+f.width/2, f.top+f.height/2))
	if len(asked) != 1 {
		t.Fatalf("asked for %v", asked)
	}
	c.SetHoverText(0, asked[0], "wrong side")
	c.SetHoverText(1, asked[0], "text")
	if c.readout.text.rest.Text != "text" {
		t.Errorf("shows %q", c.readout.text.rest.Text)
	}
}
