package shaders

import (
	"fmt"
	"math"
	"slices"

	"fovea/gpu"
)

// Attend is attention of a step's queries over local and global keys in one
// softmax.
type Attend struct {
	Heads   Heads
	K       gpu.View // (ring+rows, heads, octets): the ring of rotated keys, then un-rotated ones
	V       gpu.View // (rows, heads, octets)
	Q       gpu.View // (2, Window, width, octets*8) floats, from Rope
	Globals gpu.View // a list (GlobalsBytes): initial ones, recalled ones, the remainder; of a batch one each, of equal size, a multiple of 16 bytes
	Out     gpu.View // (Window, width, octets*8) floats
	ML      gpu.View // (Window, width) of (maximum, sum) of the scores
	Window  int      // rows of queries in Q; the most tokens a step has
	Tokens  int      // of a batch, whose tokens are steps of their own; else 0. Window is as many
	Scale   float32
	Params  gpu.View

	// Splits is the number of shares of the keys that run in parallel. For more
	// than one, Shared is room for what they leave each other (SharedBytes); it
	// must hold zeros before the first use.
	Splits int
	Shared gpu.View
	// Tall allows tiles that only a software driver has registers for.
	Tall bool

	// Kept, where set, receives the scores of steps of one query: per query
	// head Slots floats, those of the local keys in whole chunks (ChunkKeys),
	// then, with KeepGlobals, those of the global keys. A key that is not seen
	// has a score below all others.
	Kept        gpu.View // (Tokens, width, Slots)
	Slots       int
	KeepGlobals bool
}

// attendTiles are the compiled tile heights by octets a lane owns.
var attendTiles = map[KV]map[int][]int{
	KV16: {1: {1, 3, 4, 8, tallTile}, 2: {1, 4, 8}, 4: {4}},
	KV32: {1: {4}, 2: {4}, 4: {4}},
}

// tallTile is the tile height of Attend.Tall.
const tallTile = 16

// Check says why a device of so many lanes cannot run attention over the heads.
func (h Heads) Check(lanes int) error {
	if _, ok := attendTiles[h.KVType][h.octetsPerLane(lanes)]; !ok {
		return fmt.Errorf("shaders: heads of %d dimensions need more than the %d lanes of this device's subgroups", h.Octets*8, lanes)
	}
	return nil
}

// octetsPerLane is the number of octets of a head that each lane owns.
func (h Heads) octetsPerLane(lanes int) int { return max(1, h.Octets/lanes) }

// tileFor is the lowest tile that holds rows, else the highest there is.
func tileFor(tiles []int, rows int) int {
	for _, t := range tiles {
		if t >= rows {
			return t
		}
	}
	return tiles[len(tiles)-1]
}

// step is the most tokens of a step.
func (a Attend) step() int {
	if a.Tokens > 0 {
		return 1
	}
	return a.Window
}

// tile is the number of query rows of a workgroup.
func (a Attend) tile(lanes int) int {
	tiles := attendTiles[a.Heads.KVType][a.Heads.octetsPerLane(lanes)]
	if !a.Tall {
		tiles = slices.DeleteFunc(slices.Clone(tiles), func(t int) bool { return t == tallTile })
	}
	return tileFor(tiles, a.step()*a.Heads.Group)
}

// ChunkKeys is the number of keys that attention takes at once.
func ChunkKeys(lanes int) int { return chunkKeys * lanes }

// KeptSlots is the room for the kept scores of a query head, of steps that see
// at most so many global and local keys.
func KeptSlots(globals, local, lanes int) int {
	chunk := ChunkKeys(lanes)
	return int(groups(globals, chunk)+groups(local, chunk)) * chunk
}

// shared is the layout of Attend.Shared: parts of Out, of ML, and a count of
// finished shares for each tile, at these offsets in bytes.
func (a Attend) shared() (ml, done, size int64) {
	rows := int64(a.Splits * a.Window * a.Heads.Width())
	ml = gpu.Align(rows * int64(a.Heads.Octets) * 8 * 4)
	done = ml + gpu.Align(rows*8)
	return ml, done, done + gpu.Align(int64(a.Window*a.Heads.Width())*4)
}

