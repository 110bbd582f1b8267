package shaders

import "fovea/gpu"

// Rope rotates a step's queries and keys and stores keys and values.
type Rope struct {
	Heads  Heads
	QKV    gpu.View // (Window, heads*group + 2*heads, octets*8) floats
	Angles gpu.View // (Window+1, Pairs) of (cos, sin); rows of RopeRow floats; the last row is for n_local-1
	Q      gpu.View // (2, Window, width, octets*8) floats: rotated by position; by n_local-1
	K      gpu.View // (ring+positions, heads, octets)
	V      gpu.View // (positions, heads, octets)
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
	r.Dispatch(kernel(name, ropeTwin), [3]uint32{groups(octets, lanes), uint32(a.Window), 1},
		[]uint32{uint32(a.Heads.Octets)},
		[]uint32{uint32(a.Heads.KV), uint32(a.Heads.Group), uint32(a.Window), uint32(a.Pairs)},
		a.QKV, a.Angles, a.Params, a.Q, a.K, a.V)
}
