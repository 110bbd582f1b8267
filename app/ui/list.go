package ui

import (
	"context"
	"slices"

	"fovea/app/ui/sidebar"
	"fovea/store"
)

// listing is the list of conversations.
type listing struct {
	load    int // number of the last load; older ones are ignored
	items   []sidebar.Conversation
	folders []sidebar.Folder
	busy    map[store.ConversationID]bool
	search  int
	closed  []int64 // folders
}

func newListing() listing {
	return listing{busy: map[store.ConversationID]bool{}}
}

// loadList reads the list of conversations again.
func (w *window) loadList() {
	w.list.load++
	load := w.list.load
	w.background(func(ctx context.Context) error {
		summaries, err := w.store.Conversations(ctx)
		if err != nil {
			return err
		}
		kept, err := w.store.Folders(ctx)
		if err != nil {
			return err
		}
		items := make([]sidebar.Conversation, len(summaries))
		for i, c := range summaries {
			items[i] = sidebar.Conversation{ID: int64(c.ID), Folder: int64(c.Folder), Title: titleOf(c.Title), Updated: c.Updated}
		}
		folders := make([]sidebar.Folder, len(kept))
		for i, f := range kept {
			folders[i] = sidebar.Folder{ID: int64(f.ID), Name: f.Name}
		}
		w.do(func() {
			if load != w.list.load {
				return
			}
			w.list.items, w.list.folders = items, folders
			w.sidebar.SetItems(items, folders)
			for _, c := range summaries {
				if c.ID == w.open.id {
					w.showTitle(c.Title)
				}
			}
			w.list.busy = map[store.ConversationID]bool{}
			w.showActivity()
		})
		return nil
	})
}

// showActivity shows in the list what is done for which conversation.
func (w *window) showActivity() {
	busy := w.chat.Busy()
	for id := range w.list.busy {
		if _, still := busy[id]; !still {
			w.sidebar.SetActivity(int64(id), sidebar.Idle, 0)
			delete(w.list.busy, id)
		}
	}
	for id, share := range busy {
		activity, progress := sidebar.Reading, share
		if v := w.chat.View(id); v.Writing != nil || v.Waiting != 0 {
			activity, progress = sidebar.Answering, -1
		}
		w.sidebar.SetActivity(int64(id), activity, progress)
		w.list.busy[id] = true
	}
}

// connectSidebar has the list and the palette do what a person does in them.
func (w *window) connectSidebar() {
	s := w.sidebar
	s.OnNew = w.newConversation
	s.OnSelect = func(id int64) { w.welcomed(); w.show(store.ConversationID(id)) }
	s.OnRename = w.rename
	s.OnMove = func(id, folder int64) {
		w.change(func(ctx context.Context) error {
			return w.store.MoveConversation(ctx, store.ConversationID(id), store.FolderID(folder))
		})
	}
	s.OnNewFolder = func(name string, id int64) {
		w.change(func(ctx context.Context) error {
			f, err := w.store.AddFolder(ctx, name)
			if err == nil && id != 0 {
				err = w.store.MoveConversation(ctx, store.ConversationID(id), f.ID)
			}
			return err
		})
	}
	s.OnExport = func(id int64, f sidebar.Format) { w.exportConversation(store.ConversationID(id), f) }
	s.OnDelete, s.OnUndo = w.delete, w.undelete
	s.OnCollapse = w.collapse
	s.OnSearch = func(text string) { w.search(text, s.SetResults) }
	s.OnResult = w.openResult
	w.palette.OnSearch = func(text string) { w.search(text, w.palette.SetResults) }
	w.palette.OnResult = w.openResult
}

// closedKey is where the store has the folders that are closed in the list.
const closedKey = "sidebar.closed"

