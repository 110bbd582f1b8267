package uitest

import "github.com/jezek/xgb/xproto"

const (
	buttonLeft  = 1
	buttonRight = 3
	wheelUp     = 4
	wheelDown   = 5
	wheelLeft   = 6
	wheelRight  = 7
)

// dragSteps is how many moves a drag is made of.
const dragSteps = 8

// Move moves the pointer to a point of the window.
func (w *Window) Move(x, y int) {
	w.display.t.Helper()
	w.focus()
	at := w.Bounds().Min
	w.display.fake(xproto.MotionNotify, 0, at.X+x, at.Y+y)
	w.settle()
}

// click presses and releases a button at a point, so many times.
func (w *Window) click(button byte, x, y, times int) {
	w.display.t.Helper()
	w.Move(x, y)
	for range times {
		w.display.fake(xproto.ButtonPress, button, 0, 0)
		w.display.fake(xproto.ButtonRelease, button, 0, 0)
	}
	w.settle()
}

// Click clicks at a point of the window with the left button.
func (w *Window) Click(x, y int) {
	w.display.t.Helper()
	w.click(buttonLeft, x, y, 1)
}

// DoubleClick clicks twice at a point of the window with the left button.
func (w *Window) DoubleClick(x, y int) {
	w.display.t.Helper()
	w.click(buttonLeft, x, y, 2)
}

// RightClick clicks at a point of the window with the right button.
func (w *Window) RightClick(x, y int) {
	w.display.t.Helper()
	w.click(buttonRight, x, y, 1)
}

// Drag presses the left button at one point, moves to another one in a
// straight line and releases it there.
func (w *Window) Drag(fromX, fromY, toX, toY int) {
	w.display.t.Helper()
	w.Move(fromX, fromY)
	w.display.fake(xproto.ButtonPress, buttonLeft, 0, 0)
	for i := 1; i <= dragSteps; i++ {
		w.Move(fromX+(toX-fromX)*i/dragSteps, fromY+(toY-fromY)*i/dragSteps)
	}
	w.display.fake(xproto.ButtonRelease, buttonLeft, 0, 0)
	w.settle()
}

// Scroll turns the mouse wheel at a point of the window: by right notches to
// the right and down notches downwards; negative numbers are the other way.
func (w *Window) Scroll(x, y, right, down int) {
	w.display.t.Helper()
	w.click(wheelDown, x, y, max(down, 0))
	w.click(wheelUp, x, y, max(-down, 0))
	w.click(wheelRight, x, y, max(right, 0))
	w.click(wheelLeft, x, y, max(-right, 0))
}
