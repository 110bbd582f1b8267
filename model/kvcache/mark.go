package kvcache

import (
	"context"
	"fmt"

	"fovea/gpu"
	"fovea/model/actqkv"
)

// Mark is a place in a session's text to which the cache can return. Keys,
// values and representatives lie by position and are never changed, so a mark
// is a copy of only what steps overwrite: the ring of local keys, the
// accumulated weights, the statistics, the histories.
type Mark struct {
	places actqkv.Places
	asked  [2]int
	saved  []gpu.Buffer // in the order of Cache.overwritten
}

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
	m.saved = nil
}

// overwritten lists what steps overwrite.
func (c *Cache) overwritten() []gpu.View {
	if c.Settings.Method == actqkv.Full { // whose ring never comes round
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

// Mark makes a mark at the end of what was read so far.
func (c *Cache) Mark(ctx context.Context) (*Mark, error) {
	m := &Mark{places: c.Places, asked: c.Asked}
	r := gpu.NewRecording("mark")
	for _, v := range c.overwritten() {
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
	return m, nil
}

// Return goes back to a mark of this cache: what was read since is forgotten.
// The mark still holds afterwards.
func (c *Cache) Return(ctx context.Context, m *Mark) error {
	r := gpu.NewRecording("return to a mark")
	for i, v := range c.overwritten() {
		first, end := v.Range()
		r.Copy(v, gpu.View{Buffer: m.saved[i], Size: end - first})
	}
	if err := c.submit(ctx, r); err != nil {
		return err
	}
	c.Places, c.Asked = m.places, m.asked
	return nil
}

func (c *Cache) submit(ctx context.Context, r *gpu.Recording) error {
	defer c.dev.Release(r)
	if len(r.Ops) == 0 {
		return nil
	}
	return c.dev.Submit(ctx, r)
}
