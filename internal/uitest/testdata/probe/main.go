// The probe is a window that writes down what happens to it, for the tests of
// package uitest.
package main

import (
	"fmt"
	"image/color"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

func say(format string, args ...any) { fmt.Printf(format+"\n", args...) }

func main() {
	a := app.NewWithID("probe")
	w := a.NewWindow("Probe – Prüfling")
	w.SetMaster()
	w.SetPadded(false)

	entry := widget.NewMultiLineEntry()
	entry.Wrapping = fyne.TextWrapWord
	place(entry, 10, 10, 300, 150)
	square := canvas.NewRectangle(color.Black)
	place(square, 330, 10, 100, 100)
	button := widget.NewButton("Change", func() {
		say("button")
		if square.FillColor == color.Black {
			square.FillColor = color.White
		} else {
			square.FillColor = color.Black
		}
		square.Refresh()
	})
	place(button, 330, 120, 100, 40)
	p := &pad{}
	p.ExtendBaseWidget(p)
	place(p, 10, 180, 200, 200)

	w.SetContent(container.NewWithoutLayout(entry, square, button, p))
	w.SetOnDropped(func(at fyne.Position, files []fyne.URI) {
		for _, f := range files {
			say("dropped %q at %.0f,%.0f", f.Path(), at.X, at.Y)
		}
	})
	w.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyO, Modifier: fyne.KeyModifierControl},
		func(fyne.Shortcut) { say("ctrl+o") })
	w.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyComma, Modifier: fyne.KeyModifierControl},
		func(fyne.Shortcut) { say("ctrl+,") })
	w.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyP, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift},
		func(fyne.Shortcut) { say("ctrl+shift+p") })
	w.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyN, Modifier: fyne.KeyModifierControl}, func(fyne.Shortcut) {
		second := a.NewWindow("Second")
		second.SetContent(widget.NewLabel("the second window"))
		second.Show()
	})
	w.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { say("key %s", e.Name) })
	w.Resize(fyne.NewSize(450, 400))
	say("home %s extra %s", os.Getenv("HOME"), os.Getenv("EXTRA"))
	w.ShowAndRun()
	say("ended")
	os.Exit(7)
}

func place(o fyne.CanvasObject, x, y, width, height float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(width, height))
}

// pad tells what the mouse does on it.
type pad struct {
	widget.BaseWidget
	dragged fyne.Delta
}

func (p *pad) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(canvas.NewRectangle(color.NRGBA{R: 128, G: 64, B: 64, A: 255}))
}

func (p *pad) Tapped(e *fyne.PointEvent) { say("tapped %.0f,%.0f", e.Position.X, e.Position.Y) }

func (p *pad) DoubleTapped(e *fyne.PointEvent) {
	say("double tapped %.0f,%.0f", e.Position.X, e.Position.Y)
}

func (p *pad) TappedSecondary(e *fyne.PointEvent) {
	say("right tapped %.0f,%.0f", e.Position.X, e.Position.Y)
}

func (p *pad) Dragged(e *fyne.DragEvent) {
	p.dragged.DX += e.Dragged.DX
	p.dragged.DY += e.Dragged.DY
}

func (p *pad) DragEnd() { say("dragged %.0f,%.0f", p.dragged.DX, p.dragged.DY) }

func (p *pad) Scrolled(e *fyne.ScrollEvent) {
	say("scrolled %+.0f,%+.0f", sign(e.Scrolled.DX), sign(e.Scrolled.DY))
}

func sign(x float32) float32 {
	switch {
	case x < 0:
		return -1
	case x > 0:
		return 1
	}
	return 0
}

func (p *pad) MouseIn(e *desktop.MouseEvent)  { say("in") }
func (p *pad) MouseMoved(*desktop.MouseEvent) {}
func (p *pad) MouseOut()                      { say("out") }
