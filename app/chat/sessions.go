package chat

import (
	"errors"
	"slices"
	"time"

	"fovea/app/engine"
	"fovea/model/actqkv"
	"fovea/store"
)

// nearest finds the talk that has read most of what is wanted: the
// conversation's own or another's, whose session it then takes. place is a mark
// of it, as talk.place says; owner 0: there is none.
func (s *Service) nearest(j *job, method actqkv.Settings, system string, want text) (owner store.ConversationID, place int, err error) {
	most := 0
	for id, t := range s.talks {
		own := id == j.conversation
		if t.system != system {
			continue
		}
		i := t.place(want, j.resume)
		if i < 0 || !own && len(t.at(i).docs) == 0 {
			continue
		}
		pos := t.pos(i)
		better := owner == 0 || pos > most || pos == most && own
		if pos == most && owner != 0 && owner != j.conversation && !own {
			better = t.used.Before(s.talks[owner].used)
		}
		if !better {
			continue
		}
		if err := t.Change(method); errors.Is(err, engine.ErrOtherSession) {
			continue
		} else if err != nil {
			return 0, 0, err
		}
		owner, place, most = id, i, pos
	}
	return owner, place, nil
}

// talkFor returns a talk on the way to what is wanted, for the conversation of a
// job: from its own session or another's, from a snapshot, or at the beginning.
func (s *Service) talkFor(j *job, c Settings, system string, want text) (*talk, error) {
	method, err := c.method()
	if err != nil {
		return nil, err
	}
	owner, place, err := s.nearest(j, method, system, want)
	if err != nil {
		return nil, err
	}
	t := s.talks[owner]
	if t != nil {
		least := s.least(j, t, place, want)
		if err := t.back(j.ctx, place); err != nil { // a session that failed is made anew
			s.forget(owner)
			t = nil
		} else if t, err = s.orKept(j, t, least, method, want); err != nil {
			return nil, err
		}
	}
	if t == nil {
		t = s.fresh(method, system)
	}
	s.hand(j.conversation, t)
	t.method = method
	t.Sample(c.sampling(), c.MaxTokens)
	s.makeRoom(j.conversation)
	return t, nil
}

// fresh begins a talk that has read nothing.
func (s *Service) fresh(method actqkv.Settings, system string) *talk {
	return &talk{system: system, Talk: s.engine.Begin(engine.ConversationOptions{
		Settings: method, System: system, Snapshots: s.options.Snapshots,
	})}
}

// least is the number of tokens that snapshots must have of the wanted documents
// to be better than a place of a talk; 0: the talk is better. A session that was
// taken from the conversation before is not taken back for an answer: both
// conversations are in use, and with a session each they need not read their
// turns again at each change.
func (s *Service) least(j *job, t *talk, place int, want text) int {
	switch {
	case s.options.Snapshots == nil:
		return 0
	case len(t.at(place).docs) < len(want.docs):
		return t.pos(place) + 1
	case s.talks[j.conversation] != t && slices.Contains(t.readers, j.conversation) && j.message != 0:
		return t.pos(place)
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

// hand gives a talk to a conversation, in place of its own, and takes it from
// whoever had it.
func (s *Service) hand(id store.ConversationID, t *talk) {
	if s.talks[id] != t {
		s.forget(id)
	}
	for other, o := range s.talks {
		if o == t && other != id {
			delete(s.talks, other)
		}
	}
	s.talks[id] = t
	if !slices.Contains(t.readers, id) {
		t.readers = append(t.readers, id)
	}
	t.used = time.Now()
}

// makeRoom frees the sessions that were not used for longest, until the others
// leave half of the device's memory to the one that is used now.
func (s *Service) makeRoom(id store.ConversationID) {
	limit := s.engine.Info().Memory / 2
	for {
		held, oldest := int64(0), store.ConversationID(0)
		for other, t := range s.talks {
			if other == id {
				continue
			}
			m := t.Memory()
			held += m.Store + m.Fixed
			for _, mark := range t.marks {
				held += mark.Bytes()
			}
			if oldest == 0 || t.used.Before(s.talks[oldest].used) {
				oldest = other
			}
		}
		if limit == 0 || held <= limit || oldest == 0 {
			return
		}
		s.forget(oldest)
	}
}

// forgetOthers frees the sessions of all other conversations, and says whether
// there were any.
func (s *Service) forgetOthers(id store.ConversationID) bool {
	some := false
	for other := range s.talks {
		if other != id {
			s.forget(other)
			some = true
		}
	}
	return some
}

// forget frees the session of a conversation, where it has one. What its readers
// had read is to be read again, or restored, unless they have another.
func (s *Service) forget(id store.ConversationID) {
	t := s.talks[id]
	if t == nil {
		return
	}
	t.close()
	delete(s.talks, id)
	for _, reader := range t.readers {
		if s.talks[reader] != nil {
			continue
		}
		s.with(reader, func(c *state) {
			for i := range c.docs {
				c.docs[i].readPages = 0
			}
		})
		s.notify(Event{Kind: WorkChanged, Conversation: reader})
	}
}
