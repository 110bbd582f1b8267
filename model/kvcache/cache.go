// Package kvcache keeps the keys and values of a session on a device and
// records what a step does with them: which blocks are recalled, attention
// over them, and the sealing of new blocks.
//
// Keys and values lie by position, un-rotated; initial tokens, blocks and the
// remainder are ranges of positions (actqkv.Places), so nothing is copied when
// a token goes from one place to the next. The keys of the local window exist
// a second time, rotated by their position, in a ring.
package kvcache

import (
	"context"
	"fmt"
	"math"

	"fovea/gpu"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// Shape is what the cache must know of a model.
type Shape struct {
	Layers  int
	Heads   shaders.Heads
	HeadDim int // before padding
	Pairs   int // rotated pairs of a head
}

// Cache is the KV cache of one session. It is used by one goroutine at a time.
type Cache struct {
	Shape    Shape
	Settings actqkv.Settings
	Places   actqkv.Places
	// Asked says that the tokens at positions [Asked[0], Asked[1]) are the
	// user's question: prefill windows after the one that has them, and decode
	// steps, also score blocks by it. They should lie in one window; of two the
	// later counts.
	Asked [2]int
	// AskWindow says that windows that are recorded from now on have tokens of the
	// question.
	AskWindow bool
	// StepWatch is what decode steps that are recorded from now on find for
	// Report, of bias and mass: nothing else needs them.
	StepWatch Watch
	// StepTurn is the Turn that decode steps are recorded for from now on.
	StepTurn int
	// Batching says that programs that are recorded from now on are of a batch.
	Batching bool

	dev      gpu.Device
	tiers    Tiers
	paging   *paging // nil: all keys and values lie on the device
	lent     lent    // blocks that lie in files of others
	torn     bool
	capacity int // tokens
	ring     int
	recalls  bool // there are representatives, whatever the method is now
	twoLevel int  // blocks from which there are compact ones
	listed   bool // every layer has a list of candidates; see Turn
	most     int  // blocks of a layer that there is room for in what steps tell
	layers   []layer
	all      []gpu.Buffer // fixed-size memory, freed by Close

	params, angles              gpu.Buffer // Host
	queries, out                gpu.Buffer
	ml                          gpu.Buffer // of a window, or of a decode step for each layer
	shares, windowShares        shares     // of a decode step, of a window
	weighShares                 shares     // of the queries of a window, in Weigh
	probe, globals, state       gpu.Buffer
	acc                         gpu.Buffer // accumulated weights of local tokens, per layer
	bias, reports, mass         gpu.Buffer // what steps tell, per layer
	told                        gpu.Buffer // Host: a copy of reports, where these are out of the host's reach
	kept                        gpu.Buffer // scores of a decode step, per layer
	question                    gpu.Buffer // per layer
	packed                      gpu.Buffer // blocks that a step seals, per layer and half
	arrived, places             gpu.Buffer // Host: blocks to unpack, and where to
	biasRow, reportRow, massRow int64      // bytes from one layer to the next
	packedRow                   int64      // bytes from one half to the next
	accRow, keptRow, mlRow      int64
	window                      int      // tokens that the running step's recording was made for
	tall                        bool     // tiles of attention that only a software driver has room for
	fixed                       int64    // bytes
	choiceHeap                  gpu.Heap // of globals and reports

	marks   []*Mark // that hold
	batch   *batch  // nil: not needed yet
	noBatch bool    // the device had no room for one
}

type layer struct {
	k, v        gpu.Buffer // (ring+rows, heads, octets), (rows, heads, octets)
	repr, norms gpu.Buffer // per block
	scores      gpu.Buffer // per block
	beyond      gpu.Buffer // per block: scores beyond those of a typical query
	stats       gpu.Buffer // fixed size
	// Of caches with room for many blocks: per block; supers, per super-block; the
	// list of candidates, of fixed size.
	compact, units, centre, supers, list gpu.Buffer
}

// shares says how many workgroups share the keys of a KV head and a tile of
// queries, and is room for the partial results that they leave each other.
type shares struct {
	splits int
	room   gpu.Buffer // nil for one
}

func (s *shares) view() gpu.View {
	if s.room == nil {
		return gpu.View{}
	}
	return gpu.Whole(s.room)
}

// shareKeys settles the shares: on software drivers few, since each leaves a
// partial result, but as many for each of two or four cores; on graphics cards as
// many as keep them busy, of a decode step, which has one query, one for every chunk
// of keys or so.
func (c *Cache) shareKeys() {
	c.shares.splits, c.windowShares.splits, c.weighShares.splits, c.tall = 4, 1, 1, true
	if c.dev.Info().Team > 1 {
		c.shares.splits, c.windowShares.splits, c.weighShares.splits, c.tall = 32, 8, 4, false
	}
}

// New makes the memory of a session that can hold capacity tokens.
func New(dev gpu.Device, shape Shape, s actqkv.Settings, t Tiers, capacity int) (*Cache, error) {
	return newCache(dev, shape, s, t, capacity, twoLevelBlocks)
}

func newCache(dev gpu.Device, shape Shape, s actqkv.Settings, t Tiers, capacity, twoLevel int) (c *Cache, err error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	c = &Cache{Shape: shape, Settings: s, dev: dev, tiers: t, ring: s.Ring(capacity), recalls: s.Recalls(), twoLevel: twoLevel}
	c.shareKeys()
	defer func() {
		if err != nil {
			c.Close()
			c = nil
		}
	}()
	if err := c.allocFixed(); err != nil {
		return c, err
	}
	c.layers = make([]layer, shape.Layers)
	for i := range c.layers {
		l := &c.layers[i]
		if c.recalls {
			l.stats, err = c.alloc(int64(2*shape.Heads.Features())*4, gpu.Local)
			if err != nil {
				return c, err
			}
		}
	}
	return c, c.grow(capacity)
}

func (c *Cache) alloc(bytes int64, heap gpu.Heap) (gpu.Buffer, error) {
	b, err := c.dev.Alloc(gpu.Align(bytes), heap)
	if err != nil {
		return nil, fmt.Errorf("kvcache: %w", err)
	}
	c.all = append(c.all, b)
	c.fixed += b.Size()
	return b, nil
}

func (c *Cache) allocFixed() error {
	s, h, w := c.Settings, c.Shape.Heads, int64(c.Settings.Window)
	features := int64(h.Features())
	c.biasRow, c.mlRow, c.accRow = gpu.Align(w*4), gpu.Align(int64(h.Width())*8), gpu.Align(int64(h.Width()*c.ring)*4)
	layers := int64(c.Shape.Layers)
	all := []memory{
		{&c.params, shaders.StepBytes(s.Window), gpu.Host},
		{&c.angles, (w + 1) * int64(shaders.RopeRow(c.Shape.Pairs)) * 4, gpu.Host},
		{&c.queries, 2 * w * features * 4, gpu.Local},
		{&c.out, w * features * 4, gpu.Local},
		{&c.ml, max(w*int64(h.Width())*8, layers*c.mlRow), gpu.Local},
		{&c.shares.room, shaders.Attend{Heads: h, Window: 1, Splits: c.shares.splits}.SharedBytes(), gpu.Local},
		{&c.probe, features * 4, gpu.Local},
		{&c.state, shaders.StateBytes(c.Shape.Layers, s.History), gpu.Local},
		{&c.bias, layers * c.biasRow, gpu.Local},
	}
	if c.recalls {
		all = append(all, memory{&c.question, layers * gpu.Align(features*4), gpu.Local}, memory{&c.acc, layers * c.accRow, gpu.Local})
	}
	if n := c.weighShares.splits; n > 1 && c.recalls {
		weigh := shaders.Weigh{Heads: h, Ring: c.ring, Splits: n}
		all = append(all, memory{&c.weighShares.room, weigh.SharedBytes(c.dev.Info().SubgroupSize), gpu.Local})
	}
	if n := c.windowShares.splits; n > 1 {
		all = append(all, memory{&c.windowShares.room, shaders.Attend{Heads: h, Window: s.Window, Splits: n}.SharedBytes(), gpu.Local})
	}
	if c.packs() {
		c.packedRow = gpu.Align(int64(s.MaxSeals(s.Window)) * c.recordBytes())
		all = append(all, memory{&c.packed, layers * int64(numHalves) * c.packedRow, gpu.Local})
	}
	all = append(all, c.recallMemory(s.MaxBlocks())...)
	return c.allocAll(all)
}

// memory is a buffer to make.
type memory struct {
	to    *gpu.Buffer
	bytes int64
	heap  gpu.Heap
}

func (c *Cache) allocAll(all []memory) error {
	for _, a := range all {
		b, err := c.alloc(a.bytes, a.heap)
		if err != nil {
			return err
		}
		*a.to = b
	}
	return nil
}

// recallMemory is what a step needs to recall up to most blocks in a layer.
func (c *Cache) recallMemory(most int) []memory {
	c.most = most
	c.reportRow = gpu.Align(int64(shaders.ReportWords+most) * 4)
	c.massRow = gpu.Align(int64(most) * 4)
	c.keptRow = gpu.Align(int64(c.Shape.Heads.Width()*c.slots()) * 4)
	layers := int64(c.Shape.Layers)
	all := []memory{
		{&c.globals, shaders.GlobalsBytes(c.mostGlobals()), c.choiceHeap},
		{&c.reports, layers * c.reportRow, c.choiceHeap},
	}
	if c.choiceHeap == gpu.Local && !c.dev.Info().Unified {
		all = append(all, memory{&c.told, layers * c.reportRow, gpu.Host})
	}
	if c.recalls {
		all = append(all, memory{&c.mass, layers * c.massRow, gpu.Local}, memory{&c.kept, layers * c.keptRow, gpu.Local})
	}
	if c.packs() {
		all = append(all, memory{&c.arrived, int64(most*int(numHalves)) * c.recordBytes(), gpu.Host}, memory{&c.places, int64(1+most) * 4, gpu.Host})
	}
	return all
}

// mostGlobals is the most global keys that a step has.
func (c *Cache) mostGlobals() int {
	s := c.Settings
	return s.Init + c.most*s.BlockSize + s.BlockSize + s.Window
}

// slots is the room for the scores that a decode step keeps of a query head.
func (c *Cache) slots() int {
	return shaders.KeptSlots(c.mostGlobals(), min(c.Settings.Local, c.ring), c.dev.Info().SubgroupSize)
}

// ofLayer is a layer's row of a buffer that has one of row bytes for each.
func ofLayer(b gpu.Buffer, row int64, index int) gpu.View {
	return gpu.View{Buffer: b, Offset: int64(index) * row, Size: row}
}

// accOf is the accumulated weights of a layer's local tokens: (width, ring).
func (c *Cache) accOf(index int) gpu.View { return ofLayer(c.acc, c.accRow, index) }

func (c *Cache) blocks(capacity int) int { return capacity/c.Settings.BlockSize + 1 }

// Capacity is the number of tokens that fit without growing.
func (c *Cache) Capacity() int { return c.capacity }

// dense says that attention is dense: it keeps its keys in another way.
func (c *Cache) dense() bool { return c.Settings.Method == actqkv.Full }

// MaxCapacity is the number of tokens whose keys, or only representatives where
// blocks may lie off the device, fit the largest buffer.
func (c *Cache) MaxCapacity() int {
	represented := int(c.dev.Info().MaxBuffer/shaders.ReprBytes(c.Shape.Heads, 1)) * shaders.Together * c.Settings.BlockSize
	if c.mayPage() {
		return represented
	}
	return min(c.maxResident(), represented)
}

// maxResident is the number of tokens whose keys fit the largest buffer.
func (c *Cache) maxResident() int {
	rows := int(c.dev.Info().MaxBuffer / c.Shape.Heads.RowBytes())
	if c.dense() {
		return rows / 2 // the ring is as long as the store
	}
	return rows - c.ring
}

// Grow makes room for capacity tokens; recordings made before no longer hold.
func (c *Cache) Grow(capacity int) error {
	if capacity <= c.capacity {
		return nil
	}
	if c.dense() {
		return fmt.Errorf("kvcache: dense attention over %d tokens was asked for, the session was made for %d", capacity, c.capacity)
	}
	return c.grow(capacity)
}

// Fits says whether the device has room for capacity tokens without taking
// blocks off it.
func (c *Cache) Fits(capacity int) bool {
	return c.paging == nil && capacity <= c.maxResident() && c.storeBytes(capacity, capacity) <= c.room(c.stored())
}

func (c *Cache) grow(capacity int) error {
	if most := c.MaxCapacity(); capacity > most {
		return fmt.Errorf("kvcache: %d tokens do not fit: on %s the keys of one layer are limited to %d tokens of this model; choose a shorter text or another device: %w",
			capacity, c.dev.Info().Name, most, gpu.ErrOutOfMemory)
	}
	c.dropBatch()
	info, held := c.dev.Info(), c.stored()
	need, room := c.storeBytes(capacity, capacity), c.room(held)
	switch {
	case c.paging != nil:
		if err := c.paging.cold.check(c.records(capacity)); err != nil {
			return err
		}
	case c.mayPage() && !c.Fits(capacity):
		if err := c.page(capacity, room); err != nil {
			return err
		}
	case need > room:
		return fmt.Errorf("kvcache: %d tokens need %d MiB of device memory, %s has %d MiB of which %d MiB are free; choose a shorter text, a smaller model or another device: %w",
			capacity, need>>20, info.Name, info.Memory>>20, max(0, room-held)>>20, gpu.ErrOutOfMemory)
	}
	first := c.layers[0].compact == nil
	for i := range c.layers {
		for _, b := range c.store(&c.layers[i], capacity, c.deviceRows(capacity)) {
			if err := c.resize(b.to, b.bytes); err != nil {
				return fmt.Errorf("kvcache: room for %d tokens: %w", capacity, err)
			}
		}
	}
	c.capacity, c.listed = capacity, false
	if first {
		return c.compactAll()
	}
	return nil
}

// sized is a buffer with the bytes that it needs.
type sized struct {
	to    *gpu.Buffer
	bytes int64
}

// stored is what the buffers have that grow with the tokens, in bytes.
func (c *Cache) stored() (n int64) {
	for i := range c.layers {
		for _, b := range c.store(&c.layers[i], 0, 0) {
			if *b.to != nil {
				n += (*b.to).Size()
			}
		}
	}
	return n
}

// storeBytes is the size of these buffers for capacity tokens, so many rows of
// which lie on the device.
func (c *Cache) storeBytes(capacity, rows int) (n int64) {
	for _, b := range c.store(&layer{}, capacity, rows) {
		n += gpu.Align(b.bytes) * int64(len(c.layers))
	}
	return n
}

// room is how large these buffers may become, in bytes, of which they have held.
func (c *Cache) room(held int64) int64 {
	room := int64(math.MaxInt64)
	if info := c.dev.Info(); info.Memory > 0 {
		room = info.Memory - c.dev.Stats().LocalBytes + held
	}
	if c.mayPage() {
		room = min(room, c.dev.Free()+held)
	}
	if c.tiers.Device > 0 {
		room = min(room, c.tiers.Device)
	}
	return room
}

// deviceRows is the number of rows of keys and values that the device has room for
// when there is room for capacity tokens.
func (c *Cache) deviceRows(capacity int) int {
	if p := c.paging; p != nil {
		return p.rows(c.Settings)
	}
	return capacity
}

// store lists the buffers of a layer that grow with the tokens, or, keys and
// values, with the rows that lie on the device.
func (c *Cache) store(l *layer, capacity, rows int) []sized {
	row, blocks := c.Shape.Heads.RowBytes(), c.blocks(capacity)
	all := []sized{{&l.k, int64(c.ring+rows) * row}, {&l.v, int64(rows) * row}}
	if c.recalls {
		all = append(all, sized{&l.repr, shaders.ReprBytes(c.Shape.Heads, blocks)},
			sized{&l.norms, int64(blocks) * 4}, sized{&l.scores, shaders.ScoreBytes(blocks)},
			sized{&l.beyond, int64(blocks) * 4})
	}
	if c.compacts(capacity) || l.compact != nil {
		all = append(all, sized{&l.compact, shaders.CompactBytes(c.Shape.Heads, blocks)},
			sized{&l.units, int64(blocks) * 4}, sized{&l.centre, shaders.CentreBytes(c.Shape.Heads)}, sized{&l.supers, shaders.SupersBytes(blocks)},
			sized{&l.list, shaders.ListBytes(maxSupers)})
	}
	return all
}

// resize gives *b at least bytes bytes and keeps its content.
func (c *Cache) resize(b *gpu.Buffer, bytes int64) error {
	old := *b
	if old != nil && old.Size() == gpu.Align(bytes) {
		return nil
	}
	grown, err := c.dev.Alloc(gpu.Align(bytes), gpu.Local)
	if err != nil {
		return err
	}
	if old != nil {
		r := gpu.NewRecording("grow the KV cache")
		r.Copy(gpu.View{Buffer: grown, Size: old.Size()}, gpu.Whole(old))
		err = c.dev.Submit(context.Background(), r)
		c.dev.Release(r)
		if err != nil {
			grown.Free()
			return err
		}
		old.Free()
	}
	*b = grown
	return nil
}

// Close frees the memory. Recordings that use it must not run any more.
func (c *Cache) Close() {
	for i := range c.layers {
		for _, b := range c.store(&c.layers[i], 0, 0) {
			if *b.to != nil {
				(*b.to).Free()
			}
		}
	}
	for _, b := range c.all {
		b.Free()
	}
	if c.paging != nil {
		c.paging.cold.close()
	}
	c.lent.truncate(0)
	c.layers, c.all, c.paging = nil, nil, nil
}

// Memory says what a session holds, in bytes.
type Memory struct {
	Store int64 // on the device, growing with the tokens: keys, values, representatives
	Fixed int64 // on the device, not growing
	Host  int64 // keys and values of sealed blocks in host memory
	Disk  int64 // and in a file of the session's own
	Lent  int64 // and in the files of snapshots, wherever else they are
}

// Memory says what the cache holds.
func (c *Cache) Memory() Memory {
	rings := int64(len(c.layers)*c.ring) * c.Shape.Heads.RowBytes()
	m := Memory{Fixed: c.fixed + rings, Store: c.stored() - rings}
	if c.paging != nil {
		m.Host, m.Disk = c.paging.cold.held(), c.paging.cold.stored()
		m.Lent = int64(c.lent.count()*c.paging.cold.perBlock) * c.recordBytes()
	}
	return m
}
