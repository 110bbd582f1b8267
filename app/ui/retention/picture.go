package retention

import (
	"image"
	"image/color"
	"image/draw"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/theme"
)

// stamp is a small picture with its place in a larger one, in pixels.
type stamp struct {
	img image.Image
	at  image.Point
}

// Picture makes ready to draw the map as it is now, with its axes, its legend
// and what the entry is, at a size in device-independent pixels of scale pixels
// each. The function that it returns draws, which takes its time, and may be
// called on any goroutine.
func (p *Pane) Picture(size fyne.Size, scale float32) func() image.Image {
	const border = 10
	rec, view := *p.view.rec, *p.view
	rec.entries, view.rec = slices.Clip(rec.entries), &rec
	colours := newPalette()
	inner := size.Width - 2*border

	title := canvas.NewText(fit(summary(&rec, view.at), theme.TextSize(), inner, fyne.TextStyle{Bold: true}), theme.Color(theme.ColorNameForeground))
	title.TextSize, title.TextStyle.Bold = theme.TextSize(), true
	title.Resize(title.MinSize())
	stamps := []stamp{stampOf(title, fyne.NewPos(border, border), scale)}

	legend := newLegend()
	legend.flow.width = inner
	legend.box.Resize(fyne.NewSize(inner, legend.box.MinSize().Height))
	top := border + title.MinSize().Height + 4
	var swatches []swatchAt
	for i, o := range legend.box.Objects {
		at, key := o.Position().AddXY(border, top), legend.keys[i]
		stamps = append(stamps, stampOf(key.text, at.Add(key.text.Position()), scale))
		swatches = append(swatches, swatchAt{pixels(at.Add(key.swatch.Position()), key.swatch.Size(), scale), key.from(colours), key.to(colours)})
	}
	top += legend.box.Size().Height + 6

	c := newChart(&view)
	c.colours = colours
	c.Resize(fyne.NewSize(inner, size.Height-top-border))
	c.label()
	for _, o := range c.labels.objects[:c.labels.used] {
		stamps = append(stamps, stampOf(o, o.Position().AddXY(border, top), scale))
	}
	f := c.frame()
	area := pixels(fyne.NewPos(border+f.left, top+f.top), fyne.NewSize(inner-f.left, f.axis+f.axisH-f.top), scale)
	whole := pixels(fyne.NewPos(0, 0), size, scale)
	return func() image.Image {
		img := image.NewRGBA(whole)
		fill(img, whole, colours.ground)
		draw.Draw(img, area, c.paint(area.Dx(), area.Dy(), f), image.Point{}, draw.Src)
		for _, s := range swatches {
			s.draw(img)
		}
		for _, s := range stamps {
			draw.Draw(img, s.img.Bounds().Add(s.at), s.img, image.Point{}, draw.Over)
		}
		return img
	}
}

// stampOf renders a text, which then lies at a place.
func stampOf(text fyne.CanvasObject, at fyne.Position, scale float32) stamp {
	c := software.NewTransparentCanvas()
	c.SetPadded(false)
	c.SetScale(scale)
	c.SetContent(text)
	c.Resize(text.MinSize())
	return stamp{c.Capture(), pixels(at, fyne.Size{}, scale).Min}
}

// pixels is a rectangle at a scale.
func pixels(at fyne.Position, size fyne.Size, scale float32) image.Rectangle {
	round := func(f float32) int { return int(f*scale + 0.5) }
	return image.Rect(round(at.X), round(at.Y), round(at.X+size.Width), round(at.Y+size.Height))
}

// swatchAt is a gradient in the legend.
type swatchAt struct {
	at       image.Rectangle
	from, to color.NRGBA
}

func (s swatchAt) draw(img *image.RGBA) {
	for x := s.at.Min.X; x < s.at.Max.X; x++ {
		part := float64(x-s.at.Min.X) / float64(max(s.at.Dx()-1, 1))
		fill(img, image.Rect(x, s.at.Min.Y, x+1, s.at.Max.Y), mix(s.from, s.to, part))
	}
}
