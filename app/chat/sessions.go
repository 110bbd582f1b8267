package chat

import (
	"errors"
	"slices"
	"time"

	"fovea/app/engine"
	"fovea/model/actqkv"
	"fovea/store"
)

// sessions are the talks that there are.
func (s *Service) sessions() (all []*talk) {
	seen := map[*talk]bool{}
	for _, t := range s.talks {
		if !seen[t] {
			seen[t] = true
			all = append(all, t)
		}
	}
	return all
}

// shared says whether another conversation has a talk, too.
func (s *Service) shared(t *talk, id store.ConversationID) bool {
	for other, o := range s.talks {
		if o == t && other != id {
			return true
		}
	}
	return false
}

// nearest finds the talk that has read most of what is wanted, and the place of it:
// the conversation's own or another's, which it then shares; nil: there is none.
func (s *Service) nearest(j *job, method actqkv.Settings, system string, want text) (best *talk, to place, err error) {
	most, mine, exact := 0, s.talks[j.conversation], s.Exact()
	for _, t := range s.sessions() {
		if t.system != system || t.exact != exact {
			continue
		}
		p, ok := t.place(j.conversation, want, j.resume)
		if !ok {
			continue
		}
		at, pos := t.read(p)
		if t != mine && len(at.docs) == 0 {
			continue
		}
		better := best == nil || pos > most || pos == most && t == mine
		if pos == most && best != nil && best != mine && t != mine {
			better = t.used.Before(best.used)
		}
		if !better {
			continue
		}
		if err := t.Change(method); errors.Is(err, engine.ErrOtherSession) {
			continue
		} else if err != nil {
			return nil, place{}, err
		}
		best, to, most = t, p, pos
	}
	return best, to, nil
}

// talkFor returns a talk on the way to what is wanted, for the conversation of a
// job: from its own session or another's, from a snapshot, or at the beginning.
func (s *Service) talkFor(j *job, c Settings, system string, want text) (*talk, error) {
	method, err := c.method()
	if err != nil {
		return nil, err
	}
	near, to, err := s.nearest(j, method, system, want)
	if err != nil {
		return nil, err
	}
	var t *talk
	if near != nil {
		if t, err = s.orKept(j, near, s.least(j, near, to, want), method, want); err != nil {
			return nil, err
		}
	}
	if t != nil && t == near {
		if err := s.turn(j, t, to); err != nil { // a session that failed is made anew
			s.notice(err)
			s.discard(t)
			t = nil
		}
	}
	if t == nil {
		t = s.fresh(method, system)
	}
	s.hand(j.conversation, t)
	j.used = true
	t.method = method
	t.Sample(c.sampling(), c.MaxTokens)
	s.makeRoom(t)
	return t, nil
}

// fresh begins a talk that has read nothing.
func (s *Service) fresh(method actqkv.Settings, system string) *talk {
	exact := s.Exact()
	return &talk{system: system, exact: exact, aside: map[store.ConversationID]*aside{}, Talk: s.engine.Begin(engine.ConversationOptions{
		Settings: method, System: system, Snapshots: s.options.Snapshots, Exact: exact,
	})}
}

// least is the number of tokens that snapshots must have of the wanted documents
// to be better than a place of a talk; 0: the talk is better. Another conversation
// keeps what it has of more documents, where the wanted ones can be restored.
func (s *Service) least(j *job, t *talk, to place, want text) int {
	at, pos := t.read(to)
	switch {
	case s.options.Snapshots == nil:
		return 0
	case len(at.docs) < len(want.docs):
		return pos + 1
	case len(at.docs) < len(t.docs) && t.holder != 0 && t.holder != j.conversation:
		return t.pos(t.markOf(to))
	}
	return 0
}

// orKept returns a talk that will restore snapshots, where they have at least
// so many tokens of the wanted documents, else t.
func (s *Service) orKept(j *job, t *talk, least int, method actqkv.Settings, want text) (*talk, error) {
	if least == 0 {
		return t, nil
	}
	f := s.fresh(method, t.system)
	err := s.attach(j.ctx, f, want.docs)
	kept := 0
	if err == nil {
		kept, err = f.Kept()
	}
	if err != nil || kept < least {
		f.close()
		return t, err
	}
	return f, nil
}

// hand gives a talk to a conversation, in place of the one that it had.
func (s *Service) hand(id store.ConversationID, t *talk) {
	if s.talks[id] != t {
		if s.leave(id) {
			s.unread(id)
		}
	}
	s.talks[id] = t
	t.holder, t.used = id, time.Now()
}

// makeRoom frees the sessions that were not used for longest, until all but a
// talk's leave half of the device's memory to that.
func (s *Service) makeRoom(now *talk) {
	limit := s.engine.Info().Memory / 2
	for {
		held, oldest := int64(0), (*talk)(nil)
		for _, t := range s.sessions() {
			if t == now {
				continue
			}
			m := t.Memory()
			held += m.Store + m.Fixed
			for _, mark := range t.marks {
				held += mark.Bytes()
			}
			if oldest == nil || t.used.Before(oldest.used) {
				oldest = t
			}
		}
		if limit == 0 || held <= limit || oldest == nil {
			return
		}
		s.discard(oldest)
	}
}

// forgetOthers frees all sessions but that of a conversation, and says whether
// there were any.
func (s *Service) forgetOthers(id store.ConversationID) bool {
	some := false
	for _, t := range s.sessions() {
		if t != s.talks[id] {
			s.discard(t)
			some = true
		}
	}
	return some
}

// leave takes a conversation out of the talk that it has, and says whether there
// was one. A talk that nobody has is freed.
func (s *Service) leave(id store.ConversationID) bool {
	t := s.talks[id]
	if t == nil {
		return false
	}
	delete(s.talks, id)
	delete(t.aside, id)
	switch {
	case !s.shared(t, id):
		t.close()
	case t.holder == id:
		t.holder = 0
		if i := slices.IndexFunc(t.marks, func(m mark) bool { return m.turns > 0 }); i >= 0 {
			t.drop(i) // nobody returns to its turns
		}
	}
	return true
}

// discard frees a talk. What the conversations that have it had read is to be read
// again, or restored.
func (s *Service) discard(t *talk) {
	t.close()
	for id, o := range s.talks {
		if o == t {
			delete(s.talks, id)
			s.unread(id)
		}
	}
}

// forget frees the talk of a conversation, where it has one.
func (s *Service) forget(id store.ConversationID) {
	if t := s.talks[id]; t != nil {
		s.discard(t)
	}
}

// unread notes that no session has the pages of a conversation any more.
func (s *Service) unread(id store.ConversationID) {
	s.with(id, (*state).setUnread)
	s.notify(Event{Kind: WorkChanged, Conversation: id})
}
