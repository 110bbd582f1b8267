package shaders

import (
	"fmt"
	"math"
	"testing"
)

// sequence is a text of random projections that passes through rope, attend
// and weigh in steps, as a session does it.
type sequence struct {
	h          Heads
	pairs      int
	local      int
	ring       int
	listed     func(p int) bool // whether position p is a global key once a step begins n_local or more behind it
	steps      []int            // tokens of each; one of a single token is a decode step
	projection []float32        // (tokens, width + 2*KV, dim)
}

func (s *sequence) tokens() (n int) {
	for _, t := range s.steps {
		n += t
	}
	return n
}

func (s *sequence) scale() float32 { return float32(1 / math.Sqrt(float64(s.h.Octets*8))) }

// run returns the attention of every token (tokens, width, dim), the
// accumulated weights (width, ring) and the mass of the listed keys in the last
// step.
func (s *sequence) run(r *rig) (out, acc, mass []float32) {
	h, n, row := s.h, s.tokens(), (s.h.Width()+2*s.h.KV)*s.h.Octets*8
	keys := r.alloc(int64(s.ring+n) * h.RowBytes())
	values := r.alloc(int64(n) * h.RowBytes())
	weights := r.alloc(int64(h.Width()*s.ring) * 4)
	for pos, i := 0, 0; i < len(s.steps); i++ {
		t := s.steps[i]
		var list []uint32
		rem, remEnd := max(0, pos+1-s.local), max(0, pos+t-s.local) // some of them are still local: they are not seen twice
		for p := range remEnd {
			if p >= rem || s.listed(p) {
				list = append(list, uint32(p))
			}
		}
		params := r.step(Step{
			Queries: uint32(t), Pos: uint32(pos), Local: uint32(s.local),
			LocalFirst: uint32(max(0, pos-s.local)), Ring: uint32(s.ring),
			RemFirst: uint32(rem), RemEnd: uint32(remEnd),
		}, t)
		q, globals := r.alloc(int64(2*t*h.Features())*4), r.put(wordBytes(GlobalsList(list)))
		r.place(&Place{
			Heads: h, Angles: r.floats(angles(pos, t, s.local, s.pairs)), Q: q, K: keys, V: values, Window: t, Pairs: s.pairs,
		}, s.projection[pos*row:][:t*row], params)
		a := Attend{
			Heads: h, K: keys, V: values, Q: q, Globals: globals, Out: r.alloc(int64(t*h.Features()) * 4),
			ML: r.alloc(int64(t*h.Width()) * 8), Splits: 1, Window: t, Scale: s.scale(), Params: params,
		}
		w := Weigh{
			Splits: 1, Heads: h, K: keys, Q: q, ML: a.ML, Acc: weights, Ring: s.ring, Window: t, Scale: s.scale(), Params: params,
		}
		if t == 1 {
			a.share(r, 3)
			a.keep(r, n, s.ring)
		}
		a.Record(r.rec, r.lanes)
		w.Record(r.rec, r.lanes)
		r.run()
		out = append(out, r.read(a.Out, t*h.Features())...)
		if t == 1 {
			mass = append(a.mass(r, int(groups(min(s.local, pos+1), ChunkKeys(r.lanes)))*ChunkKeys(r.lanes), len(list)), make([]float32, n-len(list))...)
		}
		pos += t
	}
	return out, r.read(weights, h.Width()*s.ring), mass
}

// begin is the first position of the step that has token i.
func (s *sequence) begin(i int) (pos int) {
	for _, t := range s.steps {
		if pos+t > i {
			break
		}
		pos += t
	}
	return pos
}

// want is what run returns, by definition: a key at a distance below n_local is
// seen at its distance, one that left the local window in the same step or is
// listed at distance n_local-1, and others not at all.
func (s *sequence) want() (out, acc, mass []float32) {
	h, n, dim := s.h, s.tokens(), s.h.Octets*8
	head := func(token, i int) []float64 {
		return f64s(s.projection[(token*(h.Width()+2*h.KV)+i)*dim:][:dim])
	}
	acc, mass = make([]float32, h.Width()*s.ring), make([]float32, n)
	slot := map[int]int{} // of a listed position
	for p := range n {
		if s.listed(p) {
			slot[p] = len(slot)
		}
	}
	for i := range n {
		for g := range h.Width() {
			q, scores, total := head(i, g), make([]float64, i+1), 0.0
			for j := range i + 1 {
				distance := min(i-j, s.local-1)
				if i-j < s.local || s.listed(j) || j > s.begin(i)-s.local {
					// RoPE depends on distances only, so the key may stay unturned.
					for d, v := range turn(q, distance, s.pairs) {
						scores[j] += v * head(j, h.Width()+g/h.Group)[d]
					}
					scores[j] = math.Exp(scores[j] * float64(s.scale()))
					total += scores[j]
				}
			}
			sum := make([]float64, dim)
			for j, w := range scores {
				for d, v := range head(j, h.Width()+h.KV+g/h.Group) {
					sum[d] += w / total * v
				}
				if i-j < s.local {
					acc[g*s.ring+j%s.ring] += float32(w / total)
				} else if at, ok := slot[j]; ok && i == n-1 {
					mass[at] += float32(w / total)
				}
				if i == j { // the token takes the slot of another
					acc[g*s.ring+j%s.ring] = float32(w / total)
				}
			}
			for _, v := range sum {
				out = append(out, float32(v))
			}
		}
	}
	return out, acc, mass
}

// TestSequence requires that rope, attend and weigh together are attention as
// the method defines it, and ordinary causal attention where every key is local.
func TestSequence(t *testing.T) {
	every := func(p int) bool { return true }
	none := func(p int) bool { return false }
	third := func(p int) bool { return p%3 == 0 }
	for _, c := range []sequence{
		{h: Heads{KV: 2, Group: 3, Octets: 2}, pairs: 8, local: 1000, listed: none, ring: 43, steps: []int{17, 17, 5, 1, 1, 1, 1}},
		{h: Heads{KV: 2, Group: 3, Octets: 2}, pairs: 8, local: 11, listed: none, ring: 31, steps: []int{17, 17, 5, 1, 1, 1}},
		{h: Heads{KV: 1, Group: 4, Octets: 8}, pairs: 32, local: 16, listed: every, ring: 33, steps: []int{17, 17, 17, 1, 1, 1}},
		{h: Heads{KV: 2, Group: 1, Octets: 16}, pairs: 64, local: 20, listed: third, ring: 29, steps: []int{8, 8, 8, 8, 8, 8, 3, 1, 1}},
		{h: Heads{KV: 1, Group: 9, Octets: 4}, pairs: 15, local: 5, listed: third, ring: 12, steps: []int{4, 4, 4, 1, 1, 1, 1, 1, 1, 1}},
	} {
		for _, kv := range []KV{KV16, KV32} {
			c.h.KVType = kv
			t.Run(fmt.Sprintf("%v_local%d", c.h, c.local), func(t *testing.T) {
				tol := map[KV]float64{KV16: 4e-3, KV32: 2e-5}[kv]
				onDevices(t, tol, func(r *rig) [][]float32 {
					s := c
					s.projection = r.normal(s.tokens() * (s.h.Width() + 2*s.h.KV) * s.h.Octets * 8)
					out, acc, mass := s.run(r)
					wantOut, wantAcc, wantMass := s.want()
					agree(r, 0, out, wantOut, tol)
					agree(r, 1, acc, wantAcc, tol)
					agree(r, 2, mass, wantMass, tol)
					return [][]float32{out, acc, mass}
				})
			})
		}
	}
}
