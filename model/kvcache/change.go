package kvcache

import (
	"errors"
	"fmt"
	"slices"

	"fovea/gpu"
	"fovea/model/actqkv"
)

// ErrOtherSession reports settings that a session cannot take on: what it has
// read would have to be read again.
var ErrOtherSession = errors.New("the text must be read again for these settings")

// CanChange says whether Change would take the settings, with an
// ErrOtherSession that says why not.
func (c *Cache) CanChange(to actqkv.Settings) error {
	if err := to.Validate(); err != nil {
		return err
	}
	now := c.Settings
	switch {
	case (now.Method == actqkv.Full) != (to.Method == actqkv.Full):
		return fmt.Errorf("kvcache: dense attention keeps its keys in another way: %w", ErrOtherSession)
	case to.Recalls() && !c.recalls:
		return fmt.Errorf("kvcache: method %s made no representatives to recall blocks by: %w", now.Method, ErrOtherSession)
	case now.BlockSize != to.BlockSize || now.Init != to.Init || now.Local != to.Local || now.Window != to.Window ||
		now.History != to.History || now.Repr != to.Repr:
		return fmt.Errorf("kvcache: block, n-init, n-local, window, history and repr are a session's for good: %w", ErrOtherSession)
	}
	return nil
}

// Change takes other settings for the steps to come: the method, how many
// blocks are recalled, the temperature. What was read stays as it is, so under
// method actqkv the statistics lack what was read under another method.
// Recordings made before no longer hold.
func (c *Cache) Change(to actqkv.Settings) error {
	if err := c.CanChange(to); err != nil {
		return err
	}
	if p := c.paging; p != nil && to.MaxBlocks() > p.slots {
		return fmt.Errorf("kvcache: the device has room for %d blocks of a layer, %d are to be recalled; choose a smaller budget: %w", p.slots, to.MaxBlocks(), gpu.ErrOutOfMemory)
	}
	c.dropBatch()
	if most := to.MaxBlocks(); most > c.most {
		if err := c.remake(most); err != nil {
			return err
		}
	}
	c.Settings, c.listed = to, false
	return nil
}

// remake makes anew what a step needs to recall up to most blocks in a layer.
func (c *Cache) remake(most int) error {
	before := *c
	old := []gpu.Buffer{c.globals, c.reports}
	if c.told != nil {
		old, c.told = append(old, c.told), nil
	}
	if c.recalls {
		old = append(old, c.mass, c.kept)
	}
	if c.packs() {
		old = append(old, c.arrived, c.places)
	}
	if err := c.allocAll(c.recallMemory(most)); err != nil {
		for _, b := range c.all[len(before.all):] {
			b.Free()
		}
		*c = before
		return err
	}
	c.free(old...)
	return nil
}

// toHost takes the decisions of layers, and the lists of keys that come of them, to
// where the host reads and writes them without the device's doing.
func (c *Cache) toHost() error {
	was := c.choiceHeap
	if c.choiceHeap = gpu.Host; was == gpu.Host || c.dev.Info().Unified {
		return nil
	}
	if err := c.remake(c.most); err != nil {
		c.choiceHeap = was
		return err
	}
	return nil
}

// free gives fixed-size memory back.
func (c *Cache) free(buffers ...gpu.Buffer) {
	for _, b := range buffers {
		c.fixed -= b.Size()
		c.all = slices.DeleteFunc(c.all, func(other gpu.Buffer) bool { return other == b })
		b.Free()
	}
}
