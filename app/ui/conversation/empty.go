package conversation

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// empty invites to begin, where there are no messages yet.
type empty struct {
	widget.BaseWidget
	title, text *flow
	open, try   *widget.Button
}

func newEmpty(m *metrics) *empty {
	e := &empty{
		title: newFlow(m, run{text: lang.L("Talk with your documents"), style: style{bold: true, size: theme.SizeNameHeadingText}}),
		text: newFlow(m, run{
			text:  lang.L("Drop a document here, or ask a question below. Documents may be far longer than the model's window, and nothing leaves this computer."),
			style: style{color: theme.ColorNamePlaceHolder},
		}),
		open: widget.NewButtonWithIcon(lang.L("Open a document"), theme.FolderOpenIcon(), nil),
		try:  widget.NewButtonWithIcon(lang.L("Try the sample document"), theme.DocumentIcon(), nil),
	}
	e.title.align, e.text.align = fyne.TextAlignCenter, fyne.TextAlignCenter
	e.open.Importance = widget.HighImportance
	e.ExtendBaseWidget(e)
	return e
}

func (e *empty) CreateRenderer() fyne.WidgetRenderer { return &emptyRenderer{e} }

type emptyRenderer struct{ e *empty }

func (r *emptyRenderer) Destroy() {}

func (r *emptyRenderer) MinSize() fyne.Size { return fyne.NewSize(200, 80) }

func (r *emptyRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.e.title, r.e.text, r.e.open, r.e.try}
}

func (r *emptyRenderer) Refresh() { r.Layout(r.e.Size()) }

// Layout centres all of it; the buttons stand beside each other where they can.
func (r *emptyRenderer) Layout(size fyne.Size) {
	const gap = 14
	e := r.e
	width := max(60, min(460, size.Width-2*gap))
	title, text := e.title.height(width), e.text.height(width)
	open, try := e.open.MinSize(), e.try.MinSize()
	beside := open.Width+try.Width+gap <= size.Width-2*gap
	e.text.Show()
	total := title + text + open.Height + 2*gap
	if !beside {
		total += try.Height + gap/2
	}
	if total > size.Height { // a long draft below leaves little room
		e.text.Hide()
		total -= text + gap
		text = -gap
	}
	x, y := (size.Width-width)/2, max(gap, (size.Height-total)/2)
	e.title.Move(fyne.NewPos(x, y))
	e.title.Resize(fyne.NewSize(width, title))
	y += title + gap
	e.text.Move(fyne.NewPos(x, y))
	e.text.Resize(fyne.NewSize(width, text))
	y += text + gap
	e.open.Resize(open)
	e.try.Resize(try)
	if beside {
		x = (size.Width - open.Width - try.Width - gap) / 2
		e.open.Move(fyne.NewPos(x, y))
		e.try.Move(fyne.NewPos(x+open.Width+gap, y))
		return
	}
	e.open.Move(fyne.NewPos((size.Width-open.Width)/2, y))
	e.try.Move(fyne.NewPos((size.Width-try.Width)/2, y+open.Height+gap/2))
}
