package sidebar

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// resultList shows what a search found, by kind. Arrow keys move its cursor
// while the focus stays in the search field.
type resultList struct {
	list   *list
	empty  *widget.Label // instead of the list where nothing was found
	choose func(Result)
	lines  []resultLine
	cursor int // a line that is no heading; -1: none
}

// resultLine is a heading or a result.
type resultLine struct {
	heading string
	result  Result
}

func newResultList(choose func(Result)) *resultList {
	l := &resultList{list: newList(), empty: widget.NewLabel(""), choose: choose, cursor: -1}
	l.empty.Alignment = fyne.TextAlignCenter
	l.empty.Wrapping = fyne.TextWrapWord
	l.list.height = func(i int) float32 { return l.lines[i].height() }
	l.list.create = func() fyne.CanvasObject { return newResultRow(l) }
	l.list.update = func(i int, o fyne.CanvasObject) { o.(*resultRow).set(i, l.lines[i], i == l.cursor) }
	return l
}

// object is what is drawn.
func (l *resultList) object() fyne.CanvasObject {
	return container.NewStack(l.list, container.NewVBox(l.empty))
}

func (r resultLine) height() float32 {
	switch {
	case r.heading != "":
		return headingHeight
	case r.result.Kind == TitleResult:
		return rowHeight
	}
	name := fyne.MeasureText("M", theme.TextSize(), fyne.TextStyle{}).Height
	line := fyne.MeasureText("M", theme.CaptionTextSize(), fyne.TextStyle{}).Height
	return name + snippetLines*line + 14
}

// set shows results; note is shown where there are none.
func (l *resultList) set(results []Result, note string) {
	headings := [...]string{lang.L("Conversations"), lang.L("Messages"), lang.L("Document pages")}
	l.lines, l.cursor = nil, -1
	for kind, heading := range headings {
		first := true
		for _, r := range results {
			if r.Kind != Kind(kind) {
				continue
			}
			if first {
				l.lines = append(l.lines, resultLine{heading: heading})
				first = false
			}
			l.lines = append(l.lines, resultLine{result: r})
		}
	}
	if len(l.lines) > 0 {
		l.cursor = 1
		note = ""
	}
	l.empty.SetText(note)
	l.list.reload(len(l.lines))
}

// key moves the cursor or chooses; it says whether the key is one of these.
func (l *resultList) key(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyUp:
		l.step(-1)
	case fyne.KeyDown:
		l.step(1)
	case fyne.KeyReturn, fyne.KeyEnter:
		if l.cursor >= 0 {
			l.choose(l.lines[l.cursor].result)
		}
	default:
		return false
	}
	return true
}

func (l *resultList) step(direction int) {
	for i := l.cursor + direction; i >= 0 && i < len(l.lines); i += direction {
		if l.lines[i].heading == "" {
			l.cursor = i
			if i == 1 {
				l.list.reveal(0)
			}
			l.list.reveal(i)
			break
		}
	}
	l.list.place(true)
}
