package shaders

import (
	"fmt"
	"testing"

	"fovea/gpu"
	"fovea/internal/fixture"
)

// TestSeal compares seal with its twin. Weights have ties, positions wrap in
// the ring, and blocks that are not sealed stay as they are.
func TestSeal(t *testing.T) {
	for _, kv := range []KV{KV16, KV32} {
		for _, c := range []struct {
			h                      Heads
			size, top              int
			first, seals, maxSeals int
			initEnd, ring, tokens  int
			tail, round            int
		}{
			{h: Heads{KV: 1, Group: 1, Octets: 1}, size: 1, top: 4, first: 0, seals: 1, maxSeals: 1, ring: 1, tokens: 1},
			{h: Heads{KV: 3, Group: 3, Octets: 8}, size: 32, top: 4, first: 0, seals: 3, maxSeals: 8, initEnd: 64, ring: 211, tokens: 180},
			{h: Heads{KV: 2, Group: 2, Octets: 2}, size: 7, top: 3, first: 9, seals: 5, maxSeals: 5, initEnd: 5, ring: 50, tokens: 120},
			{h: Heads{KV: 1, Group: 4, Octets: 16}, size: 300, top: 64, first: 1, seals: 1, maxSeals: 2, initEnd: 0, ring: 333, tokens: 640},
			{h: Heads{KV: 2, Group: 2, Octets: 2}, size: 7, top: 3, first: 9, seals: 4, maxSeals: 5, initEnd: 5, ring: 50, tokens: 120, tail: 50, round: 50},
			{h: Heads{KV: 2, Group: 1, Octets: 4}, size: 16, top: 2, first: 3, seals: 0, maxSeals: 2, initEnd: 8, ring: 64, tokens: 100},
		} {
			c.h.KVType = kv
			t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
				onDevices(t, sealTolerance(kv), func(r *rig) [][]float32 {
					blocks, f := c.first+c.maxSeals, c.h.Features()
					acc := r.normal(c.h.Width() * c.ring)
					for i := range acc { // of eight values, zero among them
						acc[i] = float32(int(4*acc[i])&7) / 8
					}
					repr := r.normal((blocks + Together - 1) / Together * Together * f)
					s := Seal{
						Heads: c.h, K: r.octets(kv, r.normal((c.ring+c.tokens)*c.h.KV*c.h.Octets*8)), Acc: r.floats(acc),
						BlockSize: c.size, Top: c.top, MaxSeals: c.maxSeals, Repr: r.octets(kv, repr), Norms: r.floats(r.normal(blocks)),
						Params: r.step(Step{
							SealFirst: uint32(c.first), Seals: uint32(c.seals), InitEnd: uint32(c.initEnd), Ring: uint32(c.ring),
							Tail: uint32(c.tail), Round: uint32(c.round),
						}, 1),
					}
					s.Record(r.rec, r.lanes)
					r.run()
					return [][]float32{r.numbers(s.Repr, kv, len(repr)), r.read(s.Norms, blocks)}
				})
			})
		}
	}
}

// sealTolerance is that of representatives: in halves, means that differ in a
// float's last bit may fall on different sides of a tie.
func sealTolerance(kv KV) float64 {
	if kv == KV16 {
		return 1.0 / 1024
	}
	return 1e-6
}

// TestBlockRepr seals blocks as the authors' code did.
func TestBlockRepr(t *testing.T) {
	type blocks struct {
		Name       string
		Hq, Hkv, D int
		B, R       int
		N          int    `json:"n_blocks"`
		K          string // (N, Hkv, B, D)
		Score      string // (N, Hq, B)
		Repr       string // (N, Hq*D)
	}
	cases, array := fixture.Cases[blocks](t, "block_repr")
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			everywhere(t, func(r *rig) {
				h := Heads{KV: c.Hkv, Group: c.Hq / c.Hkv, Octets: PadHead(c.D), KVType: KV32}
				dim, ring := 8*h.Octets, c.N*c.B
				k, score := array(c.K), array(c.Score)
				keys, acc := make([]float32, 2*ring*c.Hkv*dim), make([]float32, c.Hq*ring)
				for p := range ring {
					for head := range c.Hkv {
						from := ((p/c.B*c.Hkv+head)*c.B + p%c.B) * c.D
						copy(keys[((ring+p)*c.Hkv+head)*dim:], k[from:][:c.D])
					}
					for head := range c.Hq {
						acc[head*ring+p] = score[(p/c.B*c.Hq+head)*c.B+p%c.B]
					}
				}
				s := Seal{
					Heads: h, K: r.octets(KV32, keys), Acc: r.floats(acc), BlockSize: c.B, Top: c.R, MaxSeals: c.N,
					Repr: r.alloc(ReprBytes(h, c.N)), Norms: r.alloc(int64(c.N) * 4),
					Params: r.step(Step{Seals: uint32(c.N), Ring: uint32(ring)}, 1),
				}
				s.Record(r.rec, r.lanes)
				r.run()
				repr := r.representatives(s.Repr, h, c.N)
				fixture.Matches(r, "representatives", gathered(repr, c.D, dim), array(c.Repr), fixture.Tolerance)
				norms := make([]float32, c.N)
				for b := range norms {
					norms[b] = float32(inverseNorm(repr[b*h.Features():][:h.Features()]))
				}
				fixture.Matches(r, "norms", r.read(s.Norms, c.N), norms, fixture.Tolerance)
			})
		})
	}
}

// representatives reads those of n blocks from v, (n, features).
func (r *rig) representatives(v gpu.View, h Heads, n int) []float32 {
	r.Helper()
	octets := h.Features() / 8
	all := r.numbers(v, h.KVType, (n+Together-1)/Together*Together*h.Features())
	var out []float32
	for b := range n {
		for o := range octets {
			out = append(out, all[8*ReprOctet(b, o, octets):][:8]...)
		}
	}
	return out
}
