package shaders

import "fovea/gpu"

// Rescore is the second level of a decode step's choice: exact scores of the
// blocks of listed super-blocks, in the list's order.
type Rescore struct {
	Score Score    // by the step's only query; no question. Its Scores are of the listed blocks
	Most  int      // chosen super-blocks of the list
	List  gpu.View // from Narrow
}

// RescoredBlocks is the most blocks that Rescore scores.
func RescoredBlocks(most int) int { return listed(most) * Super }

// Record adds the scoring to r.
func (a Rescore) Record(r *gpu.Recording, lanes int) {
	s := a.Score
	name := "rescore_" + s.Heads.KVType.String()
	s.check(name)
	need(name, "scores", s.Scores, int64(RescoredBlocks(a.Most))*4)
	r.Dispatch(kernel(name, rescoreTwin(s.Heads.KVType)), [3]uint32{groups(RescoredBlocks(a.Most), chunkKeys*lanes), 1, 1}, nil,
		[]uint32{uint32(s.Heads.Features() / 8), uint32(s.First / 4)},
		s.Repr, s.Norms, s.Probe, s.Params, a.List, s.Scores)
}

// rescoreTwin is the twin of rescore.comp.
func rescoreTwin(kv KV) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		octets := int(c.Push[0])
		query := f32s(c.Bufs[2])[4*c.Push[1]:][:8*octets]
		norms, n, scores := f32s(c.Bufs[1]), int(step(c.Bufs[3]).Blocks), f32s(c.Bufs[5])
		norm := inverseNorm(query)
		for i, b := range listedBlocks(u32s(c.Bufs[4]), n) {
			sum := 0.0
			for o := range octets {
				for e, r := range kv.octet(c.Bufs[0], reprOctet(b, o, octets)) {
					sum += float64(query[8*o+e]) * float64(r)
				}
			}
			scores[i] = float32(sum * norm * float64(norms[b]))
		}
	}
}
