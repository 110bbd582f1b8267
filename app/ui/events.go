package ui

import (
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"fovea/app/chat"
	"fovea/store"
)

// events gathers what package chat tells, from any goroutine, until the window
// takes it in: at most every frameTime, however much happens.
type events struct {
	mu        sync.Mutex
	scheduled bool
	last      time.Time
	news      news
}

// news is what changed since the window last looked.
type news struct {
	model     bool
	messages  map[store.ConversationID]bool
	work      map[store.ConversationID]bool
	documents map[store.ConversationID]bool
	trace     map[store.ConversationID]bool
	failed    []chat.Event
	notices   []chat.Event
}

// frameTime is the least time between two updates by events. Decoding and the
// window share the processor, so it is no shorter than the eye needs.
const frameTime = 80 * time.Millisecond

// note takes in an event.
func (w *window) note(e chat.Event) {
	v := &w.events
	v.mu.Lock()
	defer v.mu.Unlock()
	n := &v.news
	switch e.Kind {
	case chat.ModelChanged:
		n.model = true
	case chat.MessagesChanged:
		mark(&n.messages, e.Conversation)
	case chat.WorkChanged:
		mark(&n.work, e.Conversation)
	case chat.DocumentsChanged:
		mark(&n.documents, e.Conversation)
	case chat.TraceGrew:
		mark(&n.trace, e.Conversation)
	case chat.Failed:
		n.failed = append(n.failed, e)
	case chat.Noticed:
		n.notices = append(n.notices, e)
	}
	if !v.scheduled {
		v.scheduled = true
		time.AfterFunc(max(0, frameTime-time.Since(v.last)), func() { fyne.Do(w.takeNews) })
	}
}

func mark(set *map[store.ConversationID]bool, id store.ConversationID) {
	if *set == nil {
		*set = map[store.ConversationID]bool{}
	}
	(*set)[id] = true
}

// takeNews shows what changed.
func (w *window) takeNews() {
	v := &w.events
	v.mu.Lock()
	n := v.news
	v.news, v.scheduled, v.last = news{}, false, time.Now()
	v.mu.Unlock()
	if w.ctx.Err() != nil {
		return
	}
	id := w.open.id
	if n.model {
		w.showModel()
	}
	if len(n.messages) > 0 {
		w.loadList()
	}
	if n.messages[id] {
		w.loadMessages()
	}
	if n.documents[id] || n.work[id] || n.model {
		w.showWork()
	}
	if len(n.work) > 0 {
		w.showActivity()
	}
	if n.trace[id] {
		w.showTrace()
	}
	for _, e := range n.failed {
		w.failIn(e.Conversation, e.Err)
	}
	for _, e := range n.notices {
		w.showNotice(e)
	}
}
