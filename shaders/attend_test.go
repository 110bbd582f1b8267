package shaders

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
)

// attendCase is a step over random keys, values and queries.
type attendCase struct {
	heads, group, octets int
	window, queries      int
	pos, local           int
	globals              []uint32 // rows
	rest                 int      // of these, the remainder
	initEnd, tail, round int      // as in Step
	slack                int      // tokens of the ring beyond the local window and the step
}

func (c attendCase) String() string {
	return fmt.Sprintf("heads%dx%d_dim%d_queries%d_of_%d_at%d_local%d_globals%d_tail%d",
		c.heads, c.group, c.octets*8, c.queries, c.window, c.pos, c.local, len(c.globals), c.tail)
}

// span lists the positions lo..hi-1.
func span(lo, hi int) (list []uint32) {
	for p := lo; p < hi; p++ {
		list = append(list, uint32(p))
	}
	return list
}

var attendCases = []attendCase{
	{heads: 3, group: 3, octets: 8, window: 1, queries: 1, pos: 0, local: 16},
	{heads: 3, group: 3, octets: 8, window: 1, queries: 1, pos: 300, local: 64, globals: span(0, 150), slack: 3},
	{heads: 2, group: 1, octets: 8, window: 17, queries: 17, pos: 0, local: 100},
	{heads: 1, group: 4, octets: 8, window: 16, queries: 5, pos: 50, local: 20, globals: span(0, 35), rest: 10}, // the last of them are local to some
	{heads: 2, group: 7, octets: 2, window: 5, queries: 4, pos: 90, local: 33, slack: 5},
	{heads: 2, group: 1, octets: 2, window: 1, queries: 1, pos: 77, local: 40, globals: append(span(30, 37), span(3, 30)...)},
	{heads: 1, group: 4, octets: 16, window: 3, queries: 3, pos: 129, local: 31, globals: span(0, 97), slack: 1},
	{heads: 2, group: 3, octets: 16, window: 1, queries: 1, pos: 40, local: math.MaxInt32},
	{heads: 2, group: 2, octets: 2, window: 1, queries: 1, pos: 14, local: 16},             // the window is about to move
	{heads: 1, group: 2, octets: 8, window: 40, queries: 40, pos: 10, local: 12, slack: 2}, // longer than the local window
	{heads: 2, group: 9, octets: 4, window: 1, queries: 1, pos: 70, local: 10, globals: span(5, 61)},
	// Rows that go round: initial tokens, recalled ones anywhere, the remainder.
	{heads: 2, group: 2, octets: 2, window: 5, queries: 4, pos: 90, local: 33, globals: slices.Concat(span(0, 4), span(60, 83), span(6, 17)), rest: 11, initEnd: 4, tail: 44, round: 44},
	{heads: 3, group: 3, octets: 8, window: 1, queries: 1, pos: 90, local: 33, globals: slices.Concat(span(0, 4), span(70, 90), span(6, 14)), rest: 8, initEnd: 4, tail: 44, round: 44},
}

func (c attendCase) shape(kv KV) Heads {
	return Heads{KV: c.heads, Group: c.group, Octets: c.octets, KVType: kv}
}

// ring is the number of tokens of the local window, the step and some more.
func (c attendCase) ring() int { return min(c.local, c.pos) + c.window + c.slack }

func (c attendCase) step() Step {
	remEnd := max(c.rest, c.pos+c.queries-c.local)
	return Step{
		Queries: uint32(c.queries), Pos: uint32(c.pos), Local: uint32(c.local),
		LocalFirst: uint32(max(0, c.pos-c.local)), Ring: uint32(c.ring()),
		RemFirst: uint32(remEnd - c.rest), RemEnd: uint32(remEnd),
		InitEnd: uint32(c.initEnd), Tail: uint32(c.tail), Round: uint32(c.round),
	}
}

// rows is the number of rows behind the ring.
func (c attendCase) rows() int {
	if c.tail > 0 {
		return int(slices.Max(c.globals)) + 1
	}
	return c.pos + c.window
}

// attendInputs are a case's inputs as floats.
type attendInputs struct {
	k []float32 // (ring+rows, heads, dim)
	v []float32 // (rows, heads, dim)
	q []float32 // (2, window, width, dim)
}

