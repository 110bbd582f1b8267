package shaders

import (
	"fmt"
	"math"

	"fovea/gpu"
)

// Attend is attention of a step's queries over local and global keys in one
// softmax.
type Attend struct {
	Heads   Heads
	K       gpu.View // (ring+positions, heads, octets): the ring of rotated keys, then un-rotated ones
	V       gpu.View // (positions, heads, octets)
	Q       gpu.View // (2, Window, width, octets*8) floats, from Rope
	Globals gpu.View // count, positions of the global keys
	Out     gpu.View // (Window, width, octets*8) floats
	ML      gpu.View // (Window, width) of (maximum, sum) of the scores
	// For Splits > 1: partial results, (Splits, ...) of Out and of ML.
	Parts, PartML gpu.View
	Splits        int // shares of the keys that run in parallel
	Window        int // rows of queries in Q; the most tokens a step has
	Scale         float32
	Params        gpu.View
}

// attendTiles are the compiled tile heights by octets a lane owns.
var attendTiles = map[KV]map[int][]int{
	KV16: {1: {1, 3, 4, 8}, 2: {1, 4, 8}, 4: {4}},
	KV32: {1: {4}, 2: {4}, 4: {4}},
}

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

// Record adds the attention to r, and the merge of its parts.
func (a Attend) Record(r *gpu.Recording, lanes int) {
	h := a.Heads
	if err := h.Check(lanes); err != nil {
		panic(err)
	}
	opl := h.octetsPerLane(lanes)
	rows := a.Window * h.Group
	tile := tileFor(attendTiles[h.KVType][opl], rows)
	name := fmt.Sprintf("attend_%s_o%d_t%d", h.KVType, opl, tile)
	need(name, "queries", a.Q, int64(2*a.Window*h.Features())*4)
	need(name, "out", a.Out, int64(a.Window*h.Features())*4)
	need(name, "ml", a.ML, int64(a.Window*h.Width())*8)
	out, ml := a.Out, a.ML
	if a.Splits > 1 {
		out, ml = a.Parts, a.PartML
		need(name, "parts", out, int64(a.Splits*a.Window*h.Features())*4)
		need(name, "part ml", ml, int64(a.Splits*a.Window*h.Width())*8)
	}
	r.Dispatch(kernel(name, attendTwin(h.KVType)), [3]uint32{groups(rows, tile), uint32(h.KV), uint32(a.Splits)},
		[]uint32{uint32(a.Splits), uint32(h.Octets)},
		[]uint32{uint32(h.KV), uint32(h.Group), uint32(a.Window), bits(a.Scale)},
		a.K, a.V, a.Q, a.Globals, a.Params, out, ml)
	if a.Splits > 1 {
		n := a.Window * h.Width()
		r.Dispatch(kernel("merge", mergeTwin), [3]uint32{uint32(n), 1, 1}, nil,
			[]uint32{uint32(a.Splits), uint32(n), uint32(h.Width()), uint32(h.Octets * 2)},
			out, ml, a.Params, a.Out, a.ML)
	}
}

// keySet is the keys that the queries of a step may see in one KV head.
type keySet struct {
	dim           int
	pos           []int // positions: globals of them, then local ones in order
	globals       int
	keys          []float32 // (len(pos), dim)
	first, nLocal int       // position of the first local key; distances below nLocal are local
}

// gather reads the keys of KV head h: un-rotated ones of the list globals,
// rotated ones of the local window.
func gather(kv KV, k []byte, list []uint32, s Step, heads, octets, h int) keySet {
	ring, end := int(s.Ring), int(s.Pos+s.Queries)
	set := keySet{dim: 8 * octets, globals: int(list[0]), first: int(s.LocalFirst), nLocal: int(s.Local)}
	var rows []int
	for _, p := range list[1 : 1+set.globals] {
		set.pos, rows = append(set.pos, int(p)), append(rows, ring+int(p))
	}
	for p := set.first; p < end; p++ {
		set.pos, rows = append(set.pos, p), append(rows, p%ring)
	}
	set.keys = readRows(kv, k, rows, heads, octets, h)
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
// head over the keys it sees. With more than one split, split j takes the j-th
// share of them and leaves its sum of exp(score - maximum) v as it is.
func attendTwin(kv KV) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		splits, octets := int(c.Spec[0]), int(c.Spec[1])
		heads, group, window, scale := int(c.Push[0]), int(c.Push[1]), int(c.Push[2]), float(c.Push[3])
		q, s, out, ml := f32s(c.Bufs[2]), step(c.Bufs[4]), f32s(c.Bufs[5]), f32s(c.Bufs[6])
		width, dim := heads*group, 8*octets
		for h := range heads {
			set := gather(kv, c.Bufs[0], u32s(c.Bufs[3]), s, heads, octets, h)
			values := readRows(kv, c.Bufs[1], set.pos, heads, octets, h)
			parallel(int(s.Queries)*group, func(row int) {
				query := row / group
				at := query*width + h*group + row%group // in (window, width)
				var seen []int
				var scores []float64
				set.see(int(s.Pos)+query, q[at*dim:][:dim], q[(window*width+at)*dim:][:dim], scale, func(i int, score float64) {
					seen, scores = append(seen, i), append(scores, score)
				})
				for split := range splits {
					lo, hi := split*len(seen)/splits, (split+1)*len(seen)/splits
					to := split*window*width + at
					m, l := softmaxSum(scores[lo:hi], values, seen[lo:hi], out[to*dim:][:dim], splits == 1)
					ml[2*to], ml[2*to+1] = float32(m), float32(l)
				}
			})
		}
	}
}

// softmaxSum writes the sum of exp(score - maximum) * value over the keys to
// out, divided by the sum of the weights where normal is set, and returns the
// maximum and that sum. The maximum of no keys is low enough to weigh nothing.
func softmaxSum(scores []float64, values []float32, keys []int, out []float32, normal bool) (m, l float64) {
	m = -1e30
	for _, s := range scores {
		m = max(m, s)
	}
	sum := make([]float64, len(out))
	for j, key := range keys {
		w := math.Exp(scores[j] - m)
		l += w
		for d, v := range values[key*len(out):][:len(out)] {
			sum[d] += w * float64(v)
		}
	}
	for d := range out {
		if normal {
			sum[d] /= l
		}
		out[d] = float32(sum[d])
	}
	return m, l
}

// mergeTwin is the twin of merge.comp: parts (m_j, l_j, o_j) of a row become
// m = max m_j, l = sum of l_j exp(m_j - m), o = sum of o_j exp(m_j - m) / l.
func mergeTwin(c *gpu.Call) {
	splits, rows, width, dim := int(c.Push[0]), int(c.Push[1]), int(c.Push[2]), 4*int(c.Push[3])
	parts, partML, out, ml := f32s(c.Bufs[0]), f32s(c.Bufs[1]), f32s(c.Bufs[3]), f32s(c.Bufs[4])
	for row := range int(step(c.Bufs[2]).Queries) * width {
		m, l := math.Inf(-1), 0.0
		for j := range splits {
			m = max(m, float64(partML[2*(j*rows+row)]))
		}
		sum := make([]float64, dim)
		for j := range splits {
			part := j*rows + row
			w := math.Exp(float64(partML[2*part]) - m)
			l += w * float64(partML[2*part+1])
			for d, v := range parts[part*dim:][:dim] {
				sum[d] += w * float64(v)
			}
		}
		for d, v := range sum {
			out[row*dim+d] = float32(v / l)
		}
		ml[2*row], ml[2*row+1] = float32(m), float32(l)
	}
}
