package uicheck

import (
	"fmt"
	"math"
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
)

// Walk calls visit with the visible objects below an object and with itself,
// parents first, until visit returns false. at is where they are, relative to
// what the object lies in.
func Walk(o fyne.CanvasObject, visit func(o fyne.CanvasObject, at fyne.Position) bool) {
	walk(o, fyne.Position{}, visit)
}

func walk(o fyne.CanvasObject, at fyne.Position, visit func(fyne.CanvasObject, fyne.Position) bool) bool {
	if o == nil || !o.Visible() {
		return true
	}
	at = at.Add(o.Position())
	if !visit(o, at) {
		return false
	}
	for _, child := range below(o) {
		if !walk(child, at, visit) {
			return false
		}
	}
	return true
}

// below are the objects that an object is made of.
func below(o fyne.CanvasObject) []fyne.CanvasObject {
	switch o := o.(type) {
	case *fyne.Container:
		return o.Objects
	case fyne.Widget:
		return test.WidgetRenderer(o).Objects()
	}
	return nil
}

// rect is a part of a canvas, in its pixels.
type rect struct{ minX, minY, maxX, maxY float32 }

func rectOf(at fyne.Position, size fyne.Size) rect {
	return rect{at.X, at.Y, at.X + size.Width, at.Y + size.Height}
}

func (r rect) cut(o rect) rect {
	return rect{max(r.minX, o.minX), max(r.minY, o.minY), min(r.maxX, o.maxX), min(r.maxY, o.maxY)}
}

func (r rect) empty() bool { return r.maxX <= r.minX || r.maxY <= r.minY }

// bounds are where a text may be.
type bounds struct {
	seen         rect // what can be seen: the rest is scrolled away
	hard         rect // what a text may not reach out of
	across, down string
}

// within are the bounds of what lies in an object.
func (b bounds) within(o fyne.CanvasObject, at fyne.Position) bounds {
	size := o.Size()
	if size.Width <= 0 || size.Height <= 0 {
		return b // it was not laid out, as containers without a layout are not
	}
	r := rectOf(at, size)
	if r.minX > b.hard.minX || r.maxX < b.hard.maxX {
		b.across = fmt.Sprintf("%T", o)
	}
	if r.minY > b.hard.minY || r.maxY < b.hard.maxY {
		b.down = fmt.Sprintf("%T", o)
	}
	b.hard = b.hard.cut(r)
	if direction, ok := scrolls(o); ok {
		b.seen = b.seen.cut(r)
		far := float32(math.Inf(1))
		if direction != container.ScrollVerticalOnly {
			b.hard.minX, b.hard.maxX = -far, far
		}
		if direction != container.ScrollHorizontalOnly {
			b.hard.minY, b.hard.maxY = -far, far
		}
	}
	return b
}

// scrolls says whether an object is a scroll container or a widget that extends
// one, and which way it scrolls.
func scrolls(o fyne.CanvasObject) (direction container.ScrollDirection, ok bool) {
	v := reflect.Indirect(reflect.ValueOf(o))
	if v.Kind() != reflect.Struct {
		return 0, false
	}
	f := v.FieldByName("Direction")
	if !f.IsValid() || !f.CanInterface() {
		return 0, false
	}
	direction, ok = f.Interface().(container.ScrollDirection)
	return direction, ok
}

// looker gathers the texts of a layer and what is wrong with them.
type looker struct {
	texts []Text
	wrong []string
}

func look(layer fyne.CanvasObject, size fyne.Size) *looker {
	l := &looker{}
	window := rectOf(fyne.Position{}, size)
	l.object(layer, fyne.Position{}, bounds{seen: window, hard: window, across: "the window", down: "the window"})
	return l
}

func (l *looker) object(o fyne.CanvasObject, at fyne.Position, b bounds) {
	if o == nil || !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	switch o := o.(type) {
	case *canvas.Text:
		l.text(o, at, b)
		return
	case *canvas.Rectangle:
		l.cover(o, rectOf(at, o.Size()))
		return
	}
	inner := b.within(o, at)
	for _, child := range below(o) {
		l.object(child, at, inner)
	}
}

// text takes in a text, unless it is scrolled out of view.
func (l *looker) text(t *canvas.Text, at fyne.Position, b bounds) {
	if t.Text == "" {
		return
	}
	place := letters(t, at)
	seen := place.cut(b.seen)
	if seen.empty() {
		return
	}
	l.complain(t, place, b)
	l.texts = append(l.texts, Text{t.Text, fyne.NewPos(seen.minX, seen.minY), fyne.NewPos(seen.maxX, seen.maxY)})
}

// letters are where the letters of a text are drawn: as its alignment says, and
// halfway down.
func letters(t *canvas.Text, at fyne.Position) rect {
	size, have := fyne.MeasureText(t.Text, t.TextSize, t.TextStyle), t.Size()
	switch t.Alignment {
	case fyne.TextAlignCenter:
		at.X += (have.Width - size.Width) / 2
	case fyne.TextAlignTrailing:
		at.X += have.Width - size.Width
	}
	at.Y += max(0, (have.Height-size.Height)/2)
	return rectOf(at, size)
}

// cover forgets the texts that something opaque is drawn over.
func (l *looker) cover(o *canvas.Rectangle, at rect) {
	if o.FillColor == nil {
		return
	}
	if _, _, _, alpha := o.FillColor.RGBA(); alpha < math.MaxUint16 {
		return
	}
	l.texts = slices.DeleteFunc(l.texts, func(t Text) bool {
		return t.Min.X >= at.minX && t.Max.X <= at.maxX && t.Min.Y >= at.minY && t.Max.Y <= at.maxY
	})
}