// SharedBytes is the size of Shared.
func (a Attend) SharedBytes() int64 {
	_, _, size := a.shared()
	return size
}

// Record adds the attention to r.
func (a Attend) Record(r *gpu.Recording, lanes int) {
	h := a.Heads
	if err := h.Check(lanes); err != nil {
		panic(err)
	}
	tile := a.tile(lanes)
	name := fmt.Sprintf("attend_%s_o%d_t%d", h.KVType, h.octetsPerLane(lanes), tile)
	need(name, "queries", a.Q, int64(2*a.Window*h.Features())*4)
	need(name, "out", a.Out, int64(a.Window*h.Features())*4)
	need(name, "ml", a.ML, int64(a.Window*h.Width())*8)
	parts, partML, done := a.Out, a.ML, a.ML // unused without splits
	if a.Splits > 1 {
		need(name, "shared", a.Shared, a.SharedBytes())
		lo, _ := a.Shared.Range()
		ml, counts, size := a.shared()
		parts = gpu.View{Buffer: a.Shared.Buffer, Offset: lo, Size: ml}
		partML = gpu.View{Buffer: a.Shared.Buffer, Offset: lo + ml, Size: counts - ml}
		done = gpu.View{Buffer: a.Shared.Buffer, Offset: lo + counts, Size: size - counts}
	}
	keep, kept := uint32(0), a.Out
	if a.Kept.Buffer != nil {
		if a.step() != 1 {
			panic("shaders: attend: scores of a window of more than one query are not kept")
		}
		need(name, "kept", a.Kept, int64(a.Window*h.Width()*a.Slots)*4)
		if keep, kept = 1, a.Kept; a.KeepGlobals {
			keep = 2
		}
	}
	tiles, steps := groups(a.step()*h.Group, tile), max(1, a.Tokens)
	r.Dispatch(kernel(name, attendTwin(h.KVType)), [3]uint32{uint32(steps) * tiles, uint32(h.KV), uint32(a.Splits)},
		[]uint32{uint32(a.Splits), uint32(h.Octets), keep},
		[]uint32{
			uint32(h.KV), uint32(h.Group), uint32(a.Window), uint32(a.Slots), bits(a.Scale),
			tiles, rowWords(name, "globals", a.Globals, steps, listed) / 4,
		},
		a.K, a.V, a.Q, a.Globals, a.Params, a.Out, a.ML, parts, partML, done, kept)
}

// keySet is the keys that the queries of a step may see in one KV head.
type keySet struct {
	dim           int
	pos           []int // positions: globals of them, then local ones in order
	rows          []int // of their values
	globals       int
	keys          []float32 // (len(pos), dim)
	first, nLocal int       // position of the first local key; distances below nLocal are local
}

// gather reads the keys of KV head h: un-rotated ones of the list globals,
// rotated ones of the local window.
func gather(kv KV, k []byte, list []uint32, s Step, heads, octets, h int) keySet {
	ring, end := int(s.Ring), int(s.Pos+s.Queries)
	set := keySet{dim: 8 * octets, globals: int(list[0]), first: int(s.LocalFirst), nLocal: int(s.Local)}
	var keys []int
	rest := set.globals - int(s.RemEnd-s.RemFirst)
	for i, row := range list[listed : listed+set.globals] {
		pos := 0 // far enough from every query
		if i >= rest {
			pos = int(s.RemFirst) + i - rest
		}
		set.pos, set.rows, keys = append(set.pos, pos), append(set.rows, int(row)), append(keys, ring+int(row))
	}
	for p := set.first; p < end; p++ {
		set.pos, set.rows, keys = append(set.pos, p), append(set.rows, s.RowOf(p)), append(keys, p%ring)
	}
	set.keys = readRows(kv, k, keys, heads, octets, h)
	return set
}

// readRows reads head h of rows of b (rows, heads, octets) as floats.
func readRows(kv KV, b []byte, rows []int, heads, octets, h int) []float32 {
	v := make([]float32, 0, len(rows)*8*octets)
	for _, row := range rows {
		for o := range octets {
			x := kv.octet(b, (row*heads+h)*octets+o)
			v = append(v, x[:]...)
		}
	}
	return v
}

