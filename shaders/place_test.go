package shaders

import (
	"fmt"
	"math"
	"testing"

	"fovea/gpu"
	"fovea/gpu/quant"
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

// place records that projections qkv (Window, width + 2*KV heads, octets*8) are
// placed, as products of an identity matrix: in parts that begin with the heads
// in cuts.
func (r *rig) place(p *Place, qkv []float32, params gpu.View, cuts ...int) {
	r.placeBy(r.matmul, p, qkv, params, cuts...)
}

// matmul and matvec record a product, matvec as such where that serves.
func (r *rig) matmul(m Matmul) { m.Record(r.rec, r.lanes) }

func (r *rig) matvec(m Matmul) {
	if m.VecServes(r.lanes) {
		MatVec{m}.Record(r.rec, r.lanes)
	} else {
		r.matmul(m)
	}
}

// placeBy is place with products that record records.
func (r *rig) placeBy(record func(Matmul), p *Place, qkv []float32, params gpu.View, cuts ...int) {
	all, dim := p.Heads.Width()+2*p.Heads.KV, 8*p.Heads.Octets
	cols := all * dim
	stride := (cols + 31) / 32 * 32
	x := r.floats(padded(p.Window, cols, stride, qkv))
	first := 0
	for _, end := range append(cuts, all) {
		w := packed(r, quant.F32, (end-first)*dim, cols, func(i int) []byte {
			row := make([]float32, cols)
			row[first*dim+i] = 1
			return floatBytes(row)
		})
		record(Matmul{W: w, X: x, XStride: stride, Place: p, YOffset: first * dim, Tokens: p.Window, Params: params})
		first = end
	}
}

// TestPlace compares the placing of projections, here those of an identity
// matrix, with its twin and both with the rotation by its definition. Keys and
// values that are stored as they are must be exact.
func TestPlace(t *testing.T) {
	for _, kv := range []KV{KV16, KV32} {
		for _, c := range []struct {
			heads, group, octets, pairs, window, queries, pos, ring, init, tail, round int
			vec                                                                        bool // by matvec
		}{
			{heads: 3, group: 3, octets: 8, pairs: 32, window: 1, queries: 1, pos: 1234, ring: 100},
			{heads: 3, group: 3, octets: 8, pairs: 32, window: 1, queries: 1, pos: 1234, ring: 100, vec: true},
			{heads: 1, group: 4, octets: 2, pairs: 5, window: 1, queries: 1, pos: 40, ring: 21, vec: true},
			{heads: 1, group: 4, octets: 2, pairs: 5, window: 17, queries: 15, pos: 40, ring: 21}, // rotates an odd part; wraps
			{heads: 2, group: 7, octets: 16, pairs: 64, window: 4, queries: 4, pos: 0, ring: 4},
			{heads: 2, group: 1, octets: 8, pairs: 30, window: 3, queries: 2, pos: 9, ring: 5},
			{heads: 2, group: 1, octets: 2, pairs: 8, window: 8, queries: 8, pos: 22, ring: 9, init: 3, tail: 11, round: 11}, // rows wrap
			{heads: 2, group: 1, octets: 2, pairs: 8, window: 4, queries: 4, pos: 1, ring: 9, init: 3, tail: 11},
		} {
			t.Run(fmt.Sprintf("%v/%+v", kv, c), func(t *testing.T) {
				onDevices(t, placeTolerance(kv), func(r *rig) [][]float32 {
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
					place := &Place{
						Heads: h, Angles: r.floats(angles(c.pos, c.window, local, c.pairs)),
						Q: r.alloc(int64(2*c.window*h.Features()) * 4), K: r.alloc(int64(c.ring+rows) * h.RowBytes()),
						V: r.alloc(int64(rows) * h.RowBytes()), Window: c.window, Pairs: c.pairs,
					}
					record := r.matmul
					if c.vec {
						record = r.matvec
					}
					r.placeBy(record, place, qkv, r.step(step, c.window), h.Width())
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
					gotQ, gotK, gotV := r.read(place.Q, len(q)), r.numbers(place.K, kv, len(k)), r.numbers(place.V, kv, len(v))
					agree(r, 0, gotQ, q, 1e-6)
					agree(r, 1, gotK[:c.ring*rowLen], k[:c.ring*rowLen], placeTolerance(kv))
					agree(r, 2, gotK[c.ring*rowLen:], k[c.ring*rowLen:], 0)
					agree(r, 3, gotV, v, 0)
					return [][]float32{gotQ, gotK, gotV}
				})
			})
		}
	}
}

// placeTolerance is that of rotated keys: in halves, products that differ in a
// float's last bit may fall on different sides of a tie.
func placeTolerance(kv KV) float64 {
	if kv == KV16 {
		return 1.0 / 1024
	}
	return 1e-6
}

// TestProject compares projections of all formats of weights, normalised as a
// layer's are, with their twins and with the product by its definition.
func TestProject(t *testing.T) {
	for _, typ := range fileTypes {
		for _, window := range []int{1, 11} {
			t.Run(fmt.Sprintf("%v/%d", typ, window), func(t *testing.T) {
				onDevices(t, 1e-4, func(r *rig) [][]float32 {
					const pos, ring, cols, eps = 5, 40, 256, 1e-5
					h := Heads{KV: 2, Group: 3, Octets: 4, KVType: KV32}
					all, dim := h.Width()+2*h.KV, 8*h.Octets
					w, values := randomWeights(r, typ, all*dim, cols)
					x, gain := r.normal(window*cols), r.normal(cols)
					place := &Place{
						Heads: h, Angles: r.alloc(4), Q: r.alloc(int64(2*window*h.Features()) * 4),
						K: r.alloc(int64(ring+pos+window) * h.RowBytes()), V: r.alloc(int64(pos+window) * h.RowBytes()), Window: window,
					}
					Matmul{
						W: w, X: r.floats(x), XStride: cols, Gain: r.floats(gain), Eps: eps, Place: place, Tokens: window,
						Params: r.step(Step{Queries: uint32(window), Pos: pos, Ring: ring}, window),
					}.Record(r.rec, r.lanes)
					r.run()
					var q, k, v []float32
					for _, y := range product(values, x, gain, cols, eps) {
						for i, n := range y {
							switch head := i / dim; {
							case head < h.Width():
								q = append(q, float32(n))
							case head < h.Width()+h.KV:
								k = append(k, float32(n))
							default:
								v = append(v, float32(n))
							}
						}
					}
					row := h.KV * dim
					gotQ, gotV := r.read(place.Q, len(q)), r.numbers(place.V, h.KVType, (pos+window)*row)[pos*row:]
					gotK := r.numbers(place.K, h.KVType, (ring+pos+window)*row)
					agree(r, 0, gotQ, q, 1e-4)
					agree(r, 1, gotK[pos*row:(pos+window)*row], k, 1e-4)
					agree(r, 2, gotK[(ring+pos)*row:], k, 1e-4)
					agree(r, 3, gotV, v, 1e-4)
					return [][]float32{gotQ, gotK, gotV}
				})
			})
		}
	}
}

// placedAlike requires that what record adds places projections as what ordinary adds
// does, to tol.
func placedAlike(r *rig, typ quant.Type, tol float64, ordinary, record func(m Matmul)) {
	r.Helper()
	const pos, ring, cols, eps, window, queries, pairs = 5, 60, 256, 1e-5, 40, 37, 15
	h := Heads{KV: 2, Group: 3, Octets: 4, KVType: KV16}
	all, rowLen := h.Width()+2*h.KV, h.KV*8*h.Octets
	w, _ := randomWeights(r, typ, all*8*h.Octets, cols)
	x, gain, params := r.floats(r.normal(window*cols)), r.floats(r.normal(cols)), r.step(Step{Queries: queries, Pos: pos, Ring: ring}, window)
	table := r.floats(angles(pos, window, 50, pairs))
	var out [2][][]float32
	for i := range out {
		place := &Place{
			Heads: h, Angles: table, Q: r.alloc(int64(2*window*h.Features()) * 4),
			K: r.alloc(int64(ring+pos+window) * h.RowBytes()), V: r.alloc(int64(pos+window) * h.RowBytes()), Window: window, Pairs: pairs,
		}
		m := Matmul{W: w, X: x, XStride: cols, Gain: gain, Eps: eps, Place: place, Tokens: window, Params: params}
		if i == 0 {
			ordinary(m)
		} else {
			record(m)
		}
		r.run()
		out[i] = [][]float32{
			r.read(place.Q, 2*window*h.Features()), r.numbers(place.K, KV16, (ring+pos+window)*rowLen),
			r.numbers(place.V, KV16, (pos+window)*rowLen),
		}
	}
	for i := range out[0] {
		agree(r, i, out[1][i], out[0][i], tol)
	}
}
