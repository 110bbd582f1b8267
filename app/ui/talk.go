package ui

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"fyne.io/fyne/v2/lang"

	"fovea/app/chat"
	"fovea/app/ui/conversation"
	"fovea/assets"
	"fovea/store"
)

// connectTalk has the conversation do what a person does in its pane.
func (w *window) connectTalk() {
	t := w.talk
	t.OnSend = w.send
	t.OnDraft = w.keepDraft
	t.OnStop = func() {
		w.withOpen(func(ctx context.Context, id store.ConversationID) error { return w.chat.Stop(id) })
	}
	t.OnAttach, t.OnSample, t.OnPasteLong = w.chooseDocuments, w.openSample, w.attachText
	t.OnCopy = func(text string) { w.app.Clipboard().SetContent(text) }
	t.OnRegenerate = func(id int64) {
		w.onMessage(func(ctx context.Context) error { return w.chat.Regenerate(ctx, store.MessageID(id), nil) })
	}
	t.OnContinue = func(id int64) {
		w.onMessage(func(ctx context.Context) error { return w.chat.Continue(ctx, store.MessageID(id)) })
	}
	t.OnEdit = func(id int64, text string, ask bool) {
		w.onMessage(func(ctx context.Context) error { return w.chat.Edit(ctx, store.MessageID(id), text, ask) })
	}
	t.OnShowSibling = w.showSibling
	t.OnReplay = func(id int64) { w.replay(store.MessageID(id)) }
	t.OnCompare = func(id int64) { w.askCompare(store.MessageID(id)) }
	t.OnPage = func(message, document int64, page int) {
		w.openPage(store.DocumentID(document), page, store.MessageID(message))
	}
	t.OnLink = w.openLink
	t.OnOpenDocument = func(id int64) { w.withDocument(id, w.openDocument) }
	t.OnPauseDocument = func(int64) {
		w.withOpen(func(_ context.Context, id store.ConversationID) error { w.chat.Pause(id); return nil })
	}
	t.OnResumeDocument = func(int64) {
		w.follow()
		w.withOpen(func(_ context.Context, id store.ConversationID) error { w.chat.Resume(id); return nil })
	}
	t.OnRemoveDocument = func(chip int64) {
		w.withOpen(func(ctx context.Context, id store.ConversationID) error { return w.chat.Detach(ctx, id, int(chip)-1) })
	}
}

// withOpen does something for the open conversation, off Fyne's goroutine.
func (w *window) withOpen(f func(ctx context.Context, id store.ConversationID) error) {
	id := w.open.id
	w.write(func(ctx context.Context) error { return f(ctx, id) })
}

// onMessage does something about a message of the open conversation.
func (w *window) onMessage(f func(ctx context.Context) error) {
	w.follow()
	w.write(f)
}

// send sends a question. One that cannot be sent comes back as the draft.
func (w *window) send(text string) {
	w.follow()
	w.withConversationOr(func(id store.ConversationID) {
		if id == w.open.id {
			w.open.draft = "" // it goes with the question
		}
		w.disk <- func() {
			_, err := w.chat.Send(context.Background(), id, text)
			w.do(func() {
				if err != nil {
					w.bringBack(id, text)
					w.fail(err)
					return
				}
				w.welcomed()
				if id == w.open.id {
					w.talk.ScrollToEnd()
				}
			})
		}
	}, func() { w.bringBack(0, text) })
}

// bringBack makes a question that could not be sent the draft again, of the
// conversation that it was written in.
func (w *window) bringBack(id store.ConversationID, text string) {
	switch draft := w.talk.Draft(); {
	case id != w.open.id && id != 0:
		w.write(func(ctx context.Context) error { return w.store.SetDraft(ctx, id, text) })
	case draft == "":
		w.talk.SetDraft(text)
	case draft != text: // something was typed meanwhile
		w.talk.SetDraft(text + "\n\n" + draft)
	}
}

// showSibling shows another version of a message.
func (w *window) showSibling(id int64, delta int) {
	open := w.open.id
	w.writeThen(func(ctx context.Context) error {
		all, err := w.store.Siblings(ctx, store.MessageID(id))
		if err != nil {
			return err
		}
		for i, s := range all {
			if s == store.MessageID(id) && i+delta >= 0 && i+delta < len(all) {
				_, err = w.store.Show(ctx, all[i+delta])
				return err
			}
		}
		return err
	}, func() {
		if open == w.open.id {
			w.open.moved = true
			w.loadMessages()
		}
	})
}

// openLink opens an address that the user confirmed.
func (w *window) openLink(target string) {
	u, err := url.Parse(target)
	if err == nil {
		err = w.app.OpenURL(u)
	}
	if err != nil {
		w.fail(err)
	}
}

