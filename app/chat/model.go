package chat

import (
	"context"
	"errors"
	"fmt"
)

// ModelState says which model there is, or is being loaded.
type ModelState struct {
	Path    string
	Loading bool
	Share   float64 // loaded, 0 to 1
	Ready   bool
	Info    ModelInfo // of a ready model
	Err     error     // why it could not be loaded
}

// Model says which model there is.
func (s *Service) Model() ModelState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.model
}

// Load loads the model at path in place of the one that is loaded, when what
// is being answered has ended. Documents are read again for another model.
func (s *Service) Load(path string) {
	s.mu.Lock()
	s.wanted = path
	s.model = ModelState{Path: path, Loading: true}
	if s.running != nil && s.running.message == 0 {
		s.running.cancel()
	}
	s.mu.Unlock()
	s.notify(Event{Kind: ModelChanged})
	s.stir()
}

// load does what Load asked for, on the worker.
func (s *Service) load() {
	s.mu.Lock()
	path := s.wanted
	s.wanted = ""
	s.mu.Unlock()
	if path == "" {
		return
	}
	s.unload()
	e, err := s.options.Open(s.ctx, path, func(share float64) {
		s.setModel(ModelState{Path: path, Loading: true, Share: share})
	})
	if err != nil {
		s.setModel(ModelState{Path: path, Err: err})
		return
	}
	s.engine = e
	s.setModel(ModelState{Path: path, Ready: true, Info: e.Info()})
	s.mu.Lock()
	for _, c := range s.chats {
		c.setUnread()
	}
	s.mu.Unlock()
}

// setModel tells the state of the model, unless another one was asked for.
func (s *Service) setModel(m ModelState) {
	s.mu.Lock()
	if s.wanted == "" {
		s.model = m
	}
	s.mu.Unlock()
	s.notify(Event{Kind: ModelChanged})
}

// unload frees the model and all sessions.
func (s *Service) unload() {
	for id := range s.talks {
		s.forget(id)
	}
	if s.engine != nil {
		if err := s.engine.Close(); err != nil && !errors.Is(err, context.Canceled) {
			s.fail(0, fmt.Errorf("chat: closing the model: %w", err))
		}
		s.engine = nil
	}
}
