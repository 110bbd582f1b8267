package ui

import (
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"fovea/app/chat"
	"fovea/app/engine"
	"fovea/app/ui/conversation"
	"fovea/store"
)

// opened is the conversation that is shown. It has the number 0 until
// something is kept of it.
type opened struct {
	id        store.ConversationID
	load      int     // number of the last load; older ones are ignored
	loaded    bool    // it is shown as the store has it
	stale     bool    // it changed while it was read for the first time
	making    *making // it is being kept; nil: it is not
	messages  []store.Message
	titles    map[store.DocumentID]string
	draft     string // as it was last kept
	moved     bool   // to another branch, whose retention is to be shown
	following bool   // the live log is shown, not a replay
}

// making is a conversation that is being kept for the first time, with what
// waits for that. One of the two is called.
type making struct {
	then   []func(store.ConversationID)
	failed []func()
}

// contents is what the store has of a conversation.
type contents struct {
	store.Conversation
	messages  []store.Message
	consulted map[store.MessageID][]store.Consulted
	documents []store.Document
}

func (w *window) read(ctx context.Context, id store.ConversationID) (c contents, err error) {
	if c.Conversation, err = w.store.Conversation(ctx, id); err != nil {
		return c, err
	}
	if c.messages, err = w.store.Branch(ctx, id); err != nil {
		return c, err
	}
	if c.consulted, err = w.store.Consulted(ctx, id); err != nil {
		return c, err
	}
	c.documents, err = w.store.Documents(ctx, id)
	return c, err
}

// show opens a conversation; 0 is one that nothing is kept of yet.
func (w *window) show(id store.ConversationID) {
	if id == w.open.id && id != 0 {
		return
	}
	w.saveDraft()
	w.open = opened{id: id, load: w.open.load + 1, following: true}
	w.sidebar.SetSelected(int64(id))
	w.talk.SetMessages(nil)
	w.talk.SetDraft("")
	w.clearTrace()
	w.showWork()
	w.showTitle("")
	if id == 0 {
		w.showSettings()
		w.talk.FocusComposer()
		return
	}
	load := w.open.load
	w.background(func(ctx context.Context) error {
		w.flush() // its draft may be on the way to the disk
		if err := w.chat.Documents(ctx, id); err != nil {
			return err
		}
		c, err := w.read(ctx, id)
		if err != nil {
			return err
		}
		w.do(func() {
			if load != w.open.load {
				return
			}
			w.open.loaded, w.open.draft = true, c.Draft
			w.talk.SetDraft(c.Draft)
			w.showContents(c)
			w.talk.ScrollToEnd()
			w.showWork()
			w.showSettings()
			w.firstTrace()
			if w.open.stale {
				w.loadMessages()
			}
		})
		return nil
	})
}

// loadMessages reads the open conversation's messages again.
func (w *window) loadMessages() {
	id := w.open.id
	if id == 0 {
		return
	}
	if !w.open.loaded { // which also brings the draft, and must not be overtaken
		w.open.stale = true
		return
	}
	w.open.load++
	load := w.open.load
	w.background(func(ctx context.Context) error {
		c, err := w.read(ctx, id)
		if err != nil {
			return err
		}
		w.do(func() {
			if load == w.open.load {
				w.showContents(c)
				w.showWork()
				if w.open.moved {
					w.open.moved = false
					w.lastTrace()
				}
			}
		})
		return nil
	})
}

// showContents shows the messages of the open conversation.
func (w *window) showContents(c contents) {
	w.open.messages, w.open.titles = c.messages, map[store.DocumentID]string{}
	for _, d := range c.documents {
		w.open.titles[d.ID] = d.Title
	}
	writing := w.chat.View(w.open.id).Writing
	shown := make([]conversation.Message, len(c.messages))
	for i, m := range c.messages {
		shown[i] = w.message(m, c.consulted[m.ID], writing)
	}
	w.talk.SetMessages(shown)
	w.showTitle(c.Title)
}

