package document

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"math"
	"strings"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/requests"
)

// ErrChanged is that a file is not the one that was read.
var ErrChanged = errors.New("the file has changed")

// MaxRenderPixels is how many pixels [Renderer.Render] draws at most: 64 MiB.
const MaxRenderPixels = 16 << 20

// Renderer draws pages of one PDF file, which it holds in memory. It is used
// by one goroutine at a time, and must be closed. A method that is interrupted
// by its context leaves a Renderer that works.
type Renderer struct {
	Warnings []string // what makes drawing slow

	path   string
	pages  int
	engine *engine
	end    context.CancelFunc // of all instances
	s      session
}

// OpenRenderer opens the PDF file at path. Sum is the SHA-256 of the file that
// was read in hexadecimal digits, empty to take whatever the file is. Of opts,
// Password, MaxBytes, PageTime, PageChars and CacheDir count.
//
// Errors wrap [ErrChanged] where the file has another sum, another of the
// package's sentinels, or ctx.Err().
func OpenRenderer(ctx context.Context, path, sum string, opts Options) (*Renderer, error) {
	opts = opts.withDefaults()
	data, err := load(path, opts.MaxBytes)
	if err != nil {
		return nil, err
	}
	if got := sha256.Sum256(data); sum != "" && !strings.EqualFold(sum, hex.EncodeToString(got[:])) {
		return nil, fmt.Errorf("document: %s: %w since it was read; add it to the conversation again", path, ErrChanged)
	}
	if kind := sniff(path, data); kind != kindPDF {
		return nil, fmt.Errorf("document: %s: %w: %s; only pages of PDF files can be drawn, show the text of others", path, ErrUnsupported, kind)
	}
	r := &Renderer{path: path}
	// The instances outlive this call, and are interrupted by it all the same.
	var own context.Context
	own, r.end = context.WithCancel(context.WithoutCancel(ctx))
	defer context.AfterFunc(ctx, r.end)()
	if r.engine, err = newEngine(own, opts.CacheDir, &r.Warnings); err != nil {
		r.end()
		return nil, errors.Join(ctx.Err(), fmt.Errorf("document: starting PDFium: %w", err))
	}
	r.s = session{pool: r.engine.pool, data: data, opts: opts}
	if err := r.s.open(ctx); err != nil {
		r.Close()
		return nil, openError(ctx, path, opts.Password, err)
	}
	if r.pages, err = r.s.pageCount(); err != nil || ctx.Err() != nil {
		r.Close()
		return nil, openError(ctx, path, opts.Password, err)
	}
	return r, nil
}

// Pages is the number of pages.
func (r *Renderer) Pages() int { return r.pages }

// Close ends the Renderer's PDFium. The methods fail afterwards.
func (r *Renderer) Close() {
	r.s.close()
	r.engine.Close()
	r.end()
}

// Size is the size in points (1/72 inch) of page number, from 1, as it is
// shown: turned and cropped.
func (r *Renderer) Size(ctx context.Context, number int) (width, height float64, err error) {
	err = r.do(ctx, number, func() error {
		width, height, err = r.size(number)
		return err
	})
	return width, height, err
}

// Render draws page number, from 1, width pixels wide on white paper, with
// its annotations and form fields. It draws smaller where the page would have
// more than [MaxRenderPixels].
func (r *Renderer) Render(ctx context.Context, number, width int) (*image.RGBA, error) {
	if width < 1 {
		panic(fmt.Sprintf("document: rendering a page %d pixels wide, want 1 or more", width))
	}
	var img *image.RGBA
	err := r.do(ctx, number, func() error {
		w, h, err := r.size(number)
		if err != nil {
			return err
		}
		drawn, err := r.s.inst.RenderPageInPixels(&requests.RenderPageInPixels{
			Page:        requests.Page{ByIndex: &requests.PageByIndex{Document: r.s.doc, Index: number - 1}},
			Width:       limitWidth(width, w, h),
			RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT,
			RenderForm:  true,
			Document:    &r.s.doc,
		})
		if err != nil {
			return fmt.Errorf("drawing: %w", err)
		}
		defer drawn.Cleanup()
		pixels, ok := drawn.Result.RenderedImage.(*image.RGBA)
		if !ok {
			return fmt.Errorf("drawing gave a %T, want an *image.RGBA", drawn.Result.RenderedImage)
		}
		img = onPaper(pixels, drawn.Result.HasTransparency)
		return nil
	})
	return img, err
}

// limitWidth is how many pixels wide a page of w x h points may be drawn of
// width that were asked for.
func limitWidth(width int, w, h float64) int {
	widest := math.Sqrt(MaxRenderPixels * w / h)
	return max(1, int(min(float64(width), widest)))
}

// onPaper copies an image out of PDFium's memory. Pages with transparency are
// drawn on nothing, in colours that, against their type, are not multiplied
// by their alpha.
func onPaper(pixels *image.RGBA, transparent bool) *image.RGBA {
	img := image.NewRGBA(pixels.Bounds())
	if !transparent {
		copy(img.Pix, pixels.Pix)
		return img
	}
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	straight := &image.NRGBA{Pix: pixels.Pix, Stride: pixels.Stride, Rect: pixels.Rect}
	draw.Draw(img, img.Bounds(), straight, straight.Rect.Min, draw.Over)
	return img
}

// size is the page's size in points.
func (r *Renderer) size(number int) (width, height float64, err error) {
	s, err := r.s.inst.FPDF_GetPageSizeByIndex(&requests.FPDF_GetPageSizeByIndex{Document: r.s.doc, Index: number - 1})
	if err != nil {
		return 0, 0, fmt.Errorf("its size: %w", err)
	}
	if s.Width <= 0 || s.Height <= 0 {
		return 0, 0, fmt.Errorf("%w: the page is %g x %g points large", ErrCorrupt, s.Width, s.Height)
	}
	return s.Width, s.Height, nil
}

// do runs work on a page within its time.
func (r *Renderer) do(ctx context.Context, number int, work func() error) error {
	if number < 1 || number > r.pages {
		return fmt.Errorf("document: %s: there is no page %d, the file has pages 1 to %d", r.path, number, r.pages)
	}
	err, broken := r.s.guard(ctx, work)
	if broken != nil {
		return fmt.Errorf("document: %s: page %d: %w", r.path, number, broken)
	}
	if err != nil {
		return fmt.Errorf("document: %s: %w", r.path, &PageError{Page: number, Err: err})
	}
	return nil
}
