package shaders

import (
	"slices"

	"fovea/gpu"
)

// Rope rotates a step's queries and keys and stores keys and values.
type Rope struct {
	Heads  Heads
	QKV    gpu.View // (Window, heads*group + 2*heads, octets*8) floats
	Angles gpu.View // (Window+1, Pairs) of (cos, sin); rows of RopeRow floats; the last row is for n_local-1
	Q      gpu.View // (2, Window, width, octets*8) floats: rotated by position; by n_local-1
	K      gpu.View // as in Attend
	V      gpu.View
	Window int
	Pairs  int // rotated pairs of neighbours in a head
	Params gpu.View
}

// RopeRow is the number of floats of one position's angles.
func RopeRow(pairs int) int { return (pairs + 1) / 2 * 4 }

// Record adds the rotation to r.
func (a Rope) Record(r *gpu.Recording, lanes int) {
	name := "rope_" + a.Heads.KVType.String()
	need(name, "queries", a.Q, int64(2*a.Window*a.Heads.Features())*4)
	need(name, "angles", a.Angles, int64((a.Window+1)*RopeRow(a.Pairs))*4)
	octets := (a.Heads.Width() + 2*a.Heads.KV) * a.Heads.Octets
	r.Dispatch(kernel(name, ropeTwin(a.Heads.KVType)), [3]uint32{groups(octets, lanes), uint32(a.Window), 1},
		[]uint32{uint32(a.Heads.Octets)},
		[]uint32{uint32(a.Heads.KV), uint32(a.Heads.Group), uint32(a.Window), uint32(a.Pairs)},
		a.QKV, a.Angles, a.Params, a.Q, a.K, a.V)
}

// ropeTwin is the twin of rope.comp. A rotation by the angle a of a pair:
// (x, y) -> (x cos a - y sin a, x sin a + y cos a).
func ropeTwin(kv KV) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		octets, heads, group := int(c.Spec[0]), int(c.Push[0]), int(c.Push[1])
		window, pairs, dim := int(c.Push[2]), int(c.Push[3]), 8*octets
		qkv, angles, s, q := f32s(c.Bufs[0]), f32s(c.Bufs[1]), step(c.Bufs[2]), f32s(c.Bufs[3])
		width := heads * group

		// rotated is x (dim) turned by the angles in a row of their table.
		rotated := func(x []float32, row int) []float32 {
			y := slices.Clone(x)
			for i := range pairs {
				cos, sin := float64(angles[row*RopeRow(pairs)+2*i]), float64(angles[row*RopeRow(pairs)+2*i+1])
				a, b := float64(x[2*i]), float64(x[2*i+1])
				y[2*i], y[2*i+1] = float32(a*cos-b*sin), float32(a*sin+b*cos)
			}
			return y
		}
		store := func(to []byte, row int, x []float32) {
			for o := range octets {
				kv.putOctet(to, row*octets+o, [8]float32(x[8*o:]))
			}
		}
		for token := range int(s.Queries) {
			pos := int(s.Pos) + token
			row := qkv[token*(width+2*heads)*dim:] // (width + 2*heads, dim)
			for h := range width {
				x, to := row[h*dim:][:dim], (token*width+h)*dim
				copy(q[to:], rotated(x, token))
				copy(q[window*width*dim+to:], rotated(x, window))
			}
			for h := range heads {
				k, v := row[(width+h)*dim:][:dim], row[(width+heads+h)*dim:][:dim]
				store(c.Bufs[4], pos%int(s.Ring)*heads+h, rotated(k, token))
				store(c.Bufs[4], (int(s.Ring)+s.RowOf(pos))*heads+h, k)
				store(c.Bufs[5], s.RowOf(pos)*heads+h, v)
			}
		}
	}
}
