package shaders

import (
	"fmt"
	"math"
	"testing"

	"fovea/gpu"
)

// turn is RoPE by its definition: pair i of x turns by position * 10000^(-i/pairs).
func turn(x []float64, position, pairs int) []float64 {
	y := append([]float64(nil), x...)
	for i := range pairs {
		sin, cos := math.Sincos(float64(position) * math.Pow(10000, -float64(i)/float64(pairs)))
		y[2*i], y[2*i+1] = x[2*i]*cos-x[2*i+1]*sin, x[2*i]*sin+x[2*i+1]*cos
	}
	return y
}

// angles is the table of a window at pos: rows of (cos, sin), the last for n_local-1.
func angles(pos, window, local, pairs int) []float32 {
	table := make([]float32, (window+1)*RopeRow(pairs))
	for row := range window + 1 {
		p := pos + row
		if row == window {
			p = local - 1
		}
		for i := range pairs {
			sin, cos := math.Sincos(float64(p) * math.Pow(10000, -float64(i)/float64(pairs)))
			table[row*RopeRow(pairs)+2*i], table[row*RopeRow(pairs)+2*i+1] = float32(cos), float32(sin)
		}
	}
	return table
}

func f64s(v []float32) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = float64(x)
	}
	return out
}

// numbers reads n numbers in format kv.
func (r *rig) numbers(v gpu.View, kv KV, n int) []float32 {
	r.Helper()
	raw := make([]byte, int64(n/8)*kv.OctetBytes())
	if err := r.dev.Read(v.Buffer, v.Offset, raw); err != nil {
		r.Fatal(err)
	}
	out := make([]float32, 0, n)
	for i := range n / 8 {
		x := kv.octet(raw, i)
		out = append(out, x[:]...)
	}
	return out
}

// rounded is v as format kv holds it.
func rounded(kv KV, v float64) float32 {
	if kv == KV32 {
		return float32(v)
	}
	return fromHalf(toHalf(float32(v)))
}

// TestRope compares rope with its twin and both with the rotation by its
// definition. Keys and values that are stored as they are must be exact.
func TestRope(t *testing.T) {
	for _, kv := range []KV{KV16, KV32} {
		for _, c := range []struct{ heads, group, octets, pairs, window, queries, pos, ring, init, tail, round int }{
			{heads: 3, group: 3, octets: 8, pairs: 32, window: 1, queries: 1, pos: 1234, ring: 100},
			{heads: 1, group: 4, octets: 2, pairs: 5, window: 17, queries: 15, pos: 40, ring: 21}, // rotates an odd part; wraps
			{heads: 2, group: 7, octets: 16, pairs: 64, window: 4, queries: 4, pos: 0, ring: 4},
			{heads: 2, group: 1, octets: 8, pairs: 30, window: 3, queries: 2, pos: 9, ring: 5},
			{heads: 2, group: 1, octets: 2, pairs: 8, window: 8, queries: 8, pos: 22, ring: 9, init: 3, tail: 11, round: 11}, // rows wrap
			{heads: 2, group: 1, octets: 2, pairs: 8, window: 4, queries: 4, pos: 1, ring: 9, init: 3, tail: 11},
		} {
			t.Run(fmt.Sprintf("%v/%+v", kv, c), func(t *testing.T) {
				onDevices(t, ropeTolerance(kv), func(r *rig) [][]float32 {
					const local = 50
					h, dim := Heads{KV: c.heads, Group: c.group, Octets: c.octets, KVType: kv}, c.octets*8
					all, rows := h.Width()+2*h.KV, c.pos+c.window
					qkv := r.normal(c.window * all * dim)
					for _, head := range []int{h.Width(), h.Width() + h.KV} { // halfway between halves: to even
						copy(qkv[head*dim:], []float32{1 + 1.0/2048, 1 + 3.0/2048, -1 - 5.0/2048, 65519, 0x1.8p-24, 0x1p-14})
					}
					step := Step{
						Queries: uint32(c.queries), Pos: uint32(c.pos), Ring: uint32(c.ring),
						InitEnd: uint32(c.init), Tail: uint32(c.tail), Round: uint32(c.round),
					}
					rope := Rope{
						Heads: h, QKV: r.floats(qkv), Angles: r.floats(angles(c.pos, c.window, local, c.pairs)),
						Q: r.alloc(int64(2*c.window*h.Features()) * 4), K: r.alloc(int64(c.ring+rows) * h.RowBytes()),
						V: r.alloc(int64(rows) * h.RowBytes()), Window: c.window, Pairs: c.pairs, Params: r.step(step, c.window),
					}
					rope.Record(r.rec, r.lanes)
					r.run()

					q, rowLen := make([]float32, 2*c.window*h.Features()), h.KV*dim
					k, v := make([]float32, (c.ring+rows)*rowLen), make([]float32, rows*rowLen)
					for token := range c.queries {
						pos := c.pos + token
						for head := range all {
							x := qkv[(token*all+head)*dim:][:dim]
							for d := range dim {
								turned := turn(f64s(x), pos, c.pairs)[d]
								switch kvHead := (head - h.Width()) % h.KV * dim; {
								case head < h.Width():
									q[(token*h.Width()+head)*dim+d] = float32(turned)
									q[((c.window+token)*h.Width()+head)*dim+d] = float32(turn(f64s(x), local-1, c.pairs)[d])
								case head < h.Width()+h.KV:
									k[pos%c.ring*rowLen+kvHead+d] = rounded(kv, turned)
									k[(c.ring+step.RowOf(pos))*rowLen+kvHead+d] = rounded(kv, float64(x[d]))
								default:
									v[step.RowOf(pos)*rowLen+kvHead+d] = rounded(kv, float64(x[d]))
								}
							}
						}
					}
					gotQ, gotK, gotV := r.read(rope.Q, len(q)), r.numbers(rope.K, kv, len(k)), r.numbers(rope.V, kv, len(v))
					agree(r, 0, gotQ, q, 1e-6)
					agree(r, 1, gotK[:c.ring*rowLen], k[:c.ring*rowLen], ropeTolerance(kv))
					agree(r, 2, gotK[c.ring*rowLen:], k[c.ring*rowLen:], 0)
					agree(r, 3, gotV, v, 0)
					return [][]float32{gotQ, gotK, gotV}
				})
			})
		}
	}
}

// ropeTolerance is that of rotated keys: in halves, products that differ in a
// float's last bit may fall on different sides of a tie.
func ropeTolerance(kv KV) float64 {
	if kv == KV16 {
		return 1.0 / 1024
	}
	return 1e-6
}
