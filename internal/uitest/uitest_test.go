package uitest

import (
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// Where the probe has its things; see testdata/probe.
var (
	square = image.Rect(330, 10, 430, 110)
	entry  = image.Rect(10, 10, 310, 160)
	pad    = image.Rect(10, 180, 210, 380)
)

var probe string // the built program

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "uitest")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	probe = filepath.Join(dir, "probe")
	if out, err := exec.Command("go", "build", "-o", probe, "./testdata/probe").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the probe: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// startProbe shows the probe's window in the screen's corner, at rest.
func startProbe(t *testing.T) (*Program, *Window) {
	t.Helper()
	p := Start(t, StartDisplay(t, 800, 600), Command{Binary: probe})
	w := p.Window("^Probe – Prüfling$")
	w.Place(image.Rect(20, 30, 500, 450))
	w.WaitStill()
	return p, w
}

func TestProgramLivesInItsOwnHome(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	d := StartDisplay(t, 640, 480)
	p := Start(t, d, Command{Binary: probe, Home: home, Env: []string{"EXTRA=yes"}})
	if got := p.WaitOutput(`home (.*) extra (.*)`); got[1] != home || got[2] != "yes" {
		t.Errorf("the program has %q", got)
	}
	w := p.Window("Probe")
	w.Place(image.Rect(5, 6, 505, 406))
	if got := w.Bounds(); got != image.Rect(5, 6, 505, 406) {
		t.Errorf("placed at (5,6)-(505,406), it lies on %v", got)
	}
	if code := p.Quit(); code != 7 || !strings.HasSuffix(p.Output(), "ended\n") {
		t.Errorf("exit status %d, not the probe's 7; output %q", code, p.Output())
	}
	if w.Shown() {
		t.Error("the window of an ended program is still shown")
	}

	again := Start(t, d, Command{Binary: probe, Home: home})
	again.Window("Probe")
	again.Kill()
	if strings.Contains(again.Output(), "ended") {
		t.Error("a killed program could say goodbye")
	}
}

func TestTypingAndClipboard(t *testing.T) {
	_, w := startProbe(t)
	if text, err := w.display.Clipboard(); err == nil {
		t.Fatalf("nobody has copied anything, but the clipboard holds %q", text)
	}
	w.Click(entry.Min.X+20, entry.Min.Y+20)
	before := w.WaitStill()
	// All letters of the keyboard, and more other characters than it has
	// spare keys.
	text := "Hello, World! (a+b)*[c] = {\"~^`|\\\"} #1 @2 $3 %4 &5 <6>?\n\täöüß ÄÖÜ éñ €„“– 注意力缓存"
	for r := 'А'; r < 'А'+64; r++ {
		text += string(r)
	}
	w.Type(text)
	w.Key("ctrl+a")
	w.Key("ctrl+c")
	got, err := w.display.Clipboard()
	if err != nil {
		t.Fatal(err)
	}
	if got != text {
		t.Errorf("typed %q,\ngot   %q", text, got)
	}
	w.WaitChange(before, entry)
	w.Save("typed")
}

func TestKeys(t *testing.T) {
	p, w := startProbe(t)
	for _, key := range []string{"ctrl+o", "ctrl+,", "ctrl+shift+p"} {
		w.Key(key)
		p.WaitOutput(`(?m)^` + strings.ReplaceAll(key, "+", `\+`) + "$")
	}
	for key, name := range map[string]string{"escape": "Escape", "f3": "F3", "enter": "Return", "pagedown": "Next", "x": "X"} {
		w.Key(key)
		p.WaitOutput(`(?m)^key ` + name + "$")
	}
}

func TestPointer(t *testing.T) {
	p, w := startProbe(t)
	x, y := pad.Min.X+50, pad.Min.Y+60
	w.Move(x, y)
	p.WaitOutput(`(?m)^in$`)
	w.Click(x, y)
	p.WaitOutput(`(?m)^tapped 50,60$`)
	w.RightClick(x+1, y+1)
	p.WaitOutput(`(?m)^right tapped 51,61$`)
	w.DoubleClick(x+2, y+2)
	p.WaitOutput(`(?m)^double tapped 52,62$`)
	w.Scroll(x, y, 0, 3)
	p.WaitOutput(`(?m)(^scrolled \+0,-1\n){3}`)
	w.Scroll(x, y, 0, -2)
	p.WaitOutput(`(?m)(^scrolled \+0,\+1\n){2}`)
	w.Scroll(x, y, 1, 0)
	p.WaitOutput(`(?m)^scrolled -1,\+0$`)
	w.Drag(x, y, x+80, y-40)
	p.WaitOutput(`(?m)^dragged 80,-40$`)
	w.Move(1, 1)
	p.WaitOutput(`(?m)^out$`)
	if n := strings.Count(p.Output(), "\ntapped"); n != 1 {
		t.Errorf("one click, but %d taps: %s", n, p.Output())
	}
}