// attend is a case's call on a device. Its keys and values are numbers of the format kv.
func (c attendCase) attend(r *rig, kv KV, splits int) (Attend, attendInputs) {
	h, rows, dim := c.shape(kv), c.rows(), c.octets*8
	in := attendInputs{
		k: r.normal((c.ring() + rows) * c.heads * dim), v: r.normal(rows * c.heads * dim),
		q: r.normal(2 * c.window * h.Features()),
	}
	a := Attend{
		Heads: h, K: r.octets(kv, in.k), V: r.octets(kv, in.v), Q: r.floats(in.q),
		Globals: r.put(wordBytes(GlobalsList(c.globals))),
		Out:     r.alloc(int64(c.window*h.Features()) * 4), ML: r.alloc(int64(c.window*h.Width()) * 8),
		Window: c.window, Scale: float32(1 / math.Sqrt(float64(dim))), Params: r.step(c.step(), c.window),
	}
	a.share(r, splits)
	return a, in
}

// share divides the keys into shares.
func (a *Attend) share(r *rig, splits int) {
	if a.Splits = splits; splits > 1 {
		a.Shared = r.alloc(a.SharedBytes())
	}
}

// keep makes room for the scores of so many global and local keys.
func (a *Attend) keep(r *rig, globals, local int) {
	a.Slots, a.KeepGlobals = KeptSlots(globals, local, r.lanes), true
	a.Kept = r.alloc(int64(a.Heads.Width()*a.Slots) * 4)
}

// mass is the softmax weight of the kept scores in slots first to first+n-1, of
// all heads together.
func (a *Attend) mass(r *rig, first, n int) []float32 {
	width := a.Heads.Width()
	kept, ml, mass := r.read(a.Kept, width*a.Slots), r.read(a.ML, 2*width), make([]float32, n)
	for h := range width {
		for i := range mass {
			mass[i] += float32(math.Exp(float64(kept[h*a.Slots+first+i]-ml[2*h])) / float64(ml[2*h+1]))
		}
	}
	return mass
}

// octets returns a view of numbers in format kv, and rounds v to it.
func (r *rig) octets(kv KV, v []float32) gpu.View {
	b := kv.Bytes(v)
	copy(v, kv.Floats(b))
	return r.put(b)
}

// weights is the definition of the attention of one query in head h: the
// softmax over the keys it sees, by list index for global keys and by position
// for local ones, and the highest score and the sum below it.
func (c attendCase) weights(in attendInputs, query, h int, scale float64) (global, local map[int]float64, m, l float64) {
	dim, width, pos := c.octets*8, c.heads*c.group, c.pos+query
	score := func(half, row int) float64 {
		q := in.q[((half*c.window+query)*width+h)*dim:]
		k := in.k[(row*c.heads+h/c.group)*dim:]
		sum := 0.0
		for d := range dim {
			sum += float64(q[d]) * float64(k[d])
		}
		return sum * scale
	}
	global, local = map[int]float64{}, map[int]float64{}
	rest := len(c.globals) - c.rest
	for i, row := range c.globals {
		if i < rest || pos-(int(c.step().RemFirst)+i-rest) >= c.local {
			global[i] = score(1, c.ring()+int(row))
		}
	}
	for p := 0; p <= pos; p++ {
		if pos-p < c.local {
			local[p] = score(0, p%c.ring())
		}
	}
	m = math.Inf(-1)
	for _, set := range []map[int]float64{global, local} {
		for _, s := range set {
			m = max(m, s)
		}
	}
	for _, set := range []map[int]float64{global, local} {
		for i, s := range set {
			set[i] = math.Exp(s - m)
			l += set[i]
		}
	}
	for _, set := range []map[int]float64{global, local} {
		for i := range set {
			set[i] /= l
		}
	}
	return global, local, m, l
}

