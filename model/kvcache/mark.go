package kvcache

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"fovea/gpu"
	"fovea/model/actqkv"
)

// Mark is a place in a session's text to which the cache can return. Keys,
// values and representatives lie by position and are never changed, so a mark
// is a copy of only what steps overwrite: the ring of local keys, the
// accumulated weights, the statistics, the histories.
type Mark struct {
	cache  *Cache
	places actqkv.Places
	asked  [2]int
	paged  bool
	saved  []gpu.Buffer // in the order of Cache.marked
	gone   bool         // freed, or other tokens were read before it
}

// ErrMarkGone reports a mark that no longer holds.
var ErrMarkGone = errors.New("the mark does not hold: it is of another session, was freed, or other tokens were read before it; read the text again")

// Pos is the number of tokens before the mark.
func (m *Mark) Pos() int { return m.places.Pos }

// Bytes is the device memory that the mark holds.
func (m *Mark) Bytes() (n int64) {
	for _, b := range m.saved {
		n += b.Size()
	}
	return n
}

// Free gives the mark's memory back.
func (m *Mark) Free() {
	for _, b := range m.saved {
		b.Free()
	}
	m.saved, m.gone = nil, true
}

// check fails unless what lies before a mark is what lay there when it was made.
func (c *Cache) check(m *Mark) error {
	if m == nil || m.cache != c || m.gone {
		return fmt.Errorf("kvcache: %w", ErrMarkGone)
	}
	return nil
}

// outdate notes that rows from where the cache stands on are about to become
// others: no mark behind holds any more.
func (c *Cache) outdate() {
	c.forgetBatch()
	c.lent.truncate(max(0, c.Places.Pos-c.Settings.Init) / c.Settings.BlockSize)
	c.marks = slices.DeleteFunc(c.marks, func(m *Mark) bool {
		m.gone = m.gone || m.places.Pos > c.Places.Pos
		return m.gone
	})
}

// overwritten lists what steps overwrite.
func (c *Cache) overwritten() []gpu.View {
	if c.dense() { // whose ring never comes round
		return nil
	}
	views := []gpu.View{gpu.Whole(c.state)}
	for i := range c.layers {
		l := &c.layers[i]
		views = append(views, gpu.View{Buffer: l.k, Size: int64(c.ring) * c.Shape.Heads.RowBytes()})
		if c.recalls {
			views = append(views, c.accOf(i), gpu.Whole(l.stats))
		}
	}
	if c.recalls {
		views = append(views, gpu.Whole(c.question))
	}
	return views
}

// marked lists what a mark keeps: also, of a cache that is paged, the rows that
// go round.
func (c *Cache) marked(paged bool) []gpu.View {
	views := c.overwritten()
	if !paged {
		return views
	}
	size := int64(c.paging.tail) * c.Shape.Heads.RowBytes()
	for i := range c.layers {
		for h := range numHalves {
			views = append(views, gpu.View{Buffer: *c.half(i, h), Offset: c.base(h) + c.blockStart(0), Size: size})
		}
	}
	return views
}

// Mark makes a mark at the end of what was read so far.
func (c *Cache) Mark(ctx context.Context) (*Mark, error) {
	m := &Mark{cache: c, places: c.Places, asked: c.Asked, paged: c.Paged()}
	r := gpu.NewRecording("mark")
	for _, v := range c.marked(m.paged) {
		first, end := v.Range()
		b, err := c.dev.Alloc(gpu.Align(end-first), gpu.Local)
		if err != nil {
			m.Free()
			return nil, fmt.Errorf("kvcache: room for returning to this place: %w", err)
		}
		m.saved = append(m.saved, b)
		r.Copy(gpu.View{Buffer: b, Size: end - first}, v)
	}
	if err := c.submit(ctx, r); err != nil {
		m.Free()
		return nil, err
	}
	c.listed = false
	c.marks = append(c.marks, m)
	return m, nil
}

// Return goes back to a mark of this cache: what was read since is forgotten.
// The mark still holds afterwards; marks behind it hold until other tokens are
// read. An [ErrMarkGone] has changed nothing.
func (c *Cache) Return(ctx context.Context, m *Mark) error {
	if err := c.check(m); err != nil {
		return err
	}
	if c.Paged() && !m.paged {
		if m.places.Pos > c.Places.Pos {
			return fmt.Errorf("kvcache: the rows before the mark at token %d are gone since the session is at %d: %w", m.places.Pos, c.Places.Pos, ErrMarkGone)
		}
		if err := c.takeBack(m.places); err != nil {
			return err
		}
	}
	r := gpu.NewRecording("return to a mark")
	for i, v := range c.marked(m.paged) {
		first, end := v.Range()
		r.Copy(v, gpu.View{Buffer: m.saved[i], Size: end - first})
	}
	if err := c.submit(ctx, r); err != nil {
		return err
	}
	c.forgetBatch()
	c.Places, c.Asked, c.listed = m.places, m.asked, false
	if c.Paged() {
		for _, used := range c.paging.layers {
			used.forget(c.Places.Blocks)
		}
	}
	return nil
}

// takeBack brings the rows that were in no sealed block at some places, before
// the cache was paged, to where they belong now.
func (c *Cache) takeBack(places actqkv.Places) error {
	return c.rest(places, func(index int, h half, at int64, b []byte) error { return c.paging.writeTail(c, index, h, at, b) })
}

// rest calls f with the bytes from at on of a layer's keys or values of what was in
// no sealed block at some places, which hold until f returns, for all layers.
func (c *Cache) rest(places actqkv.Places, f func(index int, h half, at int64, b []byte) error) error {
	row := c.Shape.Heads.RowBytes()
	at := int64(c.restFirst(places)) * row
	b := make([]byte, int64(places.Pos)*row-at)
	for i := range c.layers {
		for h := range numHalves {
			if err := c.readRows(i, h, at, b); err != nil {
				return err
			}
			if err := f(i, h, at, b); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Cache) submit(ctx context.Context, r *gpu.Recording) error {
	defer c.dev.Release(r)
	if len(r.Ops) == 0 {
		return nil
	}
	return c.dev.Submit(ctx, r)
}
