package pages

// Zoom is relative to the width of the view.
const (
	zoomStep = 1.25
	zoomMin  = 0.5
	zoomMax  = 4
)

// ZoomIn makes the page, or its letters, a step larger.
func (v *Viewer) ZoomIn() { v.zoom(v.sheet.zoom * zoomStep) }

// ZoomOut makes the page, or its letters, a step smaller.
func (v *Viewer) ZoomOut() { v.zoom(v.sheet.zoom / zoomStep) }

// FitWidth makes the page as wide as the view, and letters their usual size.
func (v *Viewer) FitWidth() { v.zoom(1) }

func (v *Viewer) zoom(z float32) {
	z = min(max(z, zoomMin), zoomMax)
	if z == v.sheet.zoom {
		return
	}
	before := v.sheet.MinSize()
	offset := v.scroll.Offset
	v.sheet.setZoom(z)
	after := v.sheet.MinSize()
	// What is in the middle of the view stays there.
	view := v.scroll.Size()
	offset.X = (offset.X+view.Width/2)*after.Width/before.Width - view.Width/2
	offset.Y = (offset.Y+view.Height/2)*after.Height/before.Height - view.Height/2
	v.scroll.to(offset)
	v.sheet.scrollTo(v.scroll.Offset.Y)
	v.bar.update()
	if v.sheet.loading || v.sheet.page.Image != nil {
		v.ask()
	}
}
