package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"fovea/model/kvcache"
	"fovea/model/trace"
)

// Branch is what was read, asked and answered behind a mark of a conversation,
// set aside in the host's memory.
type Branch struct {
	mark   *Mark
	kv     *kvcache.Branch
	state  Conversation // its slices only grow, but for those below
	places []place      // behind the mark
	ids    []int32      // behind the mark
	spans  []trace.Span // behind the mark
	bytes  int64
}

// What may be wrong with a branch.
var (
	ErrBranchTooLarge = kvcache.ErrBranchTooLarge
	ErrMarkGone       = kvcache.ErrMarkGone
)

// SetAside copies what the conversation has behind a mark of it, where that
// takes at most so many bytes of the host's memory, else it fails with an
// [ErrBranchTooLarge]. The conversation stays as it is.
func (c *Conversation) SetAside(m *Mark, most int64) (*Branch, error) {
	if c.session == nil || m.kv == nil {
		return nil, fmt.Errorf("engine: nothing was read before the mark, so nothing can be set aside behind it: %w", ErrMarkGone)
	}
	if len(c.parts) > len(m.state.parts) || c.reading() {
		return nil, errors.New("engine: documents are being read behind the mark; set aside behind the last one")
	}
	kv, err := c.session.SetAside(m.kv, most)
	if err != nil {
		return nil, err
	}
	b := &Branch{mark: m, kv: kv, state: *c, places: slices.Clone(c.places[m.Pos():]), ids: slices.Clone(c.ids[m.Pos():]), spans: slices.Clone(c.spans[len(m.state.spans):])}
	b.state.history, b.state.pending = slices.Clone(c.history), slices.Clone(c.pending)
	b.state.places, b.state.ids, b.state.spans, b.state.session, b.state.keeper = nil, nil, nil, nil, nil
	const each, span = int64(unsafe.Sizeof(place{}) + unsafe.Sizeof(int32(0))), int64(unsafe.Sizeof(trace.Span{}))
	b.bytes = kv.Bytes() + int64(len(b.places))*each + int64(len(b.spans))*span
	return b, nil
}

// TakeUp goes on where a branch of this conversation was set aside, without
// reading anything again. What was read since behind the mark is forgotten;
// settings, system prompt and sampling stay as they are now. The branch still
// holds afterwards. An [ErrMarkGone] has changed nothing.
func (c *Conversation) TakeUp(ctx context.Context, b *Branch) error {
	if c.session == nil {
		return fmt.Errorf("engine: the branch is of another session: %w", ErrMarkGone)
	}
	if err := c.session.TakeUp(ctx, b.kv); err != nil {
		return err
	}
	before := &b.mark.state
	c.restate(&b.state, slices.Concat(before.places, b.places), slices.Concat(before.ids, b.ids), slices.Concat(before.spans, b.spans))
	return nil
}

// Bytes is the host memory that the branch holds.
func (b *Branch) Bytes() int64 { return b.bytes }
