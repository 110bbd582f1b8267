package chat

import (
	"slices"
	"time"

	"fovea/app/engine"
	"fovea/model/trace"
	"fovea/store"
)

// state is what is going on in a conversation. Service.mu guards it.
type state struct {
	docs    []Doc
	loaded  bool // docs has the conversation's documents of the store
	paused  bool
	again   bool // what was answered before is to be read, too
	dropped bool // the conversation was deleted
	reading *engine.Reading
	writing *Writing
	change  *Settings // chosen and not yet obeyed
	meter   Meter
	log     liveLog
}

// Doc is a document of a conversation, or a file that is being opened for it.
type Doc struct {
	store.Document // ID is 0 while the file is opened
	Path           string
	Opened, Of     int // pages, while the file is opened; 0: not known
	Err            error
	NoText         []int // pages without text
	Warnings       []string
	Asked          bool // questions were asked about it
	Joined         bool // the model has it as it was read alone, without the documents before it
	readPages      int
}

// Writing is an answer that is being written.
type Writing struct {
	Message store.MessageID
	Text    string // so far
	Tokens  int
	Part    *engine.Reading // what of the documents it is from, where they are being read; else nil
	Started time.Time
	First   time.Time // when the first token came; zero: none yet
}

// Rate is the tokens generated per second.
func (w *Writing) Rate() float64 {
	if w.Tokens < 2 {
		return 0
	}
	return float64(w.Tokens-1) / time.Since(w.First).Seconds()
}

// Meter says what the model has read of a conversation and what it attends.
type Meter struct {
	ReadPages, Pages int
	Attending        int   // tokens that a layer attended in the last step, on average
	Held             int   // tokens read and written
	Bytes            int64 // of memory, the device's and the computer's
	Disk             int64 // bytes in a file, of what memory has no room for
}

// step takes in a step of a talk.
func (m *Meter) step(s *trace.Step, t *talk) {
	held := t.Memory()
	m.Held, m.Attending = s.Pos+s.Queries, s.Attended()
	m.Bytes, m.Disk = held.Store+held.Fixed+held.Host+t.asideBytes(), held.Disk+held.Lent
}

// View is what is going on in a conversation. It is a copy.
type View struct {
	Docs    []Doc
	Paused  bool            // reading is
	Reading *engine.Reading // nil: nothing is being read now
	Writing *Writing        // nil: no answer is being written now
	Waiting store.MessageID // an answer that waits for its turn; 0: none
	Ahead   int             // jobs before it
	Queued  bool            // documents wait to be read
	Meter   Meter
}

// Read is the number of pages of a document that the model has read. Documents
// are read in their order.
func (v *View) Read(i int) int { return v.Docs[i].readPages }

// View returns what is going on in a conversation.
func (s *Service) View(id store.ConversationID) View {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[id]
	if c == nil {
		return View{}
	}
	v := View{Docs: slices.Clone(c.docs), Paused: c.paused, Meter: c.meter}
	for i := range v.Docs {
		v.Meter.ReadPages += v.Docs[i].readPages
		v.Meter.Pages += v.Docs[i].Pages
	}
	if c.reading != nil {
		r := *c.reading
		v.Reading = &r
	}
	if c.writing != nil {
		w := *c.writing
		v.Writing = &w
	}
	for i, j := range s.queue {
		if j.conversation != id {
			continue
		}
		if j.message == 0 {
			v.Queued = true
		} else if v.Waiting == 0 {
			v.Waiting, v.Ahead = j.message, i
			if s.running != nil {
				v.Ahead++
			}
		}
	}
	return v
}

// Busy says for every conversation for which something is done, or waits to be
// done, how far it is: the share of its pages that is read, 0 to 1.
func (s *Service) Busy() map[store.ConversationID]float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	busy := map[store.ConversationID]float64{}
	note := func(j *job) {
		if j.message == 0 && s.chats[j.conversation].paused {
			return
		}
		read, pages := 0, 0
		for _, d := range s.chats[j.conversation].docs {
			read += d.readPages
			pages += d.Pages
		}
		busy[j.conversation] = float64(read) / float64(max(pages, 1))
	}
	for _, j := range s.queue {
		note(j)
	}
	if s.running != nil {
		note(s.running)
	}
	return busy
}

// liveLog is what the layers did lately: while documents were read, or an
// answer was written.
type liveLog struct {
	number    int // of the log; each reading and each answer has its own
	settings  []byte
	positions trace.Map
	first     int // number of entries[0] in the log
	entries   []trace.Entry
}

// maxLive is the most entries of a live log. An answer has fewer; of a long
// reading the older windows are forgotten.
const maxLive = 1024

func (l *liveLog) begin(settings []byte) {
	*l = liveLog{number: l.number + 1, settings: settings}
}

func (l *liveLog) add(e trace.Entry, m trace.Map) {
	l.positions = m
	if len(l.entries) == maxLive {
		l.entries = slices.Clone(l.entries[maxLive/2:])
		l.first += maxLive / 2
	}
	l.entries = append(l.entries, e)
}

// Live is what is new in a live log.
type Live struct {
	Log      int // its number; another one than before: it begins anew
	Settings []byte
	Map      trace.Map
	Seen     int           // entries of the log so far; give it to the next call
	Entries  []trace.Entry // since the last call
}

// Live returns what the layers did in a conversation since the caller saw
// seen entries of a log.
func (s *Service) Live(id store.ConversationID, log, seen int) Live {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[id]
	if c == nil {
		return Live{}
	}
	l := &c.log
	if log != l.number {
		seen = 0
	}
	end := l.first + len(l.entries)
	from := min(max(seen-l.first, 0), len(l.entries))
	return Live{
		Log: l.number, Settings: l.settings, Map: l.positions, Seen: end,
		Entries: l.entries[from:len(l.entries):len(l.entries)],
	}
}