func TestDrop(t *testing.T) {
	p, w := startProbe(t)
	paths := []string{"/papers/a plain file.txt", "/papers/100% Ärger & 注意力 #1?.pdf", "/papers/folder"}
	if err := w.Drop(200, 100, paths...); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if got := p.WaitOutput(regexp.QuoteMeta(fmt.Sprintf("dropped %q at ", path)) + `(\S+)`); got[1] != "200,100" {
			t.Errorf("dropped %s at (200,100), arrived at %s", path, got[1])
		}
	}
	if err := w.Drop(50, 60, "testdata"); err != nil {
		t.Fatal(err)
	}
	abs, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	p.WaitOutput(regexp.QuoteMeta(fmt.Sprintf("dropped %q at 50,60", abs)))
}

func TestDropIsRefused(t *testing.T) {
	p, w := startProbe(t)
	// A window that does not take part in drag and drop: ours.
	deaf := &Window{program: p, display: w.display, id: w.display.self}
	if err := deaf.Drop(1, 1, "/papers/x"); err == nil || !strings.Contains(err.Error(), "XDND") {
		t.Errorf("a window that takes no drops took one: %v", err)
	}
	// One that does, but not of what is dragged.
	w.display.atoms["text/uri-list"] = w.display.atom("FOVEA_NOTHING")
	if err := w.Drop(1, 1, "/papers/x"); err == nil || !strings.Contains(err.Error(), "does not accept") {
		t.Errorf("the window took what it does not know: %v", err)
	}
}

func TestSecondWindow(t *testing.T) {
	p, w := startProbe(t)
	w.Key("ctrl+n")
	second := p.Window("^Second$")
	second.Place(image.Rect(0, 0, 300, 200))
	second.WaitStill()
	second.Close()
	second.WaitGone()
	w.Key("ctrl+o")
	p.WaitOutput(`(?m)^ctrl\+o$`)
	if code := p.Quit(); code != 7 {
		t.Errorf("exit status %d, not the probe's 7", code)
	}
}

func TestScreenshotsAndLatency(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(ScreenshotVariable, dir)
	p, w := startProbe(t)
	black := w.WaitStill()
	if !Uniform(black, square) || Uniform(black, square.Inset(-5)) {
		t.Error("the black square is not of one colour, or is no square")
	}
	w.Move(380, 140) // over the button
	shot := w.WaitStill()
	took := w.Latency(func() { w.Click(380, 140) }, square.Inset(40))
	if took <= 0 || took > 10*time.Second {
		t.Errorf("the square followed the click after %v", took)
	}
	t.Logf("a click shows after %v, a ping takes %v", took, w.Ping())
	white := w.WaitChange(shot, square)
	if got := Differing(shot, white, square); got != 1 {
		t.Errorf("of the square, the share %.3f changed", got)
	}
	if got := Differing(shot, white, entry); got != 0 {
		t.Errorf("of the entry, the share %.3f changed", got)
	}
	if n := strings.Count(p.Output(), "button"); n != 1 {
		t.Errorf("one click pressed the button %d times", n)
	}
	path := w.Save("white")
	if path != filepath.Join(dir, "white.png") {
		t.Errorf("saved as %s", path)
	}
	if info, err := os.Stat(path); err != nil || info.Size() < 500 {
		t.Errorf("screenshot: %v, %v", info, err)
	}
}

// TestBlinkingCaretIsRest: what blinks in an entry that has the keyboard is
// small enough for WaitStill to overlook.
func TestBlinkingCaretIsRest(t *testing.T) {
	_, w := startProbe(t)
	w.Click(entry.Min.X+20, entry.Min.Y+20)
	w.Type("blink")
	shot := w.WaitStill()
	blink := Difference(shot, w.WaitChange(shot, entry))
	if !atRest(blink) || !blink.In(entry) {
		t.Errorf("the caret's blinking changes %v", blink)
	}
	if atRest(entry) || atRest(image.Rect(0, 0, 60, 20)) {
		t.Error("a change of a word's size counts as rest")
	}
}
