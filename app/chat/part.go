package chat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fovea/app/engine"
)

// DefaultSoon is what Options.Soon is where it is not set.
const DefaultSoon = 10 * time.Second

// ErrWaits reports that a question waits until its documents are read, because
// there is no memory to come back from an answer to the middle of them.
var ErrWaits = errors.New("the answer waits until the documents are read")

// enough says whether the documents are read so far that an answer from this part
// is worth more than the wait for the rest: a page at least, and the rest takes
// long.
func (s *Service) enough(j *job, t *talk) bool {
	return j.part && t.part != nil && t.part.Page > 1 && t.part.Left > s.options.Soon && t.CanCut()
}

// cut ends the documents of a talk where their reading stands, until uncut.
// Where there is no memory for that, they are read to their end, and it says
// that this is the whole.
func (s *Service) cut(j *job, t *talk) (whole bool, err error) {
	m, err := t.Mark(j.ctx)
	for errors.Is(err, engine.ErrOutOfMemory) && s.makeMemory(j.conversation) {
		m, err = t.Mark(j.ctx)
	}
	if errors.Is(err, engine.ErrOutOfMemory) {
		s.notice(fmt.Errorf("%w: %w", ErrWaits, err))
		j.part = false
		return s.readAll(j, t)
	}
	if err != nil {
		return false, err
	}
	t.cut = &mark{m, len(t.docs), len(t.turns)}
	return false, t.Cut()
}

// uncut takes a talk back to where its documents were cut; nothing of the answer
// stays, and the reading can go on.
func (t *talk) uncut() error {
	m := t.cut
	t.cut = nil
	defer m.Free()
	t.turns = t.turns[:m.turns]
	return t.Return(context.Background(), m.Mark) // also when the service closes
}
