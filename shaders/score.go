package shaders

import (
	"math"

	"fovea/gpu"
)

// Score gives every sealed block its score.
type Score struct {
	Heads          Heads
	Repr           gpu.View // representatives, see Seal
	Norms          gpu.View // (blocks) 1/|representative|, from Seal
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
	s.check(name)
	question, weight := s.question()
	r.Dispatch(kernel(name, scoreTwin(s.Heads.KVType)), [3]uint32{groups(s.MaxBlocks, chunkKeys*lanes), 1, 1}, nil,
		[]uint32{uint32(s.Heads.Features() / 8), uint32(s.First / 4), bits(weight)},
		s.Repr, s.Norms, s.Probe, question, s.Params, s.Scores)
}

// question is what is bound as the question, and its weight.
func (s Score) question() (v gpu.View, weight float32) {
	if s.Question.Buffer == nil {
		return s.Probe, 0 // bound and not read
	}
	return s.Question, s.QuestionWeight
}

// check panics unless the views hold what a kernel needs.
func (s Score) check(kernel string) {
	need(kernel, "probe", s.Probe, int64(s.First+s.Heads.Features())*4)
	need(kernel, "scores", s.Scores, int64(s.MaxBlocks)*4)
	need(kernel, "norms", s.Norms, int64(s.MaxBlocks)*4)
	need(kernel, "representatives", s.Repr, ReprBytes(s.Heads, s.MaxBlocks))
}

// scoreTwin is the twin of score.comp: cos(probe, representative) + weight *
// cos(question, representative). The cosine with a vector of zeros is 0.
func scoreTwin(kv KV) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		octets := int(c.Push[0])
		probe, question := f32s(c.Bufs[2])[4*c.Push[1]:][:8*octets], f32s(c.Bufs[3])[:8*octets]
		scoreBlocks(kv, c.Bufs[0], f32s(c.Bufs[1]), firstBlocks(int(step(c.Bufs[4]).Blocks)), probe, question, float(c.Push[2]), f32s(c.Bufs[5]))
	}
}

// scoreBlocks gives the scores of some blocks, in their order; with weight 0
// there is no question.
func scoreBlocks(kv KV, repr []byte, norms []float32, blocks []int, probe, question []float32, weight float64, scores []float32) {
	vectors, weights := [][]float32{probe}, []float64{inverseNorm(probe)}
	if weight != 0 {
		vectors, weights = append(vectors, question), append(weights, weight*inverseNorm(question))
	}
	octets := len(probe) / 8
	parallel(len(blocks), func(at int) {
		sum, b := 0.0, blocks[at]
		for o := range octets {
			for e, r := range kv.octet(repr, ReprOctet(b, o, octets)) {
				for i, v := range vectors {
					sum += weights[i] * float64(v[8*o+e]) * float64(r)
				}
			}
		}
		scores[at] = float32(sum * float64(norms[b]))
	})
}

// firstBlocks are the first n blocks.
func firstBlocks(n int) []int {
	blocks := make([]int, n)
	for i := range blocks {
		blocks[i] = i
	}
	return blocks
}

// inverseNorm is 1/|v|, for v = 0 a large number.
func inverseNorm(v []float32) float64 {
	squares := 0.0
	for _, x := range v {
		squares += float64(x) * float64(x)
	}
	return 1 / math.Sqrt(max(squares, 1e-30))
}
