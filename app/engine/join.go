package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fovea/app/document"
	"fovea/model"
)

// ErrJoined is what a Snapshots tells of a document that is not read behind those
// before it.
var ErrJoined = errors.New("the document is taken as it was read alone, without those before it")

// joinLeast is the fewest tokens for which something that was read alone is
// taken: to read fewer takes seconds at most, and what is read is exact.
const joinLeast = 2048

// joint is a part that can be taken as it was read alone.
type joint struct {
	name   string // of its snapshot
	origin model.Origin
	skip   int // tokens that stood before it: the template's
	first  int // of its own tokens, how many are to be read before it can be taken
	taken  int // and how many are then taken
}

// joints are the parts that are yet to be read and were read alone before, by
// their numbers. The first part is none: its snapshot is restored.
func (c *Conversation) joints() (map[int]*joint, error) {
	last := len(c.parts) - 1
	if c.options.Exact || last < 1 || c.parts[last-1].end < len(c.places) || !c.keeps() || !c.session.Settings().Recalls() {
		return nil, nil // as of questions behind documents that are read
	}
	kept, err := c.options.Snapshots.List()
	if err != nil {
		return nil, nil // what is wrong with the folder is told when it is written to
	}
	all := map[int]*joint{}
	for i := 1; i < len(c.parts); i++ {
		from, end := c.parts[i-1].end-len(c.places), c.parts[i].end-len(c.places)
		if from < 0 {
			continue // it is read, or being read
		}
		d := c.docs[c.parts[i].note.Before]
		content := contentOf("", d)
		if !slices.ContainsFunc(kept, func(k Kept) bool { return k.alone(content) }) {
			continue
		}
		j, err := c.jointOf(d, c.pending[from:end])
		if err != nil {
			return nil, err
		}
		if j != nil {
			all[i] = j
		}
	}
	return all, nil
}

// alone says whether a snapshot has a document of that content that was read alone
// to its end. With which settings and behind which system prompt, its name tells.
func (k Kept) alone(content string) bool {
	return k.head != nil && k.head.Complete() && k.head.Base == nil && k.content == content
}

// jointOf is how a document, of which the conversation has yet to read tokens,
// can be taken as it was read alone; nil: it cannot.
func (c *Conversation) jointOf(d *document.Document, tokens []placed) (*joint, error) {
	alone := c.engine.NewConversation(c.options, d)
	if err := alone.begin(); err != nil {
		return nil, err
	}
	j := &joint{skip: len(alone.pending) - len(tokens)}
	if j.skip < 0 {
		return nil, nil
	}
	start := c.session.JoinStart(j.skip)
	j.first, j.taken = start-j.skip, len(alone.pending)-start
	if j.taken < joinLeast {
		return nil, nil
	}
	// Behind other text the first tokens may be others, those that are taken not.
	same := func(a, b placed) bool { return a.id == b.id }
	if !slices.EqualFunc(alone.pending[start:], tokens[j.first:], same) {
		return nil, nil
	}
	for _, o := range alone.origins(0) {
		j.name, j.origin = nameOf(o, alone.parts[0].text), o
		head := c.options.Snapshots.head(j.name)
		if head != nil && head.Complete() && o.Settings.Recalls() && c.session.CanChange(o.Settings) == nil {
			return j, nil
		}
	}
	return nil, nil
}

// join puts part i behind what was read, as it was read alone. Where that cannot
// be done, all is as before, and the part is to be read.
func (r *reader) join(ctx context.Context, i int) error {
	c, j := r.Conversation, r.joints[i]
	delete(r.joints, i)
	all, title := c.options.Snapshots, c.parts[i].note.Title
	m, err := c.Mark(ctx)
	if errors.Is(err, ErrOutOfMemory) { // without a way back, what is damaged could not be read instead
		r.count()
		all.tell(fmt.Errorf("%w: %s: %w", ErrReadAgain, title, err))
		return nil
	}
	if err != nil {
		return err
	}
	defer m.Free()
	if err = c.join(ctx, i, j); err == nil {
		r.from += j.taken
		r.count()
		all.use([]string{j.name})
		all.tell(fmt.Errorf("%w: %s", ErrJoined, title))
		return nil
	}
	if back := c.Return(context.WithoutCancel(ctx), m); back != nil {
		return errors.Join(err, back)
	}
	r.count()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, ErrOutOfMemory), errors.Is(err, ErrDeviceLost):
		return err
	}
	all.tell(fmt.Errorf("%w: %s: %w", ErrReadAgain, title, err))
	if errors.Is(err, ErrSnapshotDamaged) {
		_ = all.Delete(j.name) // where that fails, the next conversation tells of it again
	}
	return nil
}

// join reads what is to be read before part i can be taken, and takes it. After
// an error the conversation is to return to where it was.
func (c *Conversation) join(ctx context.Context, i int, j *joint) error {
	c.pad(i, c.session.JoinPad(j.skip))
	n := c.parts[i].end - len(c.places) - j.taken
	if err := c.session.Prefill(ctx, idsOf(c.pending[:n]), nil); err != nil {
		return err
	}
	now := c.session.Settings()
	if err := c.session.Change(now.ReadOn(j.origin.Settings)); err != nil {
		// Not wrapped: to read takes no memory for another budget, so it need not fail.
		return fmt.Errorf("engine: there is no room for the budget that it was read with: %v", err)
	}
	_, err := c.session.Join(ctx, c.engine.content, j.skip, c.options.Snapshots.folder(j.name))
	if err = errors.Join(err, c.session.Change(now)); err != nil {
		return err
	}
	c.tookPending(n + j.taken)
	c.parts[i].joined, c.restored = true, c.restored+j.taken
	return nil
}

// pad puts n tokens of no document before part i, which is to be read next.
func (c *Conversation) pad(i, n int) {
	lines := c.engine.Tokenizer.IDs("\n", false)
	c.pending = slices.Concat(slices.Repeat([]placed{{id: lines[len(lines)-1]}}, n), c.pending)
	if c.asking[1] > 0 {
		c.asking[0], c.asking[1] = c.asking[0]+n, c.asking[1]+n
	}
	c.parts = slices.Clone(c.parts) // a mark has them as they were
	for k := range c.parts[i:] {
		c.parts[i+k].end += n
	}
}

// Joined are the numbers of the documents that were not read behind those before
// them, but taken as they were read alone.
func (c *Conversation) Joined() (numbers []int) {
	for _, p := range c.parts {
		if p.joined {
			numbers = append(numbers, p.note.Before)
		}
	}
	return numbers
}
