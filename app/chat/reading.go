package chat

import (
	"context"
	"errors"
	"slices"

	"fovea/app/engine"
	"fovea/store"
)

// Pause stops the reading of a conversation's documents until Resume. Questions
// are answered from what was read.
func (s *Service) Pause(id store.ConversationID) {
	s.with(id, func(c *state) { c.paused = true })
	s.interrupt(id)
	s.notify(Event{Kind: WorkChanged, Conversation: id})
}

// interrupt ends the reading of a conversation's documents, where that is what
// is being done now.
func (s *Service) interrupt(id store.ConversationID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.running; r != nil && r.conversation == id && r.message == 0 {
		r.cancel()
	}
}

// Resume goes on with the reading of a conversation's documents, or begins it,
// also where questions about them were answered before the program started.
func (s *Service) Resume(id store.ConversationID) {
	s.with(id, func(c *state) { c.paused, c.again = false, true })
	s.addReading(id)
}

// read has the model read a conversation's documents.
func (s *Service) read(j *job) error {
	b, err := s.shown(j.ctx, j.conversation)
	dropped, again := false, false
	s.with(j.conversation, func(c *state) { again = c.again })
	if err == nil && (len(b.next) > 0 || again) {
		err = s.readAhead(j, b)
	}
	s.with(j.conversation, func(c *state) {
		dropped = c.dropped
		c.again = c.again && err != nil
	})
	switch {
	case dropped:
		return nil
	case errors.Is(err, context.Canceled) && s.ctx.Err() == nil:
		s.addReading(j.conversation) // an answer goes first, or a person paused it
		return nil
	}
	s.recover(j, err)
	return err
}

// recover makes sure that what comes after an error can succeed: a session in use
// is made anew, and so is a device that was lost.
func (s *Service) recover(j *job, err error) {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, engine.ErrQuestionTooLong) {
		return
	}
	if j.used {
		s.forget(j.conversation)
	}
	if errors.Is(err, engine.ErrDeviceLost) {
		s.Load(s.Model().Path)
	}
}

// readAhead reads the documents of the question to come, and the turns before it.
func (s *Service) readAhead(j *job, b branch) error {
	c, system, err := s.choices(j)
	if err != nil {
		return err
	}
	want := textOf(b.turns, b.next)
	t, err := s.talkFor(j, c, system, want)
	if err != nil {
		return err
	}
	if err := s.forward(j, t, want); err != nil {
		return err
	}
	_, err = s.readAll(j, t)
	return err
}

// readAll reads what a talk has not read. Where the job may do with a part of
// the documents, and they may be cut, it stops and says that this is not the
// whole.
func (s *Service) readAll(j *job, t *talk) (whole bool, err error) {
	if t.part != nil && s.enough(j, t) {
		return false, nil
	}
	ctx, stop := context.WithCancel(j.ctx)
	defer stop()
	progress := func(reading engine.Reading) {
		if j.reading == nil { // where nothing is read, what is shown stays
			j.reading = s.record(j.conversation, t, false)
		}
		s.progress(j.conversation, t, j.reading, reading)
		t.part = nil
		if t.CanCut() {
			t.part = &reading
		}
		if s.enough(j, t) {
			stop()
		}
	}
	err = t.Read(ctx, progress)
	for errors.Is(err, engine.ErrOutOfMemory) && s.makeMemory(j.conversation) {
		err = t.Read(ctx, progress)
	}
	whole = err == nil
	if ctx.Err() != nil && j.ctx.Err() == nil {
		err = nil // it was stopped
	}
	s.with(j.conversation, func(c *state) {
		c.reading = nil
		if whole {
			t.part = nil
			c.setRead(t.docs, 1<<30)
			c.setJoined(t)
		}
	})
	s.notify(Event{Kind: WorkChanged, Conversation: j.conversation})
	if len(t.docs) > 0 { // also when the service closes
		s.fail(j.conversation, s.listSnapshots(context.Background(), t.Snapshots(), t.docs))
	}
	return whole, err
}

// progress tells how far a reading is.
func (s *Service) progress(id store.ConversationID, t *talk, r *recorder, reading engine.Reading) {
	r.step(reading.Trace)
	s.with(id, func(c *state) {
		c.reading = &reading
		c.setRead(t.docs, reading.Page)
		c.meter.step(reading.Trace, t)
	})
	s.notify(Event{Kind: WorkChanged, Conversation: id})
}

// setRead notes that the model has read pages of the documents, which are in
// the order in which it reads them.
func (c *state) setRead(order []store.DocumentID, pages int) {
	for _, id := range order {
		for i := range c.docs {
			if d := &c.docs[i]; d.ID == id {
				d.readPages = min(pages, d.Pages)
				pages -= d.readPages
			}
		}
	}
}

// setUnread notes that the model has none of the documents.
func (c *state) setUnread() {
	for i := range c.docs {
		c.docs[i].readPages, c.docs[i].Joined = 0, false
	}
}

// setJoined notes which documents the model has as they were read alone.
func (c *state) setJoined(t *talk) {
	joined := t.Joined()
	for i := range c.docs {
		d := &c.docs[i]
		d.Joined = slices.Contains(joined, slices.Index(t.docs, d.ID))
	}
}
