package shaders

import "fovea/gpu"

// Recall is all that a decode step does to choose a layer's blocks, in one
// dispatch: Stats, Score and, where one workgroup can keep the scores of all
// blocks, Select; where it cannot, Select is a second dispatch. With a list of
// super-blocks it scores only what that stands for.
type Recall struct {
	Score Score // by the step's only query; First says where it is
	Most  int   // super-blocks of Select.List, where that is set
	// Cap and Stats are as in Stats; without Stats none are kept.
	Cap    int
	Stats  gpu.View
	Select Select // its Scores are those of Score: ScoreBytes
}

// ScoreBytes is the size of the scores of n blocks, and a counter that recall
// keeps behind them.
func ScoreBytes(n int) int64 { return int64(n+1) * 4 }

// Record adds the choice to r.
func (a Recall) Record(r *gpu.Recording, lanes int) {
	s := a.Score
	name := "recall_" + s.Heads.KVType.String()
	if a.Select.List.Buffer != nil {
		name = "recall_narrowed_" + s.Heads.KVType.String()
	}
	s.check(name)
	a.Select.check(name)
	need(name, "scores", s.Scores, ScoreBytes(s.MaxBlocks))
	stats := a.Stats
	if stats.Buffer == nil {
		stats = a.Select.State // bound and not touched
	} else {
		need(name, "stats", stats, int64(2*s.Heads.Features())*4)
	}
	question, weight := s.question()
	views := []gpu.View{s.Repr, s.Norms, s.Probe, s.Params, stats, a.Select.State, stats, s.Scores, a.Select.State, a.Select.Globals, a.Select.Report, question, s.Scores}
	most := s.MaxBlocks
	if a.Select.List.Buffer != nil {
		most, views = ListedBlocks(a.Most), append(views, a.Select.List)
		need(name, "scores", s.Scores, ScoreBytes(most))
	}
	last := most <= keptScores(lanes)
	a.Select.MaxBlocks = most
	r.Dispatch(kernel(name, recallTwin(s.Heads.KVType)), [3]uint32{groups(most, chunkKeys*lanes), 1, 1},
		[]uint32{flag(a.Select.Fixed), flag(a.Stats.Buffer != nil), flag(last)},
		append([]uint32{uint32(s.Heads.Features() / 8), uint32(s.First / 4), bits(weight), uint32(a.Cap), uint32(s.MaxBlocks)}, a.Select.push()...), views...)
	if !last {
		a.Select.Record(r, lanes)
	}
}

// recallTwin is the twin of recall.comp: those of stats, score and select.
func recallTwin(kv KV) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		octets, first, weight, limit := c.Push[0], c.Push[1], float(c.Push[2]), c.Push[3]
		repr, norms, query, params, stats, scores := c.Bufs[0], c.Bufs[1], c.Bufs[2], c.Bufs[3], c.Bufs[6], c.Bufs[7]
		state, globals, report := c.Bufs[8], c.Bufs[9], c.Bufs[10]
		if c.Spec[1] == 1 {
			statsTwin(&gpu.Call{Push: []uint32{2 * octets, first, limit}, Bufs: [][]byte{query, stats, params, stats}})
		}
		n := int(step(params).Blocks)
		blocks, list := firstBlocks(n), c.Bufs[13:]
		if len(list) > 0 {
			blocks = listedBlocks(u32s(list[0]), n)
		}
		scoreBlocks(kv, repr, f32s(norms), blocks, f32s(query)[4*first:][:8*octets], f32s(c.Bufs[11]), weight, f32s(scores))
		if c.Spec[2] == 1 {
			selectTwin(&gpu.Call{Push: c.Push[5:], Spec: c.Spec[:1], Bufs: append([][]byte{scores, params, state, state, globals, report}, list...)})
		}
	}
}
