package conversation

import (
	"strings"
	"time"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"
)

// spot is a place in the text of a body: a rune of one of its flows, counted in reading order.
type spot struct{ flow, rune int }

func (s spot) before(o spot) bool { return s.flow < o.flow || s.flow == o.flow && s.rune < o.rune }

// placed is a flow with its position in the body.
type placed struct {
	*flow
	at fyne.Position
}

// pressed is what a body knows of pointer and keyboard.
type pressed struct {
	lastDown time.Time
	lastAt   fyne.Position
	mouse    bool // the focus comes by the pointer
	byKey    bool // the focus came by the keyboard, so it is shown
	overLink bool
}

var (
	_ desktop.Mouseable      = (*body)(nil)
	_ desktop.Hoverable      = (*body)(nil)
	_ desktop.Cursorable     = (*body)(nil)
	_ fyne.Draggable         = (*body)(nil)
	_ fyne.Tappable          = (*body)(nil)
	_ fyne.SecondaryTappable = (*body)(nil)
	_ fyne.Focusable         = (*body)(nil)
	_ fyne.Shortcutable      = (*body)(nil)
)

// flows returns the texts of a body in reading order.
func (b *body) flows() []placed {
	var all []placed
	for _, p := range b.parts {
		p.view.flows(fyne.NewPos(p.left(), p.y), func(f *flow, at fyne.Position) { all = append(all, placed{f, at}) })
	}
	return all
}

// at returns the spot nearest to a position.
func (b *body) at(pos fyne.Position) spot {
	flows := b.flows()
	best, distance := spot{}, float32(-1)
	for i, f := range flows {
		// Above or below counts far more than beside: text is read line by line.
		d := 1000*outside(pos.Y, f.at.Y, f.at.Y+f.height(f.Size().Width)) + outside(pos.X, f.at.X, f.at.X+f.Size().Width)
		if distance < 0 || d < distance {
			r, _ := f.flow.at(pos.Subtract(f.at))
			best, distance = spot{i, r}, d
		}
	}
	return best
}

// outside returns how far a number is from a range.
func outside(x, from, to float32) float32 { return max(from-x, x-to, 0) }

// mark selects the text between anchor and head.
func (b *body) mark() {
	from, to := b.anchor, b.head
	if to.before(from) {
		from, to = to, from
	}
	for i, f := range b.flows() {
		a, z := 0, f.len()
		if i == from.flow {
			a = min(from.rune, z)
		}
		if i == to.flow {
			z = min(to.rune, z)
		}
		if i < from.flow || i > to.flow || a >= z {
			a, z = 0, 0
		}
		f.selectRange(a, z)
	}
}

// clampSelection marks the selection again after the text changed.
func (b *body) clampSelection() {
	if b.anchor != b.head {
		b.mark()
	}
}

// selected returns the marked text: a line for each block, tabs between the cells of a table.
func (b *body) selected() string {
	var sb strings.Builder
	for _, p := range b.parts {
		column, y := 0, float32(-1)
		p.view.flows(fyne.Position{}, func(f *flow, at fyne.Position) {
			text := f.selected()
			if text == "" {
				return
			}
			switch {
			case sb.Len() == 0:
			case column > 0 && at.Y == y:
				sb.WriteByte('\t')
			default:
				sb.WriteByte('\n')
			}
			if column == 0 && p.marker != nil && sb.Len() > 0 {
				sb.WriteString(p.block.marker + " ")
			}
			sb.WriteString(text)
			column, y = column+1, at.Y
		})
	}
	return sb.String()
}

func (b *body) selectAll() {
	flows := b.flows()
	if len(flows) == 0 {
		return
	}
	b.anchor, b.head = spot{}, spot{len(flows) - 1, flows[len(flows)-1].len()}
	b.mark()
}

func (b *body) unselect() {
	b.anchor, b.head = spot{}, spot{}
	b.mark()
}

