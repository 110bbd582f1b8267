package document

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// openPDF opens a Renderer on a file with the given bytes.
func openPDF(t *testing.T, data []byte, opts Options) *Renderer {
	t.Helper()
	sum := sha256.Sum256(data)
	r, err := OpenRenderer(t.Context(), writeFile(t, "some.pdf", data), strings.ToUpper(hex.EncodeToString(sum[:])), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// colourAt is the colour of the pixel at shares of the image's width and height.
func colourAt(img *image.RGBA, x, y float64) color.RGBA {
	return img.RGBAAt(int(x*float64(img.Rect.Dx())), int(y*float64(img.Rect.Dy())))
}

func near(a, b color.RGBA) bool {
	d := func(x, y uint8) bool { return math.Abs(float64(x)-float64(y)) < 4 }
	return d(a.R, b.R) && d(a.G, b.G) && d(a.B, b.B) && a.A == b.A
}

func TestRender(t *testing.T) {
	p := newPDF()
	p.AddPage() // the upper left quarter red
	p.SetFillColor(200, 0, 0)
	w, h := p.GetPageSize()
	p.Rect(0, 0, w/2, h/2, "F")
	p.AddPageFormat("L", fpdf.SizeType{Wd: 300, Ht: 600}) // the right third half-transparent blue
	p.SetAlpha(0.5, "Normal")
	p.SetFillColor(0, 0, 200)
	p.Rect(400, 0, 200, 300, "F")
	r := openPDF(t, pdfBytes(t, p), Options{})
	if r.Pages() != 2 || len(r.Warnings) != 0 {
		t.Errorf("%d pages, warnings %q", r.Pages(), r.Warnings)
	}
	white, red, blue := color.RGBA{255, 255, 255, 255}, color.RGBA{200, 0, 0, 255}, color.RGBA{127, 127, 227, 255}
	for _, c := range []struct {
		page          int
		width, height float64 // points
		pixels        image.Point
		inside        [2]float64
		want          color.RGBA
	}{
		{1, 595.28, 841.89, image.Pt(900, 1273), [2]float64{0.49, 0.49}, red},
		{2, 600, 300, image.Pt(900, 450), [2]float64{0.68, 0.9}, blue},
		{1, 595.28, 841.89, image.Pt(1, 2), [2]float64{}, color.RGBA{}},
	} {
		w, h, err := r.Size(t.Context(), c.page)
		if err != nil || math.Abs(w-c.width) > 0.01 || math.Abs(h-c.height) > 0.01 {
			t.Errorf("page %d has %g x %g points, want %g x %g; error %v", c.page, w, h, c.width, c.height, err)
		}
		img, err := r.Render(t.Context(), c.page, c.pixels.X)
		if err != nil || img.Rect.Size() != c.pixels {
			t.Fatalf("page %d: error %v, or not %v", c.page, err, c.pixels)
		}
		if c.pixels.X < 10 {
			continue
		}
		if got := colourAt(img, c.inside[0], c.inside[1]); !near(got, c.want) {
			t.Errorf("page %d has %v inside, want %v", c.page, got, c.want)
		}
		if got := colourAt(img, 0.6, 0.6); got != white {
			t.Errorf("page %d has %v outside, want %v", c.page, got, white)
		}
	}
}

func TestRenderLimit(t *testing.T) {
	p := newPDF()
	p.AddPageFormat("P", fpdf.SizeType{Wd: 20, Ht: 14000})
	r := openPDF(t, pdfBytes(t, p), Options{})
	img, err := r.Render(t.Context(), 1, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if w*h > MaxRenderPixels*11/10 || w*h < MaxRenderPixels*8/10 || h/w != 14000/20 {
		t.Errorf("%d x %d pixels, want %d of 1 x 700", w, h, MaxRenderPixels)
	}
}

func TestRendererErrors(t *testing.T) {
	whole := newPDF()
	whole.AddPage()
	whole.MultiCell(0, 13, prose(20), "", "L", false)
	data := pdfBytes(t, whole)
	locked := newPDF()
	locked.SetProtection(fpdf.CnProtectPrint, "open sesame", "owner")
	locked.AddPage()
	lockedBytes := pdfBytes(t, locked)
	file := func(b []byte) string { return writeFile(t, "some.pdf", b) }
	for name, c := range map[string]struct {
		path, sum string
		opts      Options
		want      error
		says      string
	}{
		"missing":   {filepath.Join(t.TempDir(), "some.pdf"), "", Options{}, ErrNotFound, "check the spelling"},
		"text":      {file([]byte("no PDF")), "", Options{}, ErrUnsupported, "show the text"},
		"changed":   {file(data), strings.Repeat("0", 64), Options{}, ErrChanged, "again"},
		"too large": {file(data), "", Options{MaxBytes: 100}, ErrTooLarge, "split"},
		"cut":       {file(data[:400]), "", Options{}, ErrCorrupt, "whole copy"},
		"encrypted": {file(lockedBytes), "", Options{}, ErrPassword, "give the password"},
		"password":  {file(lockedBytes), "", Options{Password: "sesam"}, ErrPassword, "not the right one"},
	} {
		if _, err := OpenRenderer(t.Context(), c.path, c.sum, c.opts); !errors.Is(err, c.want) ||
			!strings.Contains(fmt.Sprint(err), c.says) || !strings.Contains(fmt.Sprint(err), "some.pdf") {
			t.Errorf("%s: error %v, want %v that says %q", name, err, c.want, c.says)
		}
	}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := OpenRenderer(done, file(data), "", Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("opening when cancelled: error %v", err)
	}
	if _, err := openPDF(t, lockedBytes, Options{Password: "open sesame"}).Render(t.Context(), 1, 10); err != nil {
		t.Errorf("with its password: %v", err)
	}
	r := openPDF(t, data, Options{})
	for _, page := range []int{0, 2} {
		if _, err := r.Render(t.Context(), page, 100); err == nil || !strings.Contains(err.Error(), "pages 1 to 1") {
			t.Errorf("page %d of 1: error %v", page, err)
		}
	}
	if _, err := r.Render(done, 1, 100); !errors.Is(err, context.Canceled) {
		t.Errorf("when cancelled: error %v", err)
	}
	if _, err := r.Render(t.Context(), 1, 100); err != nil {
		t.Errorf("after being cancelled: %v", err)
	}
	r.Close()
	if _, err := r.Render(t.Context(), 1, 100); err == nil {
		t.Error("drawing after Close gave no error")
	}
}

// TestRenderPageTime draws a page that would take years, and others after it.
func TestRenderPageTime(t *testing.T) {
	r := openPDF(t, bomb(), Options{PageTime: 500 * time.Millisecond})
	if _, err := r.Render(t.Context(), 2, 300); !errors.Is(err, ErrPageLimit) || !strings.Contains(err.Error(), "page 2") {
		t.Errorf("error %v, want %v that names page 2", err, ErrPageLimit)
	}
	boxes, err := r.Boxes(t.Context(), 3, "The third page.")
	if err != nil || len(boxes) != 1 {
		t.Errorf("page 3: boxes %v, error %v", boxes, err)
	}
}

func TestRenderCancel(t *testing.T) {
	r := openPDF(t, bomb(), Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := r.Render(ctx, 2, 300); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > DefaultPageTime/2 {
		t.Errorf("error %v after %v, want %v", err, time.Since(start), context.DeadlineExceeded)
	}
	if _, err := r.Render(t.Context(), 1, 300); err != nil {
		t.Errorf("page 1 after that: %v", err)
	}
}

// BenchmarkRender draws the pages of the sample document 900 pixels wide.
func BenchmarkRender(b *testing.B) {
	r, err := OpenRenderer(b.Context(), "../../assets/manual.pdf", "", Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	for page := 0; b.Loop(); page++ {
		if _, err := r.Render(b.Context(), page%r.Pages()+1, 900); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFirstPage opens the sample document and draws its first page 900
// pixels wide.
func BenchmarkFirstPage(b *testing.B) {
	for b.Loop() {
		r, err := OpenRenderer(b.Context(), "../../assets/manual.pdf", "", Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.Render(b.Context(), 1, 900); err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}
