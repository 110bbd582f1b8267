package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"fovea/model"
)

// restore begins the session with the snapshot that has most of what is
// pending, where there is one.
func (c *Conversation) restore(ctx context.Context) error {
	if c.session != nil || len(c.parts) == 0 || len(c.places) > 0 || !c.keeps() {
		return nil
	}
	for i := len(c.parts) - 1; i >= 0; i-- {
		for _, o := range c.origins(i) {
			done, err := c.restorePart(ctx, i, o)
			if done || err != nil {
				return err
			}
		}
	}
	c.explain()
	return nil
}

// origins are those with which a snapshot of part i may have been read: the
// conversation's own, and others from which it can change to its own; the one of
// which most was read first.
func (c *Conversation) origins(i int) []model.Origin {
	own := c.origin()
	list := []model.Origin{own}
	if !c.options.Snapshots.AnyBudget {
		return list
	}
	all, err := c.options.Snapshots.List()
	if err != nil {
		return list // what is wrong with the folder is told when it is written to
	}
	read := func(o model.Origin) int { // tokens that are kept of it
		for _, k := range all {
			if k.head != nil && k.head.Text == c.parts[i].text && k.head.Origin == o {
				return k.Read
			}
		}
		return 0
	}
	for _, k := range all {
		if k.head == nil || k.head.Text != c.parts[i].text {
			continue
		}
		o := k.head.Origin
		if o.Format == own.Format && o.Model == own.Model && o.KV == own.KV && o.Settings != own.Settings {
			list = append(list, o)
		}
	}
	slices.SortStableFunc(list, func(a, b model.Origin) int { return cmp.Compare(read(b), read(a)) })
	return list
}

// restorePart begins the session with the snapshot of part i of an origin, and
// says whether there was one.
func (c *Conversation) restorePart(ctx context.Context, i int, o model.Origin) (bool, error) {
	all, names, dirs := c.options.Snapshots, []string(nil), []string(nil)
	for _, p := range c.parts[:i+1] {
		name := nameOf(o, p.text)
		names, dirs = append(names, name), append(dirs, all.folder(name))
	}
	if _, err := model.ReadSnapshot(dirs[i]); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	wanted := c.options.Settings
	c.options.Settings = o.Settings
	err := c.open()
	c.options.Settings = wanted
	if err != nil {
		return false, err
	}
	var head *model.Snapshot
	var bases []*model.Base
	if err = c.session.CanChange(wanted); err == nil {
		head, err = c.session.Restore(ctx, c.engine.content, dirs...)
	}
	if err == nil {
		bases, err = c.bases(names, head)
	}
	if err != nil {
		c.Close()
		switch {
		case ctx.Err() != nil:
			return false, ctx.Err()
		case errors.Is(err, ErrOtherSession):
			return false, nil
		case errors.Is(err, ErrOutOfMemory), errors.Is(err, ErrDeviceLost):
			return false, err
		}
		all.tell(fmt.Errorf("%w: %s: %w", ErrReadAgain, c.parts[i].note.Title, err))
		if errors.Is(err, model.ErrSnapshotDamaged) {
			_ = all.Delete(names[i]) // where that fails, keeping it anew fails, too, and is told
		}
		return false, nil
	}
	c.restored = head.Pos()
	c.tookPending(c.restored)
	all.use(names)
	c.keeper = &keeper{all: all, origin: o, kept: bases, names: names[:len(bases)]}
	if !head.Complete() {
		c.keeper.open(names[i], c.parts[i].note.Title, func(dir string) (*model.SnapshotWriter, error) { return model.ContinueSnapshot(dir, head) })
	}
	return true, nil
}

// bases are what the snapshots of a chain tell those that go on behind them. The
// last one, head, counts where it is complete.
func (c *Conversation) bases(names []string, head *model.Snapshot) (list []*model.Base, err error) {
	for i, name := range names {
		s := head
		if i < len(names)-1 {
			if s, err = model.ReadSnapshot(c.options.Snapshots.folder(name)); err != nil {
				return nil, err
			}
		}
		if s.Complete() {
			list = append(list, s.AsBase(name))
		}
	}
	return list, nil
}

// explain tells why what was kept of the first document cannot be used.
func (c *Conversation) explain() {
	all, err := c.options.Snapshots.List()
	if err != nil {
		c.options.Snapshots.tell(fmt.Errorf("%w: %w", ErrReadAgain, err))
		return
	}
	first := c.parts[0].note
	for _, k := range all {
		if k.head == nil || k.content != first.Content || k.Model != first.Model {
			continue
		}
		if err := k.head.Origin.Differs(c.origin()); err != nil {
			c.options.Snapshots.tell(fmt.Errorf("%w: %s: %w", ErrReadAgain, first.Title, err))
			return
		}
	}
}
