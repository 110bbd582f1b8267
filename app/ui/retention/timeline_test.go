package retention

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestTimeline(t *testing.T) {
	test.NewTempApp(t)
	k := newFakeClock()
	line := newTimeline(k.clock())
	moved := []int{}
	line.OnMove = func(at int) { moved = append(moved, at) }
	check := func(at int, live, playing bool, when string) {
		t.Helper()
		if line.at != at || line.live != live || line.playing != playing || line.slider.Value != float64(at) {
			t.Fatalf("%s: at %d (slider %v), live %t, playing %t; want %d, %t, %t", when, line.at, line.slider.Value, line.live, line.playing, at, live, playing)
		}
	}
	if !line.play.Disabled() || !line.slider.Disabled() {
		t.Error("there is nothing to play yet")
	}
	line.grow(10)
	check(9, true, false, "it follows")
	line.key(fyne.KeyLeft)
	check(8, false, false, "one back")
	line.grow(11)
	check(8, false, false, "it does not follow")
	line.key(fyne.KeyHome)
	line.key(fyne.KeyLeft)
	check(0, false, false, "the first is the first")
	line.slider.OnChanged(4)
	check(4, false, false, "the slider was moved")
	test.Tap(line.follow)
	check(10, true, false, "it follows again")
	line.grow(12)
	check(11, true, false, "a new entry")

	test.Tap(line.play)
	check(0, false, true, "a replay begins at the beginning")
	k.advance(250 * time.Millisecond)
	check(2, false, true, "ten a second")
	test.Tap(line.rate)
	k.advance(100 * time.Millisecond) // the step under way keeps its time
	check(4, false, true, "25 a second")
	line.key(fyne.KeySpace)
	check(4, false, false, "paused")
	k.advance(time.Second)
	check(4, false, false, "still paused")
	test.Tap(line.play)
	k.advance(10 * time.Second)
	check(11, false, false, "a replay ends at the end")
	if len(k.calls) != 0 {
		t.Errorf("%d calls wait after the end", len(k.calls))
	}
	if moved[0] != 8 || moved[len(moved)-1] != 11 {
		t.Errorf("told of %v", moved)
	}
}

func TestAround(t *testing.T) {
	r := (&record{}).with(sampleLog(1, 50))
	before, now, after := around(r, 55, 30)
	if before != "The fovea is" || now != " a" || after != " small pit in the centre of the" {
		t.Errorf("got %q, %q, %q", before, now, after)
	}
	before, _, _ = around(r, 55+35, 30)
	if len(before) < 30 || len(before) > 50 || !contains(before, "it.¶") {
		t.Errorf("got %q before entry 90", before)
	}
}