// message is a message of the store as the pane shows it.
func (w *window) message(m store.Message, consulted []store.Consulted, writing *chat.Writing) conversation.Message {
	out := conversation.Message{ID: int64(m.ID), Text: m.Content, Sibling: m.Sibling, Siblings: m.Siblings}
	switch m.Role {
	case store.Assistant:
		out.Role = conversation.Assistant
	case store.System:
		out.Role = conversation.System
	}
	if m.Role != store.Assistant {
		return out
	}
	f, err := chat.FiguresOf(m)
	if err != nil {
		f.Error = err.Error()
	}
	now := m.Status == store.Writing && writing != nil && writing.Message == m.ID
	switch {
	case f.Part:
		out.Part = conversation.Part{Read: f.ReadPages, Pages: f.Pages}
	case now && writing.Part != nil:
		out.Part = conversation.Part{Read: writing.Part.Page, Pages: writing.Part.OfPages}
	}
	switch {
	case now && !writing.First.IsZero():
		out.State, out.Text = conversation.Writing, writing.Text
	case m.Status == store.Writing:
		out.State = conversation.Waiting
	case m.Status == store.Failed || err != nil:
		out.State, out.Error = conversation.Failed, f.Error
	case f.Stopped == string(engine.StopLoop):
		out.State = conversation.Repeated
	case m.Status == store.Stopped || f.Stopped == string(engine.StopLength):
		out.State = conversation.Stopped
	}
	out.Trace = f.Traced
	out.Figures = conversation.Figures{
		Tokens: f.Tokens, Rate: f.Rate, First: time.Duration(f.FirstToken * float64(time.Second)), Attending: f.Attended, Context: f.Held,
	}
	slices.SortStableFunc(consulted, func(a, b store.Consulted) int {
		return int((b.Share - a.Share) * 1e6)
	})
	for _, p := range consulted {
		out.Pages = append(out.Pages, conversation.Consulted{
			Document: int64(p.Document), Title: w.open.titles[p.Document], Page: p.Page, Share: p.Share,
		})
	}
	return out
}

// newConversation shows an empty one. It is kept once there is something in it.
func (w *window) newConversation() {
	w.welcomed()
	w.show(0)
	w.talk.FocusComposer()
}

// withConversation calls then with the open conversation, kept from now on.
func (w *window) withConversation(then func(id store.ConversationID)) {
	w.withConversationOr(then, func() {})
}

// withConversationOr is withConversation, and calls failed where the
// conversation cannot be kept.
func (w *window) withConversationOr(then func(id store.ConversationID), failed func()) {
	if w.open.id != 0 {
		then(w.open.id)
		return
	}
	m := w.open.making
	if m == nil {
		m = &making{}
		w.open.making = m
		w.make(m)
	}
	m.then, m.failed = append(m.then, then), append(m.failed, failed)
}

// make keeps the open conversation.
func (w *window) make(m *making) {
	draft := w.talk.Draft()
	w.disk <- func() {
		made, err := w.store.AddConversation(context.Background(), store.Conversation{Draft: draft})
		fyne.Do(func() {
			open := w.open.making == m // and not another one by now
			if open {
				w.open.making = nil
			}
			if err != nil {
				w.fail(err)
				for _, f := range m.failed {
					f()
				}
				return
			}
			if open {
				w.open.id, w.open.loaded, w.open.draft = made.ID, true, draft
				w.sidebar.SetSelected(int64(made.ID))
			}
			w.loadList()
			for _, f := range m.then {
				f(made.ID)
			}
		})
	}
}

// keepDraft keeps what is typed and not sent.
func (w *window) keepDraft(text string) {
	if text == w.open.draft || w.open.id == 0 && strings.TrimSpace(text) == "" {
		return
	}
	w.withConversation(func(id store.ConversationID) {
		if id == w.open.id {
			w.open.draft = text
		}
		w.keep(func(ctx context.Context) error { return w.store.SetDraft(ctx, id, text) })
	})
}

// saveDraft keeps the draft of the conversation that is left.
func (w *window) saveDraft() { w.keepDraft(w.talk.Draft()) }

// titleOf is what a conversation is called in lists.
func titleOf(title string) string {
	if title == "" {
		return lang.L("New conversation")
	}
	return title
}

// showTitle shows the open conversation's title in the window's.
func (w *window) showTitle(title string) {
	if title == "" {
		w.window.SetTitle("Fovea")
		return
	}
	w.window.SetTitle(short(title, 80) + " — Fovea")
}
