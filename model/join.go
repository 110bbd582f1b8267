package model

import (
	"context"
	"errors"
	"fmt"

	"fovea/model/kvcache"
)

// ErrNothingToJoin reports a snapshot that Join cannot take blocks from: its
// text is too short to have any, or the session's method has none.
var ErrNothingToJoin = kvcache.ErrNothingToJoin

// ErrSnapshotIncomplete reports a snapshot whose text was not read to its end.
var ErrSnapshotIncomplete = errors.New("the snapshot's text was not read to its end")

// JoinPad is how many tokens, 0 to a block less one, must be read before the
// tokens of a text from position skip on, for Join: then they fall on the same
// places of blocks as in the text alone.
func (s *Session) JoinPad(skip int) int { return s.cache.JoinPad(skip) }

// JoinStart is the position in a text, read alone, from which on Join takes its
// rows over: the first one of a block that is neither before skip nor an initial
// token. The tokens from skip on that precede it must be read.
func (s *Session) JoinStart(skip int) int { return s.cache.JoinStart(skip) }

// Join goes on behind what the session has read with what another one read of a
// text alone, as if it had been read here: keys, values and representatives of
// its blocks as they are, and its end as the local window. This is an
// approximation, because that text was read without what stands here before it.
//
// file and dirs name the text's snapshot as for Restore; it must be complete.
// The first skip tokens of the text are left out. Before, JoinPad(skip) tokens
// of no meaning must be read, and then the text's tokens from skip to
// JoinStart(skip).
//
// An error that is ErrNothingToJoin, one of ErrSnapshot..., of the context, of
// files or of memory comes before anything was changed, so the text can be read
// instead. After any other error the session is of no use, and says so.
func (s *Session) Join(ctx context.Context, file string, skip int, dirs ...string) (*Snapshot, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	all, err := s.openChain(file, dirs)
	if err != nil {
		return nil, err
	}
	defer all.close()
	head := all.last().head
	if !head.Complete() {
		return nil, fmt.Errorf("model: %s: %w: %d of %d tokens", all.last().dir, ErrSnapshotIncomplete, head.Pos(), head.Tokens)
	}
	joint, err := s.cache.Joint(head.Places, skip)
	if err != nil {
		return nil, fmt.Errorf("model: %s: %w", all.last().dir, err)
	}
	// Once to check all sums, and only then for good: nothing could be taken back.
	if err := all.read(ctx, joint.CheckRows, joint.CheckState); err != nil {
		return nil, err
	}
	if err := s.room(joint.Tokens()); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx)
	if err := joint.Begin(ctx); err != nil {
		return nil, s.broke(err)
	}
	all.lend(s.cache, joint.Lend)
	state := func(get func([]byte) error) error { return joint.End(get, s.model.rope.put) }
	if err := all.read(ctx, joint.Rows, state); err != nil {
		return nil, s.broke(err)
	}
	return head, nil
}