// collapse remembers that a folder is closed, or open.
func (w *window) collapse(folder int64, closed bool) {
	w.list.closed = slices.DeleteFunc(w.list.closed, func(id int64) bool { return id == folder })
	if closed {
		w.list.closed = append(w.list.closed, folder)
	}
	all := slices.Clone(w.list.closed)
	w.write(func(ctx context.Context) error { return w.store.SetSetting(ctx, closedKey, all) })
}

// change writes to the store and shows the list as it is then.
func (w *window) change(f func(ctx context.Context) error) { w.writeThen(f, w.loadList) }

func (w *window) rename(item sidebar.Item, name string) {
	w.change(func(ctx context.Context) error {
		if item.Folder {
			return w.store.RenameFolder(ctx, store.FolderID(item.ID), name)
		}
		return w.store.RenameConversation(ctx, store.ConversationID(item.ID), name)
	})
}

// delete deletes a conversation, or a folder with those in it.
func (w *window) delete(item sidebar.Item) {
	gone := []store.ConversationID{store.ConversationID(item.ID)}
	if item.Folder {
		gone = nil
		for _, c := range w.list.items {
			if c.Folder == item.ID {
				gone = append(gone, store.ConversationID(c.ID))
			}
		}
	}
	for _, id := range gone {
		if id == w.open.id {
			w.show(0)
		}
	}
	w.change(func(ctx context.Context) error {
		for _, id := range gone {
			if err := w.chat.Drop(id); err != nil {
				return err
			}
		}
		if item.Folder {
			return w.store.DeleteFolder(ctx, store.FolderID(item.ID))
		}
		return w.store.DeleteConversation(ctx, store.ConversationID(item.ID))
	})
}

func (w *window) undelete(item sidebar.Item) {
	w.change(func(ctx context.Context) error {
		if item.Folder {
			return w.store.RestoreFolder(ctx, store.FolderID(item.ID))
		}
		return w.store.RestoreConversation(ctx, store.ConversationID(item.ID))
	})
}

// search looks for a text everywhere and gives the results to show, unless
// another search began meanwhile.
func (w *window) search(text string, show func(string, []sidebar.Result)) {
	w.list.search++
	number := w.list.search
	w.background(func(ctx context.Context) error {
		messages, err := w.store.SearchMessages(ctx, store.Query{Text: text})
		if err != nil {
			return err
		}
		found, err := w.store.SearchPages(ctx, store.Query{Text: text})
		if err != nil {
			return err
		}
		var results []sidebar.Result
		for _, m := range messages {
			results = append(results, sidebar.Result{
				Kind: sidebar.MessageResult, Conversation: int64(m.Conversation), Message: int64(m.Message),
				Title: titleOf(m.Title), Snippet: m.Snippet.Text, Found: spans(m.Snippet),
			})
		}
		for _, p := range found {
			results = append(results, sidebar.Result{
				Kind: sidebar.PageResult, Conversation: int64(p.Conversation), Document: int64(p.Document), Page: p.Page,
				Title: p.Title, Snippet: p.Snippet.Text, Found: spans(p.Snippet),
			})
		}
		w.do(func() {
			if number == w.list.search {
				show(text, results)
			}
		})
		return nil
	})
}

func spans(s store.Snippet) []sidebar.Span {
	found := make([]sidebar.Span, len(s.Found))
	for i, f := range s.Found {
		found[i] = sidebar.Span(f)
	}
	return found
}

// openResult opens what a search found.
func (w *window) openResult(r sidebar.Result) {
	w.welcomed()
	id := store.ConversationID(r.Conversation)
	switch r.Kind {
	case sidebar.TitleResult:
		w.show(id)
	case sidebar.MessageResult:
		w.writeThen(func(ctx context.Context) error {
			_, err := w.store.Show(ctx, store.MessageID(r.Message)) // on its branch
			return err
		}, func() {
			if id == w.open.id {
				w.loadMessages()
				return
			}
			w.show(id)
		})
	case sidebar.PageResult:
		w.show(id)
		w.openPage(store.DocumentID(r.Document), r.Page, 0)
	}
}
