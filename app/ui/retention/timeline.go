package retention

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// speeds are how many entries a second a replay shows.
var speeds = []int{2, 5, 10, 25, 50}

// timeline chooses one of n entries: by hand, by replaying them, or by
// following the newest.
type timeline struct {
	OnMove func(at int) // an entry was chosen

	clock   clock
	n, at   int
	live    bool // follows the newest
	playing bool
	pauses  bool   // the button shows that it pauses
	stop    func() // of the next step of a replay
	speed   int    // index in speeds
	shown   int    // the speed that the button shows

	slider *widget.Slider
	play   *widget.Button
	follow *widget.Button
	rate   *widget.Button
	bar    *fyne.Container
}

func newTimeline(c clock) *timeline {
	t := &timeline{clock: c, live: true, speed: 2}
	t.slider = widget.NewSlider(0, 1)
	t.slider.OnChanged = func(v float64) {
		t.pause()
		t.choose(int(v + 0.5))
	}
	t.play = widget.NewButtonWithIcon("", theme.MediaPlayIcon(), t.toggle)
	t.follow = widget.NewButton(lang.L("Live"), t.Follow)
	t.rate = widget.NewButton("", t.faster)
	t.rate.Importance = widget.LowImportance
	t.bar = container.NewBorder(nil, nil, t.play, container.NewHBox(t.rate, t.follow), t.slider)
	t.update()
	return t
}

// grow says how many entries there are now. One that follows moves on to the
// last of them; the caller shows it.
func (t *timeline) grow(n int) {
	t.n = n
	if t.live || t.at >= n {
		t.at = max(n-1, 0)
	}
	t.update()
}

// Follow goes to the newest entry and stays with it.
func (t *timeline) Follow() {
	t.pause()
	t.move(t.n - 1)
	t.live = true
	t.update()
}

// choose goes to an entry because a person wants to see it.
func (t *timeline) choose(at int) {
	t.live = false
	t.move(at)
}

func (t *timeline) move(at int) {
	at = max(min(at, t.n-1), 0)
	changed := at != t.at
	t.at = at
	t.update()
	if changed && t.OnMove != nil {
		t.OnMove(at)
	}
}

// key steps through the entries.
func (t *timeline) key(name fyne.KeyName) {
	switch name {
	case fyne.KeyLeft:
		t.pause()
		t.choose(t.at - 1)
	case fyne.KeyRight:
		t.pause()
		t.choose(t.at + 1)
	case fyne.KeyHome:
		t.pause()
		t.choose(0)
	case fyne.KeyEnd:
		t.Follow()
	case fyne.KeySpace:
		t.toggle()
	}
}

// toggle begins a replay, from the beginning where it is at the end, or stops
// it.
func (t *timeline) toggle() {
	if t.playing {
		t.pause()
		return
	}
	if t.n < 2 {
		return
	}
	t.live, t.playing = false, true
	if t.at >= t.n-1 {
		t.move(0)
	}
	t.update()
	t.next()
}

// next shows the entry after this one when it is time.
func (t *timeline) next() {
	t.stop = t.clock.after(time.Second/time.Duration(speeds[t.speed]), func() {
		if !t.playing {
			return
		}
		t.move(t.at + 1)
		if t.at >= t.n-1 {
			t.pause()
			return
		}
		t.next()
	})
}

// pause stops a replay.
func (t *timeline) pause() {
	if !t.playing {
		return
	}
	t.playing = false
	t.stop()
	t.update()
}

func (t *timeline) faster() {
	t.speed = (t.speed + 1) % len(speeds)
	t.update()
}

// update brings the controls in line with the state.
func (t *timeline) update() {
	t.slider.Max = float64(max(t.n-1, 1))
	t.slider.Value = float64(t.at)
	t.slider.Refresh()
	importance := widget.MediumImportance
	if t.live {
		importance = widget.HighImportance
	}
	if t.playing != t.pauses {
		t.pauses = t.playing
		icon := theme.MediaPlayIcon()
		if t.playing {
			icon = theme.MediaPauseIcon()
		}
		t.play.SetIcon(icon)
	}
	if t.follow.Importance != importance {
		t.follow.Importance = importance
		t.follow.Refresh()
	}
	if t.shown != speeds[t.speed] {
		t.shown = speeds[t.speed]
		t.rate.SetText(lang.L("{{.N}}/s", map[string]any{"N": t.shown}))
	}
	if t.n < 2 {
		t.play.Disable()
		t.slider.Disable()
	} else if t.play.Disabled() {
		t.play.Enable()
		t.slider.Enable()
	}
}
