package shaders

import "fovea/gpu"

// Recall is all that a decode step does to choose a layer's blocks, in one
// dispatch: Stats, Score and, where one workgroup can keep the scores of all
// blocks, Select; where it cannot, Select is a second dispatch. With a list of
// super-blocks it scores only what that stands for.
type Recall struct {
	Score  Score // by the step's only query, or of each token of a batch; First says where it is
	Tokens int   // of a batch, each with a row of the scores, as Select says; else 0
	Most   int   // super-blocks of Select.List, where that is set
	// Cap and Stats are as in Stats; without Stats, which a batch must not have,
	// none are kept.
	Cap    int
	Stats  gpu.View
	Select Select // its Scores are those of Score: ScoreBytes
}

// ScoreBytes is the size of the scores of n blocks, and a counter that recall
// keeps behind them.
func ScoreBytes(n int) int64 { return int64(n+1) * 4 }

// Record adds the choice to r.
func (a Recall) Record(r *gpu.Recording, lanes int) {
	a.Select.Tokens = a.Tokens
	s := a.Score
	name, each := "recall_"+s.Heads.KVType.String(), chunkKeys // blocks of a lane
	switch {
	case a.Select.List.Buffer != nil:
		name = "recall_narrowed_" + s.Heads.KVType.String()
	case a.Select.Team > 1: // a graphics card gains by more workgroups
		name, each = name+"_r1", 1
	}
	s.check(name)
	need(name, "queries", s.Probe, int64(s.First+a.Select.tokens()*s.Heads.Features())*4)
	need(name, "scores", s.Scores, int64(a.Select.tokens())*ScoreBytes(s.MaxBlocks))
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
	}
	last := keeps(most, lanes, a.Select.Team)
	a.Select.MaxBlocks = most
	workgroups := groups(most, each*lanes)
	if last {
		workgroups = fewGroups(workgroups, a.Select.Cores)
	}
	r.Dispatch(kernel(name, recallTwin(s.Heads.KVType)), [3]uint32{workgroups, uint32(a.Select.tokens()), 1},
		[]uint32{flag(a.Select.Fixed), flag(a.Stats.Buffer != nil), flag(last), quads(most, lanes, a.Select.Team)},
		append([]uint32{uint32(s.Heads.Features() / 8), uint32(s.First / 4), bits(weight), uint32(a.Cap), uint32(s.MaxBlocks), workgroups}, a.Select.push(name)...), views...)
	if !last {
		a.Select.Record(r, lanes)
	}
}

// recallTwin is the twin of recall.comp: those of stats, score and select.
func recallTwin(kv KV) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		octets, weight, limit := c.Push[0], float(c.Push[2]), c.Push[3]
		repr, norms, query, params, stats := c.Bufs[0], c.Bufs[1], c.Bufs[2], c.Bufs[3], c.Bufs[6]
		for token := range int(c.Groups[1]) {
			s := stepOf(params, token)
			if s.Queries == 0 {
				continue
			}
			first := c.Push[1] + uint32(token)*2*octets
			if c.Spec[1] == 1 {
				statsTwin(&gpu.Call{Push: []uint32{2 * octets, first, limit}, Spec: []uint32{0}, Bufs: [][]byte{query, stats, params, stats}})
			}
			all := [][]byte{c.Bufs[7], c.Bufs[8], c.Bufs[9], c.Bufs[10]}
			if len(c.Bufs) > 13 {
				all = append(all, c.Bufs[13])
			}
			choice := choiceRows(c.Push[6:], token, all...)
			blocks := choice.blocks(int(s.Blocks))
			scoreBlocks(kv, repr, f32s(norms), blocks, f32s(query)[4*first:][:8*octets], f32s(c.Bufs[11]), weight, choice.scores)
			if c.Spec[2] == 1 {
				choice.make(s, c.Push[6:], c.Spec[0] == 1)
			}
		}
	}
}
