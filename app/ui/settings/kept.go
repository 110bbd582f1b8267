package settings

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"fovea/app/ui/numbers"
)

// Kept is what a model read of a document and is kept on the disk.
type Kept struct {
	Name  string // by which it is deleted
	Title string // of the document; empty: what was kept is damaged
	Model string
	Share float64 // of the document that was read, 0 to 1
	Bytes int64
	Used  time.Time
}

// KeptList shows what is kept and lets a person delete it.
type KeptList struct {
	widget.BaseWidget

	OnDelete func(names []string)

	rows    *fyne.Container
	all     *widget.Button
	content fyne.CanvasObject
}

// NewKeptList makes a list of what is kept.
func NewKeptList(kept []Kept) *KeptList {
	l := &KeptList{rows: container.New(layout.NewCustomPaddedVBoxLayout(0))}
	l.all = widget.NewButtonWithIcon(lang.L("Delete all"), theme.DeleteIcon(), nil)
	what := widget.NewLabel(lang.L("What a model has read of a document is kept, so that it need not be read again. Deleting it costs a second reading and nothing else."))
	what.Wrapping = fyne.TextWrapWord
	l.content = container.NewBorder(what, container.NewHBox(l.all), nil, nil, scrolled(560, 320, l.rows))
	l.Set(kept)
	l.ExtendBaseWidget(l)
	return l
}

// Set shows what is kept now.
func (l *KeptList) Set(kept []Kept) {
	l.rows.RemoveAll()
	var names []string
	for _, k := range kept {
		names = append(names, k.Name)
		l.rows.Add(l.row(k))
	}
	if len(kept) == 0 {
		l.rows.Add(widget.NewLabel(lang.L("Nothing is kept.")))
	}
	l.all.OnTapped = func() { l.delete(names) }
	if len(kept) > 0 {
		l.all.Enable()
	} else {
		l.all.Disable()
	}
}

func (l *KeptList) row(k Kept) fyne.CanvasObject {
	size := numbers.Size(k.Bytes)
	title, line := k.Title, lang.L("{{.Size}}, {{.Percent}} % read by {{.Model}}, used {{.Date}}", map[string]any{
		"Size": size, "Percent": int(100 * k.Share), "Model": k.Model, "Date": k.Used.Local().Format(time.DateOnly),
	})
	if title == "" {
		title, line = lang.L("Damaged"), lang.L("{{.Size}} on the disk", map[string]any{"Size": size})
	}
	name, facts := widget.NewLabel(title), small(line)
	name.Truncation = fyne.TextTruncateEllipsis
	facts.Truncation = fyne.TextTruncateEllipsis
	remove := widget.NewButtonWithIcon(lang.L("Delete"), theme.DeleteIcon(), func() { l.delete([]string{k.Name}) })
	return container.NewBorder(nil, nil, nil, container.NewCenter(remove), container.New(layout.NewCustomPaddedVBoxLayout(-10), name, facts))
}

func (l *KeptList) delete(names []string) {
	if l.OnDelete != nil {
		l.OnDelete(names)
	}
}

// CreateRenderer is called by Fyne.
func (l *KeptList) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(l.content) }
