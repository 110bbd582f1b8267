package shaders

import (
	"fovea/gpu"
)

// Stats updates the running mean and variance of a layer's query features.
type Stats struct {
	Features int      // padding included
	Q        gpu.View // (2, Window, Features) floats, from Rope; the second half is read
	Window   int
	Stats    gpu.View // (2, Features): mean, variance
	Cap      int      // windows after which the horizon is exponential
	Params   gpu.View
}

// Record adds the update to r.
func (s Stats) Record(r *gpu.Recording, lanes int) {
	need("stats", "stats", s.Stats, int64(2*s.Features)*4)
	t := s.Features / 4
	r.Dispatch(kernel("stats", statsTwin), [3]uint32{groups(t, lanes), 1, 1}, nil,
		[]uint32{uint32(t), uint32(s.Window * t), uint32(s.Cap)},
		s.Q, s.Stats, s.Params, s.Stats)
}

// Bias is the activation bias of every query of a window.
type Bias struct {
	Features int // padding included
	Counted  int // features that are not padding
	Q        gpu.View
	Window   int
	Stats    gpu.View
	Bias     gpu.View // (Window) floats
	Params   gpu.View
}

// Record adds the computation to r.
func (b Bias) Record(r *gpu.Recording, _ int) {
	need("bias", "bias", b.Bias, int64(b.Window)*4)
	t := b.Features / 4
	r.Dispatch(kernel("bias", biasTwin), [3]uint32{uint32(b.Window), 1, 1}, nil,
		[]uint32{uint32(t), uint32(b.Window * t), bits(float32(b.Counted))},
		b.Q, b.Stats, b.Params, b.Bias)
}

// Probe is the probe-query of a window.
type Probe struct {
	Features int
	Q        gpu.View
	Window   int
	Bias     gpu.View
	Mean     bool     // all queries weigh the same
	Probe    gpu.View // (Features) floats
	Params   gpu.View
}

// Record adds the computation to r.
func (p Probe) Record(r *gpu.Recording, lanes int) {
	need("probe", "probe", p.Probe, int64(p.Features)*4)
	t, mean := p.Features/4, uint32(0)
	if p.Mean {
		mean = 1
	}
	r.Dispatch(kernel("probe", probeTwin), [3]uint32{groups(t, lanes), 1, 1}, nil,
		[]uint32{uint32(t), uint32(p.Window * t), mean},
		p.Q, p.Bias, p.Params, p.Probe)
}

// Score gives every sealed block its score.
type Score struct {
	Heads          Heads
	Repr           gpu.View // representatives, see Seal
	Norms          gpu.View // (blocks)
	Probe          gpu.View // (features) from float First on
	First          int      // a multiple of 4
	Question       gpu.View // (features); unset: no question term
	QuestionWeight float32
	Scores         gpu.View // (MaxBlocks) floats
	MaxBlocks      int
	Params         gpu.View
}

// Record adds the scoring to r.
func (s Score) Record(r *gpu.Recording, lanes int) {
	name := "score_" + s.Heads.KVType.String()
	need(name, "scores", s.Scores, int64(s.MaxBlocks)*4)
	need(name, "representatives", s.Repr, ReprBytes(s.Heads, s.MaxBlocks))
	question, weight := s.Question, s.QuestionWeight
	if question.Buffer == nil {
		question, weight = s.Probe, 0
	}
	r.Dispatch(kernel(name, scoreTwin), [3]uint32{groups(s.MaxBlocks, chunkKeys*lanes), 1, 1}, nil,
		[]uint32{uint32(s.Heads.Features() / 8), uint32(s.First / 4), bits(weight)},
		s.Repr, s.Norms, s.Probe, question, s.Params, s.Scores)
}

// Seal makes the representatives of blocks that became full.
type Seal struct {
	Heads     Heads
	K         gpu.View
	Acc       gpu.View // (width, ring), from Weigh
	BlockSize int      // at most 256
	Top       int      // representative tokens per head
	MaxSeals  int      // the most blocks that one step seals
	Repr      gpu.View // octet o of block b at ((b/8)*(features/8) + o)*8 + b%8
	Norms     gpu.View // (blocks) 1/|representative|
	Params    gpu.View
}

// ReprBytes is the size of the representatives of n blocks.
func ReprBytes(h Heads, n int) int64 {
	return int64((n+7)/8*8) * int64(h.Features()/8) * h.KVType.OctetBytes()
}

// Record adds the sealing to r.
func (s Seal) Record(r *gpu.Recording, _ int) {
	name := "seal_" + s.Heads.KVType.String()
	if s.BlockSize > 256 {
		panic("shaders: seal: blocks of more than 256 tokens")
	}
	r.Dispatch(kernel(name, sealTwin), [3]uint32{uint32(s.MaxSeals), 1, 1},
		[]uint32{uint32(s.Heads.Octets)},
		[]uint32{uint32(s.Heads.KV), uint32(s.Heads.Group), uint32(s.BlockSize), uint32(s.Top)},
		s.K, s.Acc, s.Params, s.Repr, s.Norms)
}

// Select is the layer-aware cut-off and the recall of one layer.
type Select struct {
	Layer, Layers    int
	TopK, KMin, KMax int
	History          int // samples of normalised entropy kept per layer
	BlockSize        int
	Tau              float32 // temperature of the scores' softmax
	Fixed            bool    // k = TopK in every layer, no cut-off
	Scores           gpu.View
	State            gpu.View // StateBytes, shared by all layers
	Globals          gpu.View // count, positions of the global keys
	Report           gpu.View // ReportWords + ids of the recalled blocks
	Params           gpu.View
}

// ReportWords are the words of a Report before the ids: k, blocks, H, h, left
// before, highest and lowest score, gap to the best block not recalled.
const ReportWords = 8

// StateBytes is the size of the budget's state: left; per layer the mean of
// its history, the samples in it, and the samples.
func StateBytes(layers, history int) int64 { return int64(1+2*layers+layers*history) * 4 }

// Record adds the selection to r.
func (s Select) Record(r *gpu.Recording, _ int) {
	need("select", "state", s.State, StateBytes(s.Layers, s.History))
	fixed := uint32(0)
	if s.Fixed {
		fixed = 1
	}
	r.Dispatch(kernel("select", selectTwin), [3]uint32{1, 1, 1}, []uint32{fixed},
		[]uint32{
			uint32(s.Layer), uint32(s.Layers), uint32(s.TopK), uint32(s.KMin), uint32(s.KMax),
			uint32(s.History), uint32(s.BlockSize), bits(s.Tau),
		},
		s.Scores, s.Params, s.State, s.State, s.Globals, s.Report)
}