// want is the attention of a case by its definition.
func (c attendCase) want(in attendInputs, scale float64) (out, ml []float32) {
	dim, width, step := c.octets*8, c.heads*c.group, c.step()
	for query := range c.queries {
		for h := range width {
			sum := make([]float64, dim)
			global, local, m, l := c.weights(in, query, h, scale)
			add := func(row int, w float64) {
				for d := range dim {
					sum[d] += w * float64(in.v[(row*c.heads+h/c.group)*dim+d])
				}
			}
			for i, w := range global {
				add(int(c.globals[i]), w)
			}
			for p, w := range local {
				add(step.RowOf(p), w)
			}
			for _, v := range sum {
				out = append(out, float32(v))
			}
			ml = append(ml, float32(m), float32(l))
		}
	}
	return out, ml
}

// TestAttend compares attend with its twin and both with attention by its
// definition in float64. Each runs twice: shares leave counts behind.
func TestAttend(t *testing.T) {
	const tol = 1e-5
	for _, kv := range []KV{KV16, KV32} {
		for _, splits := range []int{1, 5} {
			for _, c := range attendCases {
				t.Run(fmt.Sprintf("%v/splits%d/%v", kv, splits, c), func(t *testing.T) {
					onDevices(t, tol, func(r *rig) [][]float32 {
						a, in := c.attend(r, kv, splits)
						a.Tall = splits == 1
						a.Record(r.rec, r.lanes)
						a.Record(r.rec, r.lanes)
						r.run()
						out, ml := c.want(in, float64(a.Scale))
						gotOut, gotML := r.read(a.Out, len(out)), r.read(a.ML, len(ml))
						agree(r, 0, gotOut, out, tol)
						agree(r, 1, gotML, ml, tol)
						return [][]float32{gotOut, gotML}
					})
				})
			}
		}
	}
}

// TestAttendKeeps compares the scores that attend keeps with their definition.
func TestAttendKeeps(t *testing.T) {
	for _, kv := range []KV{KV16, KV32} {
		for _, c := range attendCases {
			if c.window > 1 {
				continue
			}
			t.Run(fmt.Sprintf("%v/%v", kv, c), func(t *testing.T) {
				onDevices(t, 2e-5, func(r *rig) [][]float32 {
					a, in := c.attend(r, kv, 2)
					a.keep(r, len(c.globals), c.ring())
					a.Record(r.rec, r.lanes)
					r.run()
					global, local := make([]float32, len(c.globals)), make([]float32, min(c.pos+1, c.local))
					for head := range a.Heads.Width() {
						g, l, _, _ := c.weights(in, 0, head, float64(a.Scale))
						for i, w := range g {
							global[i] += float32(w)
						}
						for p, w := range l {
							local[p-(c.pos+1-len(local))] += float32(w)
						}
					}
					first := int(groups(len(local), ChunkKeys(r.lanes))) * ChunkKeys(r.lanes)
					result := [][]float32{a.mass(r, first, len(global)), a.mass(r, 0, len(local))}
					agree(r, 0, result[0], global, 2e-5)
					agree(r, 1, result[1], local, 2e-5)
					return result
				})
			})
		}
	}
}

// BenchmarkAttend times one layer of a 135M model over 2048 global and 512
// local keys, which each dispatch of a step has of its own.
func BenchmarkAttend(b *testing.B) {
	for _, way := range []struct{ queries, splits int }{{1, 4}, {1, 8}, {1, 16}, {1, 32}, {64, 1}, {64, 8}, {256, 1}} {
		b.Run(fmt.Sprintf("kv16_queries%d_splits%d", way.queries, way.splits), func(b *testing.B) {
			n := way.queries
			r := newRig(b, gputest.Open(b))
			var blocks []uint32 // of 32 keys, anywhere
			for _, i := range r.Perm(4096 / 32)[:2048/32] {
				blocks = append(blocks, span(32*i, 32*i+32)...)
			}
			c := attendCase{heads: 3, group: 3, octets: 8, window: n, queries: n, pos: 4096, local: 512, globals: blocks}
			a, _ := c.attend(r, KV16, way.splits)
			a.Tall = true
			repeat := max(1, 20/n)
			values := r.copies(a.V, repeat)
			for i, keys := range r.copies(a.K, repeat) {
				a.K, a.V = keys, values[i]
				a.Record(r.rec, r.lanes)
			}
			r.time(b, repeat)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(repeat)/float64(9*n*(2048+512)), "ns/key")
		})
	}
}