// see calls f with the index and the score scale * q.k of every key that a
// query at position pos sees, in order: global ones at a distance of nLocal or
// more by the query turned by n_local-1, local ones below it by the one turned
// by its own position.
func (s *keySet) see(pos int, local, far []float32, scale float64, f func(i int, score float64)) {
	score := func(q []float32, i int) float64 {
		sum := 0.0
		for d, k := range s.keys[i*s.dim:][:s.dim] {
			sum += float64(k) * float64(q[d])
		}
		return scale * sum
	}
	for i, p := range s.pos[:s.globals] {
		if p <= pos-s.nLocal {
			f(i, score(far, i))
		}
	}
	for p := max(s.first, pos-s.nLocal+1); p <= pos; p++ {
		i := s.globals + p - s.first
		f(i, score(local, i))
	}
}

// attendTwin is the twin of attend.comp: softmax(scale q K^T) V per query and
// head over the keys it sees. It knows no shares.
func attendTwin(kv KV) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		for token := range int(c.Groups[0] / c.Push[5]) {
			attendStep(kv, c, token)
		}
	}
}

// attendStep is the attention of a step: of token number `token` of a batch.
func attendStep(kv KV, c *gpu.Call, token int) {
	octets, keep := int(c.Spec[1]), c.Spec[2]
	heads, group, window, slots, scale := int(c.Push[0]), int(c.Push[1]), int(c.Push[2]), int(c.Push[3]), float(c.Push[4])
	q, s, out, ml, kept := f32s(c.Bufs[2]), stepOf(c.Bufs[4], token), f32s(c.Bufs[5]), f32s(c.Bufs[6]), f32s(c.Bufs[10])
	width, dim := heads*group, 8*octets
	if s.Queries == 0 {
		return
	}
	for h := range heads {
		set := gather(kv, c.Bufs[0], u32s(c.Bufs[3])[4*token*int(c.Push[6]):], s, heads, octets, h)
		values := readRows(kv, c.Bufs[1], set.rows, heads, octets, h)
		parallel(int(s.Queries)*group, func(row int) {
			query := row / group
			at := (token+query)*width + h*group + row%group // in (window, width)
			var seen []int
			var scores []float64
			set.see(int(s.Pos)+query, q[at*dim:][:dim], q[(window*width+at)*dim:][:dim], scale, func(i int, score float64) {
				seen, scores = append(seen, i), append(scores, score)
			})
			m, l := softmaxSum(scores, values, seen, out[at*dim:][:dim])
			ml[2*at], ml[2*at+1] = float32(m), float32(l)
			if keep > 0 {
				set.keep(kept[at*slots:][:slots], int(s.Pos), seen, scores, ChunkKeys(c.Lanes), keep == 2)
			}
		})
	}
}

// keep writes the scores of the keys that a query at position pos sees to
// their slots: local ones first, in whole chunks, then the global ones.
func (s *keySet) keep(kept []float32, pos int, seen []int, scores []float64, chunk int, withGlobals bool) {
	first := max(s.first, pos-s.nLocal+1)
	globals := int(groups(pos+1-first, chunk)) * chunk
	for i := range s.globals {
		if withGlobals {
			kept[globals+i] = unseen
		}
	}
	for j, i := range seen {
		switch {
		case i >= s.globals:
			kept[s.pos[i]-first] = float32(scores[j])
		case withGlobals:
			kept[globals+i] = float32(scores[j])
		}
	}
}

// unseen is the score of a key that a query does not see.
const unseen = -3.0e38

// softmaxSum writes the softmax-weighted sum of the values of the keys to out
// and returns the maximum of the scores and the sum of exp(score - maximum).
func softmaxSum(scores []float64, values []float32, keys []int, out []float32) (m, l float64) {
	m = slices.Max(scores)
	sum := make([]float64, len(out))
	for j, key := range keys {
		w := math.Exp(scores[j] - m)
		l += w
		for d, v := range values[key*len(out):][:len(out)] {
			sum[d] += w * float64(v)
		}
	}
	for d := range out {
		out[d] = float32(sum[d] / l)
	}
	return m, l
}
