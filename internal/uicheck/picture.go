package uicheck

import (
	"image"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
)

// Picture is what a text or an icon looks like, whatever its colour and that of
// its ground. It is found in a screenshot where the program drew it in the same
// size, at whole pixels: a text from its beginning on.
type Picture struct {
	size image.Point
	ink  []float32 // share of each pixel that is covered, 0 to 1, minus the mean
	norm float64   // root of the sum of the squares of ink
	dark []int     // pixels that are wholly covered, some of them
	bare []int     // pixels that are not
}

// alike is the least correlation of a picture with the place where it is found.
const alike = 0.98

// samples is how many pixels of each kind are compared before all are.
const samples = 8

// TextPictures draws a text regular and bold in sizes in pixels.
func TextPictures(t testing.TB, text string, sizes ...float32) []Picture {
	t.Helper()
	test.NewTempApp(t)
	var all []Picture
	for _, size := range sizes {
		for _, bold := range []bool{false, true} {
			label := canvas.NewText(text, color.Gray{0x80}) // on a light ground or a dark one
			label.TextSize, label.TextStyle.Bold = size, bold
			all = append(all, newPicture(t, text, label))
		}
	}
	return all
}

// IconPictures draws an icon of Fyne's theme, by its name there, such as
// "contentCopy", in sizes in pixels.
func IconPictures(t testing.TB, name string, sizes ...float32) []Picture {
	t.Helper()
	test.NewTempApp(t)
	var all []Picture
	for _, size := range sizes {
		i := canvas.NewImageFromResource(theme.Icon(fyne.ThemeIconName(name)))
		i.SetMinSize(fyne.NewSquareSize(size))
		all = append(all, newPicture(t, name, i))
	}
	return all
}

func newPicture(t testing.TB, what string, o fyne.CanvasObject) Picture {
	t.Helper()
	img := software.Render(o, theme.DefaultTheme())
	ground := luminance(img, 0, 0)
	var box image.Rectangle
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if math.Abs(luminance(img, x, y)-ground) > 8 {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if box.Empty() {
		t.Fatalf("nothing is drawn of %q", what)
	}
	p := Picture{size: box.Size(), ink: make([]float32, box.Dx()*box.Dy())}
	var most, sum float64
	for i := range p.ink {
		at := box.Min.Add(image.Pt(i%p.size.X, i/p.size.X))
		v := math.Abs(luminance(img, at.X, at.Y) - ground)
		p.ink[i] = float32(v)
		most, sum = max(most, v), sum+v
	}
	for i, v := range p.ink {
		switch {
		case float64(v) > 0.95*most:
			p.dark = append(p.dark, i)
		case v == 0:
			p.bare = append(p.bare, i)
		}
		p.ink[i] = float32((float64(v) - sum/float64(len(p.ink))) / most)
		p.norm += float64(p.ink[i]) * float64(p.ink[i])
	}
	p.norm = math.Sqrt(p.norm)
	p.dark, p.bare = spread(p.dark), spread(p.bare)
	return p
}

// spread chooses samples of a list, evenly.
func spread(list []int) []int {
	var some []int
	for i := range min(samples, len(list)) {
		some = append(some, list[i*len(list)/min(samples, len(list))])
	}
	return some
}

func luminance(img image.Image, x, y int) float64 {
	r, g, b, _ := img.At(x, y).RGBA()
	return (0.3*float64(r) + 0.59*float64(g) + 0.11*float64(b)) / 257
}

// grey is an image as luminances.
type grey struct {
	width, height int
	pix           []float32
}

func newGrey(img *image.RGBA) *grey {
	size := img.Rect.Size()
	g := &grey{width: size.X, height: size.Y, pix: make([]float32, size.X*size.Y)}
	for i := range g.pix {
		c := img.Pix[4*i : 4*i+3]
		g.pix[i] = 0.3*float32(c[0]) + 0.59*float32(c[1]) + 0.11*float32(c[2])
	}
	return g
}

// Find returns where the first of some pictures that is there is in a part of an
// image, from the top to the bottom, in a line from the left to the right.
func Find(img *image.RGBA, pictures []Picture, in image.Rectangle) []image.Rectangle {
	g := newGrey(img)
	for i := range pictures {
		if found := g.all(&pictures[i], in); len(found) > 0 {
			return found
		}
	}
	return nil
}

// all returns where a picture is in a part of an image, from the top to the
// bottom, in a line from the left to the right.
func (g *grey) all(p *Picture, in image.Rectangle) (found []image.Rectangle) {
	in = in.Intersect(image.Rect(0, 0, g.width, g.height))
	for y := in.Min.Y; y <= in.Max.Y-p.size.Y; y++ {
	next:
		for x := in.Min.X; x <= in.Max.X-p.size.X; x++ {
			if !g.likely(p, x, y) || g.correlation(p, x, y) < alike {
				continue
			}
			here := image.Rectangle{Min: image.Pt(x, y), Max: image.Pt(x, y).Add(p.size)}
			for _, f := range found {
				if f.Overlaps(here) {
					continue next
				}
			}
			found = append(found, here)
		}
	}
	return found
}

// likely says whether some pixels stand out from others as they should.
func (g *grey) likely(p *Picture, x, y int) bool {
	const least = 30 // luminance between letters and ground
	at := func(i int) float32 { return g.pix[(y+i/p.size.X)*g.width+x+i%p.size.X] }
	if len(p.bare) == 0 || len(p.dark) == 0 {
		return true
	}
	ground := at(p.bare[0])
	difference := at(p.dark[0]) - ground
	if difference < least && difference > -least {
		return false
	}
	for _, i := range p.bare {
		if d := (at(i) - ground) / difference; d > 0.4 || d < -0.4 {
			return false
		}
	}
	for _, i := range p.dark {
		if (at(i)-ground)/difference < 0.5 {
			return false
		}
	}
	return true
}

// correlation is how alike a picture and a place of the image are, from 0 to 1,
// be it light on dark or dark on light.
func (g *grey) correlation(p *Picture, x, y int) float64 {
	var sum, squares, product float64
	for i, ink := range p.ink {
		v := float64(g.pix[(y+i/p.size.X)*g.width+x+i%p.size.X])
		sum += v
		squares += v * v
		product += v * float64(ink) // ink has the mean 0
	}
	variance := squares - sum*sum/float64(len(p.ink))
	if variance < 1 { // flat, but for rounding
		return 0
	}
	return math.Abs(product) / (p.norm * math.Sqrt(variance))
}
