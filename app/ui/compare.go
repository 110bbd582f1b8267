package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"

	"fovea/app/chat"
	"fovea/app/ui/numbers"
	"fovea/app/ui/retention"
	"fovea/model/actqkv"
	"fovea/model/trace"
	"fovea/store"
)

// comparison is a window with two answers to the same question side by side.
// The second one may still be being written.
type comparison struct {
	window       fyne.Window
	widget       *retention.Compare
	conversation store.ConversationID
	runs         [2]retention.Run
	before       int // number of the live log before the second run
	number       int // of that of the second run; 0: it has not begun
	maps         [2]trace.Map
}

// budgets that a second run can be given, in tokens.
var budgets = []int{608, 1024, 2048, 4096, 8192}

// askCompare asks with what settings the question of an answer is to be
// answered once more, and shows both answers side by side.
func (w *window) askCompare(id store.MessageID) {
	method := widget.NewSelect(methodNames(), nil)
	method.SetSelected(methodName(actqkv.InfLLM))
	var labels []string
	for _, b := range budgets {
		labels = append(labels, lang.L("{{.Tokens}} tokens", map[string]any{"Tokens": numbers.Whole(b)}))
	}
	budget := widget.NewSelect(labels, nil)
	budget.SetSelectedIndex(2)
	method.OnChanged = func(m string) {
		if c := methodOf(m); c == actqkv.ActQKV || c == actqkv.InfLLM {
			budget.Enable()
		} else { // which attend what they attend
			budget.Disable()
		}
	}
	hint := widget.NewLabel(lang.L("The question is answered once more, with other settings, from the same text. Both answers are kept."))
	hint.Wrapping = fyne.TextWrapWord
	content := container.NewVBox(hint, widget.NewForm(
		widget.NewFormItem(lang.L("Method"), method), widget.NewFormItem(lang.L("Budget"), budget),
	))
	d := dialog.NewCustomConfirm(lang.L("Compare with other settings"), lang.L("Answer and compare"), lang.L("Cancel"), content, func(ok bool) {
		if ok {
			w.compare(id, methodOf(method.Selected), budgets[budget.SelectedIndex()])
		}
	}, w.window)
	w.present(d, fyne.NewSize(460, 300))
}

// compare has the question of an answer answered with other settings.
func (w *window) compare(id store.MessageID, method actqkv.Method, budget int) {
	conversation := w.open.id
	w.follow()
	w.background(func(ctx context.Context) error {
		first, err := w.chat.Replay(ctx, id)
		if err != nil {
			return err
		}
		m, err := w.store.Message(ctx, id)
		if err != nil {
			return err
		}
		f, err := chat.FiguresOf(m)
		if err != nil {
			return err
		}
		s := f.Chosen
		s.Method, s.Budget, s.Seed = method, budget, f.Chosen.Seed
		name, other := nameOf(f.Settings), fmt.Sprintf("%s, %s", methodName(method), numbers.Whole(budget))
		// The log that is live now is not the second run's.
		before := w.chat.Live(conversation, 0, 0).Log
		if err := w.chat.Regenerate(ctx, id, &s); err != nil {
			return err
		}
		w.do(func() {
			w.openComparison(&comparison{
				conversation: conversation, before: before,
				runs: [2]retention.Run{{Name: name, Log: first}, {Name: other, Log: &trace.Log{}}}, maps: [2]trace.Map{first.Map, {}},
			})
		})
		return nil
	})
}

// nameOf names settings in a few words.
func nameOf(s actqkv.Settings) string {
	if s.Method == actqkv.Full {
		return methodName(s.Method)
	}
	return fmt.Sprintf("%s, %s", methodName(s.Method), numbers.Whole(s.Budget()))
}

func (w *window) openComparison(c *comparison) {
	if old := w.watch.comparison; old != nil {
		old.window.Close()
	}
	c.widget = retention.NewCompare()
	c.widget.OnHover = func(run int, at retention.Place) {
		w.hover(at, &c.maps[run], func(at retention.Place, text string) { c.widget.SetHoverText(run, at, text) })
	}
	c.widget.OnOpen = func(run int, at retention.Place) {
		if at.Doc != 0 {
			w.openPage(store.DocumentID(at.Doc), at.Page, 0)
		}
	}
	c.widget.SetRuns(c.runs[0], c.runs[1])
	c.window = w.app.NewWindow(strings.Join([]string{c.runs[0].Name, c.runs[1].Name}, " — "))
	c.window.SetContent(c.widget)
	c.window.Resize(fyne.NewSize(1100, 700))
	c.window.SetOnClosed(func() {
		if w.watch.comparison == c {
			w.watch.comparison = nil
		}
	})
	w.watch.comparison = c
	c.window.Show()
	w.showComparison()
}

// showComparison takes the live log into the comparison, whose second run it
// is once another log than the one before has begun. That may be the log of
// documents that are read again for the other method; the answer's follows.
func (w *window) showComparison() {
	c, t := w.watch.comparison, &w.watch
	if c == nil || c.conversation != w.open.id || t.live == nil || t.number <= c.before {
		return
	}
	entries := t.live.Entries
	if len(entries) == 0 || t.number != c.number && c.answered() { // a later question's
		return
	}
	c.number, c.runs[1].Log, c.maps[1] = t.number, t.live, t.live.Map
	c.widget.SetRuns(c.runs[0], c.runs[1])
}

// answered says whether the second run has text of the answer.
func (c *comparison) answered() bool {
	return slices.ContainsFunc(c.runs[1].Log.Entries, func(e trace.Entry) bool { return e.Text != "" })
}
