package uitest

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
)

// ScreenshotVariable is the environment variable that names the folder for
// screenshots. Without it they lie in the test's folder of artifacts, which
// go test keeps with -artifacts.
const ScreenshotVariable = "FOVEA_SCREENSHOTS"

const (
	stillTime = 150 * time.Millisecond // between two equal frames; longer than a frame of an animation
	pollTime  = 2 * time.Millisecond   // between two looks when a time is measured
)

// caret is the most that a blinking text cursor covers, in pixels.
var caret = image.Pt(8, 64)

// grab reads pixels of a window; the root window has those of the screen.
// The result has the rectangle's coordinates.
func (d *Display) grab(of xproto.Window, r image.Rectangle) (*image.RGBA, error) {
	reply, err := xproto.GetImage(d.conn, xproto.ImageFormatZPixmap, xproto.Drawable(of),
		int16(r.Min.X), int16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy()), 1<<32-1).Reply()
	if err != nil {
		return nil, fmt.Errorf("uitest: read the pixels %v of a window, which must lie on the screen: %w", r, err)
	}
	img := image.NewRGBA(r)
	if len(reply.Data) < len(img.Pix) {
		return nil, fmt.Errorf("uitest: %d bytes for the pixels %v, not 4 for each", len(reply.Data), r)
	}
	for i := 0; i < len(img.Pix); i += 4 {
		b := reply.Data[i : i+4 : i+4] // blue, green, red, nothing
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = b[2], b[1], b[0], 255
	}
	return img, nil
}

// Screenshot is what the window shows now.
func (w *Window) Screenshot() *image.RGBA {
	w.display.t.Helper()
	return w.part(image.Rectangle{Max: w.Bounds().Size()})
}

func (w *Window) part(r image.Rectangle) *image.RGBA {
	w.display.t.Helper()
	img, err := w.display.grab(w.id, r)
	if err != nil {
		w.display.t.Fatal(err)
	}
	return img
}

// Save writes what the window shows now as NAME.png into the folder of
// screenshots, and returns the path of the file.
func (w *Window) Save(name string) string {
	w.display.t.Helper()
	return save(w.display.t, name, w.Screenshot())
}

// save writes an image into the folder of screenshots.
func save(t testing.TB, name string, img image.Image) string {
	t.Helper()
	dir := os.Getenv(ScreenshotVariable)
	if dir == "" {
		dir = t.ArtifactDir()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name+".png")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, img); err != nil {
		t.Fatalf("uitest: write %s: %v", path, err)
	}
	return path
}

// saveScreen keeps what the whole screen shows when a test has failed.
func (d *Display) saveScreen(t testing.TB, name string) {
	img, err := d.grab(d.root, image.Rect(0, 0, d.Width, d.Height))
	if err != nil {
		t.Log(err)
		return
	}
	t.Logf("uitest: the screen at the end: %s (set %s to a folder that stays)", save(t, name, img), ScreenshotVariable)
}

// Wait looks at the window until it shows what is waited for, and returns that
// frame. The words say what that is when it does not come.
func (w *Window) Wait(words string, shows func(frame *image.RGBA) bool) *image.RGBA {
	w.display.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if frame := w.Screenshot(); shows(frame) {
			return frame
		}
	}
	w.display.t.Fatalf("uitest: waited for %v: %s", patience, words)
	return nil
}

// WaitStill waits until the window shows the same in two frames in a row, some
// time apart, and returns the last one. A blinking text cursor does not count.
func (w *Window) WaitStill() *image.RGBA {
	w.display.t.Helper()
	w.Ping()
	before := w.Screenshot()
	return w.Wait("the window at rest", func(*image.RGBA) bool {
		time.Sleep(stillTime)
		now := w.Screenshot()
		changed := Difference(before, now)
		before = now
		return atRest(changed)
	})
}

// atRest says whether a window that changes within this rectangle only is at
// rest.
func atRest(changed image.Rectangle) bool {
	return changed.Dx() <= caret.X && changed.Dy() <= caret.Y
}

// WaitChange waits until a part of the window differs from what it was in an
// earlier frame, and returns the new frame.
func (w *Window) WaitChange(before *image.RGBA, in image.Rectangle) *image.RGBA {
	w.display.t.Helper()
	return w.Wait(fmt.Sprintf("a change in %v", in), func(frame *image.RGBA) bool {
		return Differing(before, frame, in) > 0
	})
}

// Latency gives input and returns the time from then to the first frame in
// which a part of the window has changed. The input is best one key or one
// button; the part should be small and at rest. The error is about 3 ms.
func (w *Window) Latency(input func(), in image.Rectangle) time.Duration {
	d := w.display
	d.t.Helper()
	w.Ping()
	before := w.part(in)
	d.hurry = true
	defer func() { d.hurry = false }()
	start := time.Now()
	input()
	for time.Since(start) < patience {
		if Differing(before, w.part(in), in) > 0 {
			return time.Since(start)
		}
		time.Sleep(pollTime)
	}
	d.t.Fatalf("uitest: the input changed nothing in %v for %v", in, patience)
	return 0
}
