package pages

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"

	look "fovea/app/ui/theme"
	"fovea/app/ui/translation"
)

// scene is a viewer in a window, whose requests are kept.
type scene struct {
	*Viewer
	window   fyne.Window
	requests []Request
	calls    []string // of the other callbacks
}

func newScene(t *testing.T, c look.Choice, size fyne.Size) *scene {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(look.New(c))
	s := &scene{Viewer: NewViewer()}
	s.OnPage = func(r Request) { s.requests = append(s.requests, r) }
	s.OnFind = func(text string, step int) { s.calls = append(s.calls, fmt.Sprint("find ", text, step)) }
	s.OnClose = func() { s.calls = append(s.calls, "close") }
	s.OnMoved = func(n int) { s.calls = append(s.calls, fmt.Sprint("moved ", n)) }
	s.window = test.NewTempWindow(t, s.Viewer)
	s.window.SetPadded(false)
	s.window.Resize(size)
	return s
}

// last is the latest request.
func (s *scene) last(t *testing.T) Request {
	t.Helper()
	if len(s.requests) == 0 {
		t.Fatal("no page was asked for")
	}
	return s.requests[len(s.requests)-1]
}

// drawing is a white page with grey lines for text and a black frame.
func drawing(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	fill := func(r image.Rectangle, c color.Color) {
		draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(img.Rect, color.White)
	for i := range 24 {
		y := height * (2 + i) / 28
		end := width * 9 / 10
		if i%6 == 5 {
			end = width / 2
		}
		fill(image.Rect(width/10, y, end, y+height/70), color.Gray{0x50})
	}
	return img
}

// lineBox is the box of line i of a drawing.
func lineBox(i int, x0, x1 float64) Box {
	return Box{x0, float64(2+i)/28 - 0.004, x1, float64(2+i)/28 + 1.0/70 + 0.004}
}

const longTitle = "A Treatise of Considerable Length on the Retention of Keys and Values While Reading"

var article = strings.Join([]string{
	"# Reading\n",
	"While a document is read, an activation bias finds the tokens to which later ones return. They are called anchors, and the blocks that hold them are recalled.\n",
	"1. Initial tokens stay for good.",
	"2. Blocks are recalled when they matter.\n",
	"Each layer has its own budget. Where attention is spread, the entropy is high and many blocks are recalled; where it is sharp, a few will do.",
}, "\n")

// passage is a mark of a part of the article.
func passage(part string, found bool) Mark {
	i := strings.Index(article, part)
	return Mark{Page: 3, Start: i, End: i + len(part), Found: found}
}

func TestLooks(t *testing.T) {
	size := fyne.NewSize(440, 560)
	for _, c := range []look.Choice{look.Dark, look.Light} {
		t.Run(string(c), func(t *testing.T) {
			s := newScene(t, c, size)
			s.Open(longTitle, 61, 3, []Mark{passage("anchors, and the blocks that hold them are recalled", false), passage("a few will do", false), passage("entropy", true)})
			check := func(name string) {
				t.Helper()
				test.AssertRendersToImage(t, fmt.Sprintf("%s_%s.png", name, c), s.window.Canvas())
			}
			check("waiting")
			r := s.last(t)
			s.SetPage(r, Page{Image: drawing(r.Width, r.Width*3/2), Text: "text", Boxes: []Box{lineBox(1, 0.4, 0.9), lineBox(2, 0.1, 0.9), lineBox(3, 0.1, 0.6)}, Found: []Box{lineBox(3, 0.3, 0.4)}})
			check("image")
			s.SetPage(r, Page{Text: article, Notice: FileMissing})
			check("text")
			s.SetPage(r, Page{Image: drawing(r.Width, r.Width*3/2).SubImage(image.Rect(0, 0, r.Width, 40))})
			check("scan")
			s.SetPage(r, Page{})
			s.Find()
			s.bar.find.SetText("entropy")
			s.SetFound(3, 17)
			s.window.Canvas().Unfocus() // no cursor, which blinks
			check("blank_find")
		})
	}
}

// TestHiDPI asks for device pixels and draws each of them as one.
func TestHiDPI(t *testing.T) {
	s := newScene(t, look.Dark, fyne.NewSize(301, 400))
	s.window.Canvas().(software.WindowlessCanvas).SetScale(2)
	s.Open("A", 2, 1, nil)
	r := s.last(t)
	if want := 2 * (301 - 2*margin); r.Width != want {
		t.Fatalf("asked for %d pixels, want %d", r.Width, want)
	}
	// Columns of one pixel, black and white in turn: any scaling would show grey.
	stripes := image.NewGray(image.Rect(0, 0, r.Width, 100))
	for i := range stripes.Pix {
		stripes.Pix[i] = uint8(i % 2 * 255)
	}
	s.SetPage(r, Page{Image: stripes, Text: "text"})
	img := s.window.Canvas().Capture()
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(s.sheet).Add(s.sheet.paper.at)
	x0, y := int(at.X*2), int(at.Y*2)+50
	for i := range r.Width {
		got := color.GrayModel.Convert(img.At(x0+i, y)).(color.Gray).Y
		if want := uint8(i % 2 * 255); got != want {
			t.Fatalf("column %d is %d, want %d", i, got, want)
		}
	}
}

func TestTitleTip(t *testing.T) {
	s := newScene(t, look.Light, fyne.NewSize(440, 300))
	s.Open(longTitle, 2, 1, nil)
	s.SetPage(s.last(t), Page{Text: "Words."})
	s.bar.title.MouseIn(&desktop.MouseEvent{})
	test.AssertRendersToImage(t, "title_tip.png", s.window.Canvas())
	s.bar.title.MouseOut()
	if s.bar.title.tip.label.Visible() {
		t.Error("the tip stays")
	}
	s.Open("Short", 2, 1, nil)
	s.bar.title.MouseIn(&desktop.MouseEvent{})
	if s.bar.title.tip.label.Visible() {
		t.Error("a tip repeats a title that can be read")
	}
	s.bar.next.MouseIn(&desktop.MouseEvent{})
	if tip := s.bar.title.tip; !tip.label.Visible() || tip.label.Text != "Next page" || s.bar.next.AccessibilityLabel() != "Next page" {
		t.Errorf("tip %q, label %q of the button", tip.label.Text, s.bar.next.AccessibilityLabel())
	}
}

// TestNarrow shows that the smallest viewer cuts nothing off, in any language.
func TestNarrow(t *testing.T) {
	for _, language := range []string{"en", "de", "zh_Hans"} {
		if err := translation.Load(language); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := translation.Load("en"); err != nil {
				t.Fatal(err)
			}
		}()
		s := newScene(t, look.Dark, fyne.NewSize(400, 400))
		s.Open(longTitle, 99999, 88888, nil)
		s.Find()
		s.SetFound(0, 0)
		s.SetPage(s.last(t), Page{Notice: FileChanged})
		s.window.Canvas().Unfocus()
		s.window.Resize(s.Viewer.MinSize().Max(fyne.NewSize(0, 400)))
		if w := s.Viewer.MinSize().Width; w > 400 {
			t.Errorf("%s: the viewer needs %g pixels", language, w)
		}
		if language != "zh_Hans" { // whose letters come from whatever font the machine has
			test.AssertRendersToImage(t, "narrow_"+language+".png", s.window.Canvas())
		}
	}
}
