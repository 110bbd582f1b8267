package ui

import (
	"context"
	"fmt"
	"io"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"fovea/app/chat"
	"fovea/app/ui/retention"
	"fovea/model/actqkv"
	"fovea/model/trace"
	"fovea/store"
)

// watching is what the retention pane shows: the live log of the open
// conversation, or the replay of an answer.
type watching struct {
	number, seen int        // of the live log
	live         *trace.Log // what was heard of it
	shown        trace.Map  // positions of the log in the pane
	comparison   *comparison
	own          fyne.Window // of the pane; nil: it is in the main window
}

// maxWindows is the most windows of a reading that the pane has at once; older
// ones make room, for each holds tens of kilobytes.
const maxWindows = 1024

// connectRetention has the pane do what a person does in it.
func (w *window) connectRetention() {
	r := w.retention
	r.OnHover = func(at retention.Place) { w.hover(at, &w.watch.shown, r.SetHoverText) }
	r.OnOpen = w.openPlace
	r.OnBudget = func(tokens int) { w.chooseMethod(func(s *chat.Settings) { s.Budget = tokens }) }
	r.OnMethod = func(m string) { w.chooseMethod(func(s *chat.Settings) { s.Method = methodOf(m) }) }
	r.OnExport = w.exportRetention
	d := chat.Defaults()
	r.SetMethods(methodNames(), methodName(d.Method))
	r.SetBudget(d.Budget)
}

// hover gives the text of a place in the picture.
func (w *window) hover(at retention.Place, m *trace.Map, show func(retention.Place, string)) {
	positions := *m
	w.background(func(ctx context.Context) error {
		p, err := w.chat.PassageAt(ctx, &positions, at.Pos, at.End-at.Pos)
		if err != nil {
			return err
		}
		text := lang.L("(part of the conversation)")
		if p != nil {
			text = p.Text
		}
		w.do(func() { show(at, text) })
		return nil
	})
}

// openPlace opens the page that a place in the picture is on.
func (w *window) openPlace(at retention.Place) {
	if at.Doc == 0 {
		return
	}
	positions := w.watch.shown
	w.background(func(ctx context.Context) error {
		p, err := w.chat.PassageAt(ctx, &positions, at.Pos, at.End-at.Pos)
		if err != nil || p == nil {
			return err
		}
		w.do(func() { w.showPage(p.Document, p.Page, []chat.Passage{*p}) })
		return nil
	})
}

// clearTrace empties the pane, for another conversation.
func (w *window) clearTrace() {
	w.watch.number, w.watch.seen, w.watch.live, w.watch.shown = 0, 0, nil, trace.Map{}
	w.retention.Clear()
}

// firstTrace shows what the layers did last in the conversation that was
// opened.
func (w *window) firstTrace() {
	w.showTrace()
	if w.watch.live != nil && len(w.watch.live.Entries) > 0 {
		return
	}
	w.lastTrace()
}

// lastTrace shows what was kept of the last answer that is shown.
func (w *window) lastTrace() {
	if w.chat.View(w.open.id).Writing != nil {
		return // which is followed
	}
	for _, m := range slices.Backward(w.open.messages) {
		if f, err := chat.FiguresOf(m); err == nil && f.Traced {
			w.loadTrace(m.ID, func(l *trace.Log) { w.showReplay(l) })
			return
		}
	}
}

// showTrace takes in what is new in the live log.
func (w *window) showTrace() {
	t := &w.watch
	l := w.chat.Live(w.open.id, t.number, t.seen)
	if l.Log != t.number || t.live == nil {
		t.number, t.live = l.Log, &trace.Log{Settings: l.Settings}
		if w.open.following {
			w.retention.Clear()
		}
	}
	t.seen = l.Seen
	t.live.Map = l.Map
	t.live.Entries = append(t.live.Entries, l.Entries...)
	if n := len(t.live.Entries); n > maxWindows && t.live.Entries[n-1].Step.Queries > 1 {
		t.live = &trace.Log{Settings: l.Settings, Map: l.Map, Entries: slices.Clone(t.live.Entries[n-maxWindows/2:])}
		if w.open.following {
			w.retention.SetLog(t.live)
			t.shown = l.Map
		}
		return
	}
	if w.open.following {
		t.shown = l.Map
		w.retention.SetMap(l.Map)
		for _, e := range l.Entries {
			w.retention.Add(e)
		}
	}
	w.showComparison()
}

// follow shows the live log again, after a replay.
func (w *window) follow() {
	if w.open.following {
		return
	}
	w.open.following = true
	w.clearTrace()
	w.showTrace()
}

// replay shows what the layers did while an answer was written.
func (w *window) replay(id store.MessageID) {
	w.layout.setHidden(paneRetention, false)
	w.loadTrace(id, func(l *trace.Log) {
		w.showReplay(l)
		w.retention.GoTo(0)
	})
}

func (w *window) showReplay(l *trace.Log) {
	w.open.following = false
	w.watch.shown = l.Map
	w.retention.SetLog(l)
}

// loadTrace reads what was kept of an answer and calls then with it, unless
// another conversation was opened meanwhile.
func (w *window) loadTrace(id store.MessageID, then func(*trace.Log)) {
	open := w.open.id
	w.background(func(ctx context.Context) error {
		l, err := w.chat.Replay(ctx, id)
		if err != nil {
			return err
		}
		w.do(func() {
			if open == w.open.id {
				then(l)
			}
		})
		return nil
	})
}

// chooseMethod changes the method or the budget of the open conversation, which
// the next token obeys.
func (w *window) chooseMethod(f func(*chat.Settings)) {
	w.withConversation(func(id store.ConversationID) {
		var again bool
		w.writeThen(func(ctx context.Context) error {
			s, err := w.chat.Settings(ctx, id)
			if err != nil {
				return err
			}
			before := s.Method
			f(&s)
			again = s.Method != before && (s.Method == actqkv.Full || before == actqkv.Full)
			s.Budget = max(s.Budget, chat.MinBudget)
			return w.chat.SetSettings(ctx, id, s)
		}, func() {
			w.showSettings()
			if again {
				w.status.setNotice(lang.L("The next answer reads the text again for this method."))
			}
		})
	})
}

// showSettings shows the method and the budget of the open conversation.
func (w *window) showSettings() {
	id := w.open.id
	w.background(func(ctx context.Context) error {
		s, err := w.chat.Default(ctx)
		if err == nil && id != 0 {
			s, err = w.chat.Settings(ctx, id)
		}
		if err != nil {
			return err
		}
		w.do(func() {
			if id == w.open.id {
				w.retention.SetMethods(methodNames(), methodName(s.Method))
				w.retention.SetBudget(s.Budget)
			}
		})
		return nil
	})
}

// exportRetention writes what the pane shows into a file that a person names.
func (w *window) exportRetention(f retention.Format) {
	write := w.retention.Export(f)
	w.saveAs(fmt.Sprintf("retention.%s", f), func(_ context.Context, out io.Writer) error { return write(out) })
}