// showWork shows what is going on in the open conversation.
func (w *window) showWork() {
	v := w.chat.View(w.open.id)
	w.showDocuments(&v)
	busy := v.Writing != nil || v.Waiting != 0
	w.talk.SetBusy(busy)
	if v.Writing != nil && !v.Writing.First.IsZero() {
		w.talk.Grow(int64(v.Writing.Message), v.Writing.Text)
	}
	model := w.chat.Model()
	s := conversation.Status{PagesRead: v.Meter.ReadPages, Pages: v.Meter.Pages, Attending: v.Meter.Attending}
	// Of less than a page there is nothing to ask.
	s.Part = v.Meter.ReadPages > 1 && v.Meter.ReadPages < v.Meter.Pages && !busy && (v.Reading != nil || v.Queued)
	if v.Waiting != 0 {
		s.Queue = v.Ahead
	}
	switch {
	case model.Err != nil:
		s.Error, s.Action, s.OnAction = explain(model.Err), lang.L("Choose a model"), w.showChooser
	case !model.Ready && !model.Loading:
		s.Error, s.Action, s.OnAction = lang.L("No model is loaded."), lang.L("Choose a model"), w.showChooser
	}
	w.talk.SetStatus(s)
	w.status.showWork(&v)
}

// showDocuments shows the documents of a conversation where they changed: this
// is called many times a second, and there may be many of them.
func (w *window) showDocuments(v *chat.View) {
	if now := chips(v); !slices.Equal(now, w.chips) {
		w.chips = now
		w.talk.SetDocuments(now)
	}
	if now := welcomeDocument(v); now != w.sample {
		w.sample = now
		w.welcome.SetDocument(now)
	}
}

// chips are the documents of a conversation as the pane shows them. Their
// numbers are their places from 1, for those that are being opened have no
// other yet.
func chips(v *chat.View) []conversation.Chip {
	all := make([]conversation.Chip, len(v.Docs))
	current := true // the first that is not read is the one being read
	for i, d := range v.Docs {
		c := conversation.Chip{ID: int64(i + 1), Title: d.Title, Pages: d.Pages, EmptyText: len(d.NoText), Kept: d.Asked, Joined: d.Joined}
		read := v.Read(i)
		switch {
		case d.Err != nil:
			c.State, c.Error = conversation.ChipFailed, explain(d.Err)
		case d.ID == 0 && d.Of > 0:
			c.State, c.Page, c.Pages = conversation.ChipOpening, d.Opened, d.Of
		case d.ID == 0:
			c.State = conversation.ChipOpening
		case read >= d.Pages && d.Pages > 0:
			c.State, c.Page = conversation.ChipRead, read
		case v.Paused && current:
			c.State, c.Page, current = conversation.ChipPaused, read, false
		case v.Reading != nil && current:
			c.State, c.Page, current = conversation.ChipReading, read, false
			c.Left, c.Rate = v.Reading.Left, v.Reading.PerSecond
		case v.Reading == nil && !v.Queued && v.Waiting == 0 && v.Writing == nil:
			c.State, c.Page = conversation.ChipIdle, read
		default:
			c.State, c.Page = conversation.ChipWaiting, read
		}
		if c.Title == "" {
			c.Title = filepath.Base(d.Path)
		}
		all[i] = c
	}
	return all
}

// openFiles opens files that the program was started with, in a conversation of
// their own.
func (w *window) openFiles(paths []string) {
	if len(paths) == 0 {
		return
	}
	if w.open.id != 0 {
		w.show(0)
	}
	w.attach(paths)
}

// attach opens files for the open conversation.
func (w *window) attach(paths []string) {
	if len(paths) == 0 {
		return
	}
	w.follow()
	w.withConversation(func(id store.ConversationID) {
		w.chat.Attach(id, paths...)
		if w.chat.Model().Ready {
			w.welcomed()
		}
	})
}

// openSample opens the sample document, which the program brings with it.
func (w *window) openSample() {
	w.follow()
	w.withConversation(func(id store.ConversationID) {
		w.background(func(context.Context) error {
			path := filepath.Join(w.options.CacheDir, assets.ManualName)
			if err := os.MkdirAll(w.options.CacheDir, 0o700); err != nil {
				return err
			}
			if err := os.WriteFile(path, assets.Manual, 0o600); err != nil {
				return err
			}
			w.chat.Attach(id, path)
			return nil
		})
	})
}

// attachText makes a document of a long text that was pasted.
func (w *window) attachText(text string) {
	w.withConversation(func(id store.ConversationID) {
		w.background(func(context.Context) error {
			dir := filepath.Join(w.options.CacheDir, "pasted")
			if err := os.MkdirAll(dir, 0o700); err != nil {
				return err
			}
			path := filepath.Join(dir, time.Now().Format("2006-01-02 15.04.05")+".txt")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				return err
			}
			w.chat.Attach(id, path)
			return nil
		})
	})
}

// withDocument calls f with the document of a chip, once it has been opened.
func (w *window) withDocument(chip int64, f func(store.DocumentID)) {
	v := w.chat.View(w.open.id)
	if i := int(chip) - 1; i < len(v.Docs) && v.Docs[i].ID != 0 {
		f(v.Docs[i].ID)
	}
}

// wasmDir is where PDFium is kept compiled.
func (w *window) wasmDir() string { return filepath.Join(w.options.CacheDir, "wasm") }
