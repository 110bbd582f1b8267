package shaders

import (
	"fmt"

	"fovea/gpu"
)

// MatVec is a [Matmul] of a step's only token for graphics cards: four times as many
// workgroups (for gate and up twice), each of which fetches several blocks of columns
// before it uses the first.
type MatVec struct{ Matmul }

// VecServes says whether there is a MatVec for the call on a device with so many lanes.
func (m Matmul) VecServes(lanes int) bool { return m.Tokens == 1 && lanes >= 8 }

// Record adds the matmul to r.
func (m MatVec) Record(r *gpu.Recording, lanes int) {
	name, parts := fmt.Sprintf("matvec_%s", m.W.Format), 4
	switch {
	case m.Place != nil:
		name = fmt.Sprintf("matvec_project_%s_%s", m.W.Format, m.Place.Heads.KVType)
	case m.Epilogue == SwiGLU:
		name, parts = fmt.Sprintf("matvec_gated_%s", m.W.Format), 2
	}
	if !m.VecServes(lanes) {
		panic(fmt.Sprintf("shaders: %s for %d tokens with %d lanes", name, m.Tokens, lanes))
	}
	m.dispatch(r, name, lanes, [3]uint32{groups(m.W.Rows, 4*lanes), uint32(parts), 1}, m.floats(name))
}
