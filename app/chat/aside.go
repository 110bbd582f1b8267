package chat

import (
	"context"
	"errors"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"fovea/app/engine"
	"fovea/internal/hostmem"
	"fovea/store"
)

// aside is what a conversation has behind the documents of a talk, set aside while
// another conversation uses it.
type aside struct {
	*engine.Branch
	text
	pos  int          // tokens at its end
	mark *engine.Mark // behind the documents
	open bool         // its last turn is an answer to go on with
	used time.Time
}

// asideShare says which part of the computer's free memory all that is set aside
// may take, one in so many: most is for sessions.
const asideShare = 8

// unknownAside is what it may take where the system does not tell what is free.
const unknownAside = 256 << 20

// asideLimit is the bytes that all that is set aside may take.
func (s *Service) asideLimit() int64 {
	if s.options.Aside > 0 {
		return s.options.Aside
	}
	limit, free, most := int64(unknownAside), hostmem.Available(), s.engine.Info().Host
	if free > 0 {
		limit = (free + s.asideBytes()) / asideShare
	}
	if most > 0 {
		limit = min(limit, most/asideShare)
	}
	return limit
}

// asideBytes is what it takes now.
func (s *Service) asideBytes() (n int64) {
	for _, t := range s.sessions() {
		n += t.asideBytes()
	}
	return n
}

func (t *talk) asideBytes() (n int64) {
	for _, a := range t.aside {
		n += a.Bytes()
	}
	return n
}

// turn brings a talk to a place of it, for the conversation of a job. What the one
// before has behind the documents is set aside.
func (s *Service) turn(j *job, t *talk, to place) error {
	delete(t.aside, j.conversation) // where it is not taken up, it is of no use any more
	if t.holder != j.conversation {
		if err := s.setAside(t, to); err != nil {
			return err
		}
	}
	if to.aside != nil {
		return t.takeUp(j.ctx, to.aside)
	}
	return t.back(j.ctx, to.mark)
}

// setAside sets aside what the holder of a talk has behind the documents, where
// these stay when the talk goes to a place of it. What was not used for longest
// makes room. Where there is none, the turns are to be read again.
func (s *Service) setAside(t *talk, to place) error {
	id, i := t.holder, t.documentsMark()
	if id == 0 || i < 0 || len(t.turns) == 0 || i > t.markOf(to) {
		return nil
	}
	limit := s.asideLimit()
	b, err := t.SetAside(t.marks[i].Mark, limit)
	if errors.Is(err, engine.ErrBranchTooLarge) {
		return nil
	}
	if err != nil {
		return err
	}
	t.aside[id] = &aside{
		Branch: b, text: text{slices.Clone(t.docs), slices.Clone(t.turns)}, pos: t.Pos(),
		mark: t.marks[i].Mark, open: t.CanContinue(), used: t.used,
	}
	s.dropAside(limit)
	return nil
}

// dropAside drops what was set aside and not used for longest, until the rest
// takes at most so many bytes, and says whether it dropped any.
func (s *Service) dropAside(most int64) bool {
	some := false
	for s.asideBytes() > most {
		var of *talk
		oldest := store.ConversationID(0)
		for _, t := range s.sessions() {
			for id, a := range t.aside {
				if of == nil || a.used.Before(of.aside[oldest].used) {
					of, oldest = t, id
				}
			}
		}
		delete(of.aside, oldest)
		some = true
	}
	return some
}

// makeMemory frees what can be done without when memory is short, and says whether
// there was any: first what was set aside, as the device's memory may be the
// computer's, and when it is called again the other sessions than a conversation's.
func (s *Service) makeMemory(id store.ConversationID) bool {
	if s.dropAside(0) {
		debug.FreeOSMemory()
		return true
	}
	return s.forgetOthers(id)
}

// takeUp goes on where something was set aside.
func (t *talk) takeUp(ctx context.Context, a *aside) error {
	if err := t.TakeUp(ctx, a.Branch); err != nil {
		return err
	}
	t.text, t.part = a.text, nil
	t.drop(t.documentsMark() + 1)
	return nil
}

// documentsMark is the number of the mark behind all documents and before the
// turns; -1: there is none.
func (t *talk) documentsMark() int {
	return slices.IndexFunc(t.marks, func(m mark) bool { return m.docs == len(t.docs) && m.turns == 0 })
}

// prune drops what was set aside behind marks that are gone.
func (t *talk) prune() {
	maps.DeleteFunc(t.aside, func(_ store.ConversationID, a *aside) bool {
		return !slices.ContainsFunc(t.marks, func(m mark) bool { return m.Mark == a.mark })
	})
}

// leads says whether what was set aside is on the way to what is wanted; see
// talk.place. Nothing, nil, is not.
func (a *aside) leads(want text, open bool) bool {
	return a != nil && a.leadsTo(want) && (a.open || !open || len(a.turns) < len(want.turns))
}
