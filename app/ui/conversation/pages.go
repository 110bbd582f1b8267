package conversation

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"fovea/app/ui/numbers"
)

// pagesView lists the pages that were recalled while an answer was written, a button each.
type pagesView struct {
	widget.BaseWidget
	label   *flow
	buttons *bar
}

func newPagesView(e *env, pages []Consulted, open func(Consulted)) *pagesView {
	v := &pagesView{label: newFlow(e.metrics, caption(lang.L("Pages consulted"), theme.ColorNamePlaceHolder))}
	v.buttons = newBar(4)
	for _, p := range pages {
		text := lang.L("Page {{.Page}}", map[string]any{"Page": numbers.Whole(p.Page)}) + dot + numbers.Percent(p.Share)
		if several(pages) {
			text = ellipsis(p.Title, 28) + dot + text
		}
		hint := lang.L("Recalled while the answer was written, by share of attention. This does not prove that the answer rests on it. Click to open the page.")
		b := newSmall(e.hints, nil, text, hint, func() { open(p) })
		b.share, b.filled = p.Share, true
		v.buttons.items = append(v.buttons.items, b)
	}
	v.ExtendBaseWidget(v)
	return v
}

// several reports whether pages are of more than one document.
func several(pages []Consulted) bool {
	for _, p := range pages {
		if p.Document != pages[0].Document {
			return true
		}
	}
	return false
}

// ellipsis cuts text to a number of characters.
func ellipsis(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

func (v *pagesView) height(width float32) float32 {
	return v.label.height(width) + 2 + v.buttons.height(width)
}

func (v *pagesView) CreateRenderer() fyne.WidgetRenderer { return &pagesRenderer{v} }

type pagesRenderer struct{ v *pagesView }

func (r *pagesRenderer) Destroy() {}

func (r *pagesRenderer) MinSize() fyne.Size {
	return fyne.NewSize(1, r.v.height(max(1, r.v.Size().Width)))
}

func (r *pagesRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.v.label, r.v.buttons}
}

func (r *pagesRenderer) Refresh() {
	r.Layout(r.v.Size())
	canvas.Refresh(r.v)
}

func (r *pagesRenderer) Layout(size fyne.Size) {
	label := r.v.label.height(size.Width)
	r.v.label.Resize(fyne.NewSize(size.Width, label))
	r.v.buttons.Move(fyne.NewPos(0, label+2))
	r.v.buttons.Resize(fyne.NewSize(size.Width, size.Height-label-2))
}
