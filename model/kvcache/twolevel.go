package kvcache

import (
	"context"

	"fovea/gpu"
	"fovea/model/actqkv"
	"fovea/shaders"
)

const (
	// twoLevelBlocks is the least number of blocks that there is room for from
	// which two-level selection is faster than scoring all blocks.
	twoLevelBlocks = 4096
	// maxSupers is the most super-blocks that are scored exactly.
	maxSupers = 2048
)

// TwoLevelCapacity is the tokens that a cache must have room for, or more, so
// that decode steps choose blocks on two levels.
func TwoLevelCapacity(s actqkv.Settings) int { return twoLevelBlocks * s.BlockSize }

// compacts says whether a cache for capacity tokens keeps compact
// representatives.
func (c *Cache) compacts(capacity int) bool { return c.recalls && c.blocks(capacity) >= c.twoLevel }

// supers is the number of super-blocks whose blocks decode steps score exactly;
// 0 where they score all blocks exactly.
func (c *Cache) supers() int {
	s := c.Settings
	n := (s.Candidates + shaders.Super - 1) / shaders.Super
	if !s.Recalls() || n == 0 || n > maxSupers || !c.compacts(c.capacity) || shaders.ListedBlocks(n) > c.blocks(c.capacity) {
		return 0
	}
	return n
}

// Turn says in which layers the next decode step makes the list of candidates
// anew: in all (0), which must be where lists are missing or of another text, or
// in those whose turn it is, so that all steps cost the same. A recording is for
// one turn: see StepTurn.
func (c *Cache) Turn() int {
	if n := c.Settings.Refresh; n > 1 && c.supers() > 0 && c.listed {
		return 1 + c.Places.Pos%n
	}
	return 0
}

// lists says whether a layer makes its list anew in steps of StepTurn.
func (c *Cache) lists(index int) bool {
	return c.StepTurn == 0 || (c.StepTurn-1+index)%c.Settings.Refresh == 0
}

// recordTwoLevel adds the choice of a decode step on two levels: from time to
// time a list of the best super-blocks of all by compact representatives, then
// exactly among the blocks of the list.
func (c *Cache) recordTwoLevel(r *gpu.Recording, lanes, index int, a shaders.Recall, rows stepRows) {
	l := &c.layers[index]
	a.Most, a.Select.List = c.supers(), rows.list
	if c.lists(index) {
		shaders.Coarse{
			Tokens: rows.tokens, Team: a.Select.Team, Cores: a.Select.Cores, Score: a.Score, Most: a.Most, Tau: a.Select.Tau,
			Compact: gpu.Whole(l.compact), Units: gpu.Whole(l.units), Centre: gpu.Whole(l.centre), Supers: rows.supers, List: a.Select.List,
		}.Record(r, lanes)
	}
	a.Record(r, lanes)
}

// recordCompact adds the compact representatives of a layer's groups of blocks
// that up to so many seals make full.
func (c *Cache) recordCompact(r *gpu.Recording, lanes, index, seals int) {
	l := &c.layers[index]
	if l.compact == nil {
		return
	}
	shaders.Compact{
		Heads: c.Shape.Heads, Repr: gpu.Whole(l.repr), Norms: gpu.Whole(l.norms), MaxSeals: seals,
		Compact: gpu.Whole(l.compact), Units: gpu.Whole(l.units), Centre: gpu.Whole(l.centre), Params: gpu.Whole(c.params),
	}.Record(r, lanes)
}

// compactAll makes the compact representatives anew, of all full groups.
func (c *Cache) compactAll() error { return c.compactFrom(0) }

// compactFrom does it for those that have block first or later ones.
func (c *Cache) compactFrom(first int) error {
	seals := c.Places.Blocks - first
	if c.Places.Blocks < shaders.Together || seals <= 0 || !c.compacts(c.capacity) {
		return nil
	}
	step := shaders.Step{SealFirst: uint32(first), Seals: uint32(seals)}
	step.Put(c.params.Bytes()) // the next step writes its own
	r := gpu.NewRecording("compact representatives")
	for i := range c.layers {
		c.recordCompact(r, c.dev.Info().SubgroupSize, i, seals)
	}
	return c.submit(context.Background(), r)
}

// SelectionBytes is what a decode step reads in all layers to choose among so
// many blocks, in bytes, on average over the turns. Of compact representatives
// it reads about a half: the dimensions that count.
func (c *Cache) SelectionBytes(blocks int) int64 {
	h, each := c.Shape.Heads, shaders.ReprBytes(c.Shape.Heads, blocks)
	if n := c.supers(); n > 0 {
		each = shaders.CompactBytes(h, blocks)/2/int64(max(1, c.Settings.Refresh)) + min(each, shaders.ReprBytes(h, shaders.ListedBlocks(n)))
	}
	return each * int64(c.Shape.Layers)
}
