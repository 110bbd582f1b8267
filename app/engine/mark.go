package engine

import (
	"context"
	"fmt"
	"slices"

	"fovea/model/actqkv"
	"fovea/model/kvcache"
	"fovea/model/sample"
	"fovea/model/trace"
)

// Mark is a state of a conversation to which it can return, in milliseconds
// and without reading anything again.
type Mark struct {
	kv    *kvcache.Mark // nil: nothing was read
	state Conversation  // its slices only grow, so their beginnings stay
}

// Mark makes a mark of the conversation as it is.
func (c *Conversation) Mark(ctx context.Context) (*Mark, error) {
	m := &Mark{state: *c}
	m.state.history, m.state.pending = slices.Clone(c.history), slices.Clone(c.pending)
	if c.session == nil {
		return m, nil
	}
	var err error
	m.kv, err = c.session.Mark(ctx)
	return m, err
}

// Return takes the conversation back to a mark of it. Settings, system prompt
// and sampling stay as they are now. The mark still holds afterwards.
func (c *Conversation) Return(ctx context.Context, m *Mark) error {
	switch {
	case m.kv == nil:
		c.Close()
	case c.session == nil:
		return fmt.Errorf("engine: the mark is of another session: %w", ErrMarkGone)
	default:
		if err := c.session.Return(ctx, m.kv); err != nil {
			return err
		}
	}
	c.restate(&m.state, slices.Clip(m.state.places), slices.Clip(m.state.ids), slices.Clip(m.state.spans))
	return nil
}

// restate takes what a conversation had read and heard, but not its settings.
func (c *Conversation) restate(s *Conversation, places []place, ids []int32, spans []trace.Span) {
	c.docs, c.told, c.tail, c.begun, c.asking = slices.Clip(s.docs), s.told, s.tail, s.begun, s.asking
	c.history, c.pending = slices.Clone(s.history), slices.Clone(s.pending)
	c.places, c.ids, c.spans, c.parts = places, ids, spans, slices.Clip(s.parts)
	c.keeper.back(c.parts, len(c.places))
}

// Pos is the number of tokens before the mark.
func (m *Mark) Pos() int { return len(m.state.places) }

// Bytes is the device memory that the mark holds.
func (m *Mark) Bytes() int64 {
	if m.kv == nil {
		return 0
	}
	return m.kv.Bytes()
}

// Free gives the mark's memory back.
func (m *Mark) Free() {
	if m.kv != nil {
		m.kv.Free()
	}
}

// Change takes another method or budget, which the next step obeys. It may be
// called from a function of a [Listener]. [ErrOtherSession] says that
// the text must be read again for the settings, by a new conversation. Documents
// whose reading is kept are read to their end with the settings before.
func (c *Conversation) Change(to actqkv.Settings) error {
	if c.session != nil {
		change := c.session.Change
		if c.keeper != nil && c.reading() {
			change = c.session.CanChange
		}
		if err := change(to); err != nil {
			return err
		}
	} else if err := to.Validate(); err != nil {
		return err
	}
	c.options.Settings = to
	return nil
}

// Sample changes how the next answers are drawn, and how long they get
// (in tokens; 0: 512).
func (c *Conversation) Sample(o sample.Options, maxTokens int) {
	if maxTokens == 0 {
		maxTokens = defaultMaxTokens
	}
	c.options.Sampling, c.options.MaxTokens = o, maxTokens
}
