package actqkv

import (
	"math"

	"fovea/shaders"
)

// Places says where the tokens of a session are. A token goes through the
// local window and the remainder into a block; the first ones to leave the
// local window become initial tokens instead. Places are ranges of positions,
// the same for all layers:
//
//	[0, Inits) initial, then Blocks blocks, [RemFirst, Pos) remainder and local
type Places struct {
	Pos      int // tokens so far
	Inits    int
	Blocks   int
	RemFirst int
	Windows  int // steps so far
}

// local is n_local as a number of positions: all of them with dense attention.
func (s Settings) local() int {
	if s.Method == Full {
		return math.MaxInt32
	}
	return s.Local
}

// Ring is the number of tokens whose rotated keys and accumulated weights a
// session holds: the local window, the step's own tokens, and tokens that left
// the window and wait for their block to fill.
func (s Settings) Ring(capacity int) int {
	if s.Method == Full {
		return capacity
	}
	return s.Local + s.Window + s.BlockSize
}

// MaxSeals is the most blocks that one step of n tokens fills.
func (s Settings) MaxSeals(n int) int { return (n-1)/s.BlockSize + 1 }

// Step gives the parameters of a step of n tokens from places p, and the
// places after it.
func (s Settings) Step(p Places, n, ring int) (shaders.Step, Places) {
	local, end := s.local(), p.Pos+n
	step := shaders.Step{
		Queries: uint32(n), Pos: uint32(p.Pos), Local: uint32(local), LocalFirst: uint32(max(0, p.Pos-local)),
		Ring: uint32(ring), Inits: uint32(p.Inits), Blocks: uint32(p.Blocks),
		RemFirst: uint32(p.RemFirst), RemEnd: uint32(max(p.RemFirst, end-local)),
		Windows: uint32(p.Windows), InitEnd: uint32(s.Init),
	}
	if !s.Recalls() {
		step.Blocks = 0 // none to choose from
	}
	next := p
	next.Pos = end
	next.Windows++
	if out := end - local - next.RemFirst; next.Inits < s.Init && out > 0 {
		add := min(s.Init-next.Inits, out)
		next.Inits += add
		next.RemFirst += add
	}
	if out := end - local - next.RemFirst; out >= s.BlockSize {
		seals := out / s.BlockSize
		step.SealFirst, step.Seals = uint32(next.Blocks), uint32(seals)
		next.Blocks += seals
		next.RemFirst += seals * s.BlockSize
	}
	return step, next
}