// MouseDown begins a selection; pressed twice in a row, it selects the word.
func (b *body) MouseDown(e *desktop.MouseEvent) {
	b.mouse = true
	if c := fyne.CurrentApp().Driver().CanvasForObject(b); c != nil {
		c.Focus(b)
	}
	b.mouse = false
	if e.Button != desktop.MouseButtonPrimary {
		return
	}
	twice := time.Since(b.lastDown) < fyne.CurrentApp().Driver().DoubleTapDelay() && e.Position == b.lastAt
	b.lastDown, b.lastAt = time.Now(), e.Position
	if other := b.env.marked; other != nil && other != b {
		other.unselect()
	}
	b.env.marked = b
	b.anchor = b.at(e.Position)
	b.head = b.anchor
	if twice {
		b.selectWord()
	}
	b.mark()
}

func (b *body) selectWord() {
	flows := b.flows()
	if len(flows) == 0 {
		return
	}
	f := flows[b.anchor.flow]
	text := newWrapper(f.m, f.runs).text
	inWord := func(i int) bool { return unicode.IsLetter(text[i]) || unicode.IsDigit(text[i]) || text[i] == '_' }
	for b.anchor.rune > 0 && inWord(b.anchor.rune-1) {
		b.anchor.rune--
	}
	for b.head.rune < len(text) && inWord(b.head.rune) {
		b.head.rune++
	}
}

func (b *body) MouseUp(*desktop.MouseEvent) {}

func (b *body) Dragged(e *fyne.DragEvent) {
	b.head = b.at(e.Position)
	b.mark()
}

func (b *body) DragEnd() {}

// Tapped follows a link, if there is one.
func (b *body) Tapped(e *fyne.PointEvent) {
	if target := b.linkAt(e.Position); target != "" && b.anchor == b.head {
		b.env.link(target)
	}
}

func (b *body) linkAt(pos fyne.Position) string {
	for _, f := range b.flows() {
		if target := f.link(pos.Subtract(f.at)); target != "" {
			return target
		}
	}
	return ""
}

func (b *body) TappedSecondary(e *fyne.PointEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(b)
	if c == nil {
		return
	}
	menu := fyne.NewMenu("", fyne.NewMenuItem(lang.L("Copy"), b.copySelection), fyne.NewMenuItem(lang.L("Select all"), b.selectAll))
	widget.ShowPopUpMenuAtPosition(menu, c, e.AbsolutePosition)
}

func (b *body) MouseIn(e *desktop.MouseEvent) { b.MouseMoved(e) }

func (b *body) MouseMoved(e *desktop.MouseEvent) { b.overLink = b.linkAt(e.Position) != "" }

func (b *body) MouseOut() { b.overLink = false }

func (b *body) Cursor() desktop.Cursor {
	if b.overLink {
		return desktop.PointerCursor
	}
	return desktop.TextCursor
}

func (b *body) FocusGained() {
	b.byKey = !b.mouse
	b.Refresh()
}

func (b *body) FocusLost() {
	b.byKey = false
	b.Refresh()
}

func (b *body) TypedRune(rune) {}

// TypedKey scrolls the conversation; Enter lists the links of the text.
func (b *body) TypedKey(k *fyne.KeyEvent) {
	switch k.Name {
	case fyne.KeyReturn, fyne.KeyEnter:
		b.showLinks()
	default:
		b.env.key(k.Name)
	}
}

func (b *body) showLinks() {
	var items []*fyne.MenuItem
	listed := map[string]bool{}
	for _, f := range b.flows() {
		for _, r := range f.runs {
			if r.link != "" && !listed[r.link] {
				listed[r.link] = true
				items = append(items, fyne.NewMenuItem(short(r.link), func() { b.env.link(r.link) }))
			}
		}
	}
	driver := fyne.CurrentApp().Driver()
	if c := driver.CanvasForObject(b); c != nil && len(items) > 0 {
		widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), c, driver.AbsolutePositionForObject(b))
	}
}

func (b *body) TypedShortcut(s fyne.Shortcut) {
	switch s.(type) {
	case *fyne.ShortcutCopy:
		b.copySelection()
	case *fyne.ShortcutSelectAll:
		b.selectAll()
	}
}

// copySelection copies what is marked, or all text if nothing is.
func (b *body) copySelection() {
	text := b.selected()
	if text == "" {
		b.selectAll()
		text = b.selected()
	}
	b.env.copy(text)
}
