package chat

import (
	"context"
	"errors"
	"slices"

	"fovea/store"
)

// job is an answer to write, or the documents of a conversation to read.
type job struct {
	conversation store.ConversationID
	message      store.MessageID // of the answer; 0: documents are read
	resume       bool            // go on with the answer
	settings     *Settings       // instead of the conversation's
	part         bool            // the answer may come from a part of the documents
	reading      *recorder       // of what is read; nil: nothing yet
	used         bool            // a session was used
	ctx          context.Context
	cancel       context.CancelFunc
}

// stir wakes the worker.
func (s *Service) stir() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// work is the goroutine that owns the model.
func (s *Service) work() {
	defer s.done.Done()
	defer s.unload()
	for {
		s.load()
		s.freeGone()
		j := s.take()
		if j == nil {
			select {
			case <-s.ctx.Done():
				s.stopQueued()
				return
			case <-s.wake:
			}
			continue
		}
		var err error
		if j.message != 0 {
			err = s.answer(j)
		} else {
			err = s.read(j)
		}
		s.finished(j)
		s.fail(j.conversation, err)
	}
}

// take takes the next job: an answer, or else documents to read, where there
// is a model.
func (s *Service) take() *job {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil || !s.model.Ready || s.wanted != "" {
		return nil
	}
	i := slices.IndexFunc(s.queue, func(j *job) bool { return j.message != 0 })
	if i < 0 {
		i = slices.IndexFunc(s.queue, func(j *job) bool { return !s.chats[j.conversation].paused })
	}
	if i < 0 {
		return nil
	}
	j := s.queue[i]
	s.queue = slices.Delete(s.queue, i, i+1)
	s.running = j
	return j
}

func (s *Service) finished(j *job) {
	j.cancel()
	s.mu.Lock()
	s.running = nil
	s.mu.Unlock()
	s.notify(Event{Kind: WorkChanged, Conversation: j.conversation})
}

// add queues a job. An answer interrupts reading, which goes on afterwards; where
// it is about what is being read, it comes from what was read so far.
func (s *Service) add(j *job) {
	j.ctx, j.cancel = context.WithCancel(s.ctx)
	s.mu.Lock()
	if s.chats[j.conversation] == nil {
		s.chats[j.conversation] = &state{}
	}
	j.part = j.message != 0 && s.reads(j.conversation)
	s.queue = append(s.queue, j)
	if r := s.running; r != nil && r.message == 0 && j.message != 0 {
		r.cancel()
	}
	s.mu.Unlock()
	s.notify(Event{Kind: WorkChanged, Conversation: j.conversation})
	s.stir()
}

// reads says whether the documents of a conversation are being read, or wait to
// be. s.mu is held.
func (s *Service) reads(id store.ConversationID) bool {
	reading := func(j *job) bool { return j.conversation == id && j.message == 0 }
	return s.running != nil && reading(s.running) || slices.ContainsFunc(s.queue, reading)
}

// addReading queues the reading of a conversation's documents, once.
func (s *Service) addReading(id store.ConversationID) {
	s.mu.Lock()
	queued := slices.ContainsFunc(s.queue, func(j *job) bool { return j.conversation == id && j.message == 0 })
	s.mu.Unlock()
	if queued {
		s.stir() // it may have been paused
		return
	}
	s.add(&job{conversation: id})
}

// busy says whether an answer of a conversation is being written or waits.
func (s *Service) busy(id store.ConversationID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.answering(id) != nil
}

// answering is the running or queued answer of a conversation. s.mu is held.
func (s *Service) answering(id store.ConversationID) *job {
	if r := s.running; r != nil && r.conversation == id && r.message != 0 {
		return r
	}
	for _, j := range s.queue {
		if j.conversation == id && j.message != 0 {
			return j
		}
	}
	return nil
}

// Stop ends the answer that a conversation is being given, or waits for; what
// was written of it stays.
func (s *Service) Stop(id store.ConversationID) error {
	s.mu.Lock()
	j := s.answering(id)
	if j == nil {
		s.mu.Unlock()
		return nil
	}
	if j == s.running {
		j.cancel()
		s.mu.Unlock()
		return nil
	}
	s.queue = slices.DeleteFunc(s.queue, func(q *job) bool { return q == j })
	s.mu.Unlock()
	return s.stopWaiting(j)
}

// stopWaiting ends an answer of which nothing was written.
func (s *Service) stopWaiting(j *job) error {
	m, err := s.options.Store.Message(context.Background(), j.message)
	if err == nil {
		err = s.options.Store.SaveAnswer(context.Background(), j.message, store.Answer{Content: m.Content, Status: store.Stopped})
	}
	s.notify(Event{Kind: MessagesChanged, Conversation: j.conversation, Message: j.message})
	return err
}

// stopQueued ends all answers that wait, when the service closes.
func (s *Service) stopQueued() {
	s.mu.Lock()
	queue := s.queue
	s.queue = nil
	s.mu.Unlock()
	for _, j := range queue {
		if j.message != 0 {
			if err := s.stopWaiting(j); err != nil && !errors.Is(err, store.ErrNotFound) {
				s.fail(j.conversation, err)
			}
		}
	}
}

// Drop ends everything that goes on for a conversation that was deleted, and
// frees what it holds of the device.
func (s *Service) Drop(id store.ConversationID) error {
	err := s.Stop(id)
	s.mu.Lock()
	s.queue = slices.DeleteFunc(s.queue, func(j *job) bool { return j.conversation == id })
	if r := s.running; r != nil && r.conversation == id {
		r.cancel()
	}
	s.chats[id] = &state{dropped: true}
	s.gone = append(s.gone, id)
	s.mu.Unlock()
	s.stir()
	return err
}

// freeGone frees what dropped conversations have of sessions.
func (s *Service) freeGone() {
	s.mu.Lock()
	gone := s.gone
	s.gone = nil
	s.mu.Unlock()
	for _, id := range gone {
		s.leave(id)
	}
}
