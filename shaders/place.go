package shaders

import (
	"slices"

	"fovea/gpu"
)

// Place says where the projections of a step's tokens go, by a [Matmul] whose
// rows are those of all query heads, then key heads, then value heads: queries
// and keys are rotated (RoPE, pairs of neighbours), keys and values stored.
type Place struct {
	Heads  Heads
	Angles gpu.View // (Window+1, Pairs) of (cos, sin); rows of RopeRow floats; the last row is for n_local-1
	Q      gpu.View // (2, Window, width, octets*8) floats: rotated by position; by n_local-1
	K      gpu.View // as in Attend
	V      gpu.View
	Window int
	Pairs  int // rotated pairs of neighbours in a head
}

// RopeRow is the number of floats of one position's angles.
func RopeRow(pairs int) int { return (pairs + 1) / 2 * 4 }

// check panics where the kernel would write or read out of bounds.
func (a *Place) check(name string) {
	need(name, "queries", a.Q, int64(2*a.Window*a.Heads.Features())*4)
	need(name, "angles", a.Angles, int64((a.Window+1)*RopeRow(a.Pairs))*4)
}

func (a *Place) push() []uint32 {
	return []uint32{uint32(a.Heads.KV), uint32(a.Heads.Group), uint32(a.Window), uint32(a.Pairs)}
}

// placer is what the twin of a matmul does with its result: the rows of a token
// from first on, as place.glsl does; push are Place's words. A rotation by the
// angle a of a pair: (x, y) -> (x cos a - y sin a, x sin a + y cos a).
func placer(c *gpu.Call, push []uint32, kv KV) func(token, first int, rows []float32) {
	octets, heads, group := int(c.Spec[3]), int(push[0]), int(push[1])
	window, pairs, dim := int(push[2]), int(push[3]), 8*octets
	angles, q, s, width := f32s(c.Bufs[4]), f32s(c.Bufs[5]), step(c.Bufs[3]), heads*group

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
	return func(token, first int, rows []float32) {
		pos := int(s.Pos) + token
		for h := first / dim; len(rows) > 0; h, rows = h+1, rows[dim:] {
			switch x := rows[:dim]; {
			case h < width:
				to := (token*width + h) * dim
				copy(q[to:], rotated(x, token))
				copy(q[window*width*dim+to:], rotated(x, window))
			case h < width+heads:
				store(c.Bufs[6], pos%int(s.Ring)*heads+h-width, rotated(x, token))
				store(c.Bufs[6], (int(s.Ring)+s.RowOf(pos))*heads+h-width, x)
			default:
				store(c.Bufs[7], s.RowOf(pos)*heads+h-width-heads, x)
			}
		}
	}
}
