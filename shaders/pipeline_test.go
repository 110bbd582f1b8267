package shaders

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"fovea/gpu"
)

// layerCase is one layer of a model with its un-rotated projections, rotated
// by halves: dimension i turns with i + D/2.
type layerCase struct {
	Name, Mode string
	Hq, Hkv, D int
	W          int     // tokens of a window
	NLocal     int     `json:"n_local"`
	NInit      int     `json:"n_init"`
	B, R       int     // tokens of a block; representative ones of them
	RopeBase   float64 `json:"rope_base"`
	TopK       int
	KMin       int `json:"k_min"`
	KMax       int `json:"k_max"`
	History    int
	Q          string // (Hq, T, D)
	K, V       string // (Hkv, T, D)
}

func (c *layerCase) heads() Heads {
	return Heads{KV: c.Hkv, Group: c.Hq / c.Hkv, Octets: PadHead(c.D), KVType: KV32}
}

func (c *layerCase) scale() float32 { return float32(1 / math.Sqrt(float64(c.D))) }

// neighbours reorders head x (D) so that the dimensions that turn together are
// neighbours.
func neighbours(x []float32) []float32 {
	y := make([]float32, len(x))
	for i := range len(x) / 2 {
		y[2*i], y[2*i+1] = x[i], x[i+len(x)/2]
	}
	return y
}

// halves undoes neighbours.
func halves(y []float32) []float32 {
	x := make([]float32, len(y))
	for i := range len(y) / 2 {
		x[i], x[i+len(y)/2] = y[2*i], y[2*i+1]
	}
	return x
}

// tokenRow writes what Rope reads of a token: head i of its queries, keys and
// values, (Hq + 2*Hkv, dim); a nil head stays 0.
func (c *layerCase) tokenRow(to []float32, q, k, v func(head int) []float32) {
	dim := c.heads().Octets * 8
	for h := range c.Hq {
		copy(to[h*dim:], neighbours(q(h)))
	}
	for h := range c.Hkv {
		copy(to[(c.Hq+h)*dim:], neighbours(k(h)))
		copy(to[(c.Hq+c.Hkv+h)*dim:], v(h))
	}
}

// angleTable is the angles of a window at pos, then those of n_local-1.
func (c *layerCase) angleTable(pos, window int) []float32 {
	pairs := c.D / 2
	table := make([]float32, (window+1)*RopeRow(pairs))
	for row := range window + 1 {
		p := pos + row
		if row == window {
			p = c.NLocal - 1
		}
		for i := range pairs {
			sin, cos := math.Sincos(float64(p) * math.Pow(c.RopeBase, -2*float64(i)/float64(c.D)))
			table[row*RopeRow(pairs)+2*i], table[row*RopeRow(pairs)+2*i+1] = float32(cos), float32(sin)
		}
	}
	return table
}

// session runs the steps of one layer as the engine does: one recording for
// windows, one for single tokens, and the bookkeeping of the cache.
type session struct {
	*rig
	*layerCase
	h       Heads
	q, k, v []float32 // the case's arrays
	tokens  int
	recs    map[int]*gpu.Recording // by rows of queries

	pos, windows             int
	inits, remFirst, nBlocks int
	ring                     int
	params, qkv, angles      gpu.View
	attend                   Attend
	acc, stats, bias, probe  gpu.View
	scores, repr, norms      gpu.View
	budget                   Select
}

func newSession(r *rig, c *layerCase, array func(string) []float32) *session {
	s := &session{rig: r, layerCase: c, h: c.heads(), q: array(c.Q), k: array(c.K), v: array(c.V), recs: map[int]*gpu.Recording{}}
	s.tokens = len(s.q) / c.Hq / c.D
	s.ring = c.NLocal + c.B + c.W
	h, f := s.h, s.h.Features()
	blocks := s.tokens / c.B
	words := func(n int) gpu.View { return r.alloc(int64(n) * 4) }
	s.params, s.qkv, s.angles = words(int(StepBytes(c.W)/4)), words(c.W*(h.Width()+2*h.KV)*h.Octets*8), words((c.W+1)*RopeRow(c.D/2))
	globals := words(1 + c.NInit + max(c.KMin, c.KMax)*c.B + c.B + c.W)
	s.attend = Attend{
		Heads: h, K: r.alloc(int64(s.ring+s.tokens) * h.RowBytes()), V: r.alloc(int64(s.tokens) * h.RowBytes()),
		Q: words(2 * c.W * f), Globals: globals, Out: words(c.W * f), ML: words(2 * c.W * h.Width()),
		Splits: 1, Scale: c.scale(), Params: s.params,
	}
	s.acc, s.stats, s.bias, s.probe = words(h.Width()*s.ring), words(2*f), words(c.W), words(f)
	s.scores, s.repr, s.norms = words(blocks), r.alloc(ReprBytes(h, blocks)), words(blocks)
	s.budget = Select{
		Layers: 1, TopK: c.TopK, KMin: c.KMin, KMax: c.KMax, History: c.History, BlockSize: c.B, Tau: 1,
		Scores: s.scores, State: r.alloc(StateBytes(1, c.History)), Globals: globals,
		Report: words(ReportWords + blocks), Params: s.params,
	}
	return s
}

// rope is the call that takes a window's projections apart, queries into q.
func (s *session) rope(window int, q gpu.View) Rope {
	return Rope{
		Heads: s.h, QKV: s.qkv, Angles: s.angles, Q: q, K: s.attend.K, V: s.attend.V,
		Window: window, Pairs: s.D / 2, Params: s.params,
	}
}

// recording is the work of a step of at most n tokens.
func (s *session) recording(n int) *gpu.Recording {
	if rec := s.recs[n]; rec != nil {
		return rec
	}
	rec, a, f := gpu.NewRecording(fmt.Sprintf("step of %d", n)), s.attend, s.h.Features()
	a.Window = n
	s.rope(n, a.Q).Record(rec, s.lanes)
	Stats{Features: f, Q: a.Q, Window: n, Stats: s.stats, Cap: 1000, Params: s.params}.Record(rec, s.lanes)
	Bias{Features: f, Counted: s.Hq * s.D, Q: a.Q, Window: n, Stats: s.stats, Bias: s.bias, Params: s.params}.Record(rec, s.lanes)
	Probe{Features: f, Q: a.Q, Window: n, Bias: s.bias, Probe: s.probe, Params: s.params}.Record(rec, s.lanes)
	Score{
		Heads: s.h, Repr: s.repr, Norms: s.norms, Probe: s.probe, Scores: s.scores, MaxBlocks: s.tokens / s.B, Params: s.params,
	}.Record(rec, s.lanes)
	s.budget.Record(rec, s.lanes)
	a.Record(rec, s.lanes)
	Weigh{
		Heads: s.h, K: a.K, Q: a.Q, Globals: a.Globals, ML: a.ML, Acc: s.acc, Ring: s.ring, Window: n, Scale: a.Scale, Params: s.params,
	}.Record(rec, s.lanes)
	Seal{
		Heads: s.h, K: a.K, Acc: s.acc, BlockSize: s.B, Top: s.R, MaxSeals: (s.W+s.B-1)/s.B + 1,
		Repr: s.repr, Norms: s.norms, Params: s.params,
	}.Record(rec, s.lanes)
	s.recs[n] = rec
	s.Cleanup(func() { s.dev.Release(rec) })
	return rec
}

// load writes the projections and angles of n tokens from pos on, for windows
// of at most window tokens, and their parameters.
func (s *session) load(step Step, window int) {
	s.Helper()
	pos, n, row := int(step.Pos), int(step.Queries), (s.h.Width()+2*s.h.KV)*s.h.Octets*8
	qkv := make([]float32, n*row)
	for i := range n {
		part := func(x []float32) func(int) []float32 {
			return func(head int) []float32 { return x[(head*s.tokens+pos+i)*s.D:][:s.D] }
		}
		s.tokenRow(qkv[i*row:], part(s.q), part(s.k), part(s.v))
	}
	s.write(s.qkv, floatBytes(qkv))
	s.write(s.angles, floatBytes(s.angleTable(pos, window)))
	b := make([]byte, StepBytes(0))
	step.Put(b)
	s.write(s.params, b)
}

// next submits the next n tokens and returns their parameters.
func (s *session) next(n int) Step {
	s.Helper()
	end, window := s.pos+n, s.W
	if n == 1 {
		window = 1
	}
	step := Step{
		Queries: uint32(n), Pos: uint32(s.pos), Local: uint32(s.NLocal), LocalFirst: uint32(max(0, s.pos-s.NLocal)),
		Ring: uint32(s.ring), Inits: uint32(s.inits), Blocks: uint32(s.nBlocks), RemFirst: uint32(s.remFirst),
		RemEnd: uint32(max(s.remFirst, end-s.NLocal)), Windows: uint32(s.windows), InitEnd: uint32(s.NInit),
		SealFirst: uint32(s.nBlocks),
	}
	// What leaves the local window becomes initial tokens, then blocks.
	left := max(0, end-s.NLocal-s.remFirst)
	inits := min(left, s.NInit-s.inits)
	step.Seals = uint32((left - inits) / s.B)
	s.load(step, window)
	if err := s.dev.Submit(context.Background(), s.recording(window)); err != nil {
		s.Fatal(err)
	}
	s.inits += inits
	s.remFirst += inits + int(step.Seals)*s.B
	s.nBlocks += int(step.Seals)
	s.pos, s.windows = end, s.windows+1
	return step
}

// sequenceCase is a text of one layer, in windows and then in single tokens.
type sequenceCase struct {
	layerCase
	NPrefill  int    `json:"n_prefill"`
	NDecode   int    `json:"n_decode"`
	Out       string // (Hq, T, D)
	BlockRepr string `json:"block_repr"` // (blocks, Hq*D)
	Windows   []struct {
		Blocks       int `json:"n_blocks"`
		NInit        int `json:"n_init"`
		NRem         int `json:"n_rem"`
		NQ           int `json:"n_q"`
		K            int
		H, Left      float32
		Gap          *float32
		IDs          []int
		Score, Delta []float32
	}
	QuestionIDs []int  `json:"question_ids"` // the first token and one past the last
	QuestionVec string `json:"question_vec"` // (Hq*D)
}

// TestSequenceFixtures runs whole texts through the kernels of a layer and
// requires every choice, score and output of the authors' code under the rules
// of docs/actqkv.md.
func TestSequenceFixtures(t *testing.T) {
	for _, name := range []string{"sequence_gqa", "sequence_smol_heads", "sequence_odd"} {
		cases, array := fixtureCases[sequenceCase](t, name)
		for _, c := range cases {
			if c.Mode != "spec" {
				continue
			}
			t.Run(name, func(t *testing.T) {
				everywhere(t, func(r *rig) { checkSequence(newSession(r, &c.layerCase, array), &c, array(c.Out), array(c.BlockRepr)) })
			})
		}
	}
}

func checkSequence(s *session, c *sequenceCase, out, repr []float32) {
	dim := s.h.Octets * 8
	for i, w := range c.Windows {
		step := s.next(w.NQ)
		what := fmt.Sprintf("window %d: ", i)
		if got, want := [3]int{int(step.Blocks), int(step.Inits), int(step.RemEnd - step.RemFirst)}, [3]int{w.Blocks, w.NInit, w.NRem}; got != want {
			s.Fatalf("%sblocks, initial and remainder tokens %v, want %v", what, got, want)
		}
		report := s.read(s.budget.Report, ReportWords+w.Blocks)
		var ids []int
		for _, id := range report[ReportWords:][:bits(report[0])] {
			ids = append(ids, int(bits(id)))
		}
		if len(ids) != w.K || (w.Gap == nil || *w.Gap > 1e-6) && !slices.Equal(ids, w.IDs) {
			s.Errorf("%srecalled %v, want %d blocks %v", what, ids, w.K, w.IDs)
		}
		matches(s.rig, what+"entropy", report[2:3], []float32{max(w.H, 0)}, fixtureTolerance)
		matches(s.rig, what+"left", report[4:5], []float32{w.Left}, 0)
		matches(s.rig, what+"scores", s.read(s.scores, w.Blocks), w.Score, fixtureTolerance)
		matches(s.rig, what+"bias", s.read(s.bias, w.NQ), w.Delta, fixtureTolerance)

		var want []float32
		for token := s.pos - w.NQ; token < s.pos; token++ {
			for h := range c.Hq {
				want = append(want, out[(h*s.tokens+token)*c.D:][:c.D]...)
			}
		}
		matches(s.rig, what+"out", gathered(s.read(s.attend.Out, w.NQ*s.h.Features()), c.D, dim), want, fixtureTolerance)
	}
	if s.pos != c.NPrefill+c.NDecode {
		s.Errorf("%d tokens in all, want %d", s.pos, c.NPrefill+c.NDecode)
	}
	var got []float32
	for head := range slices.Chunk(s.representatives(s.repr, s.h, s.nBlocks), dim) {
		got = append(got, halves(head[:c.D])...)
	}
	matches(s.rig, "representatives", got, repr, fixtureTolerance)
}

// TestQuestionFixture finds the vector of a question at the start of a text,
// which the authors' code takes when the first tokens are about to leave the
// local window: until then all attention is local.
func TestQuestionFixture(t *testing.T) {
	cases, array := fixtureCases[sequenceCase](t, "sequence_question_first")
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			everywhere(t, func(r *rig) {
				s := newSession(r, &c.layerCase, array)
				for s.pos < c.NLocal {
					s.next(c.W)
				}
				// The queries of the first window again.
				step := Step{
					Queries: uint32(c.W), Ring: uint32(s.ring),
					QuestionFirst: uint32(c.QuestionIDs[0]), Questions: uint32(c.QuestionIDs[1] - c.QuestionIDs[0]),
				}
				s.load(step, c.W)
				f := s.h.Features()
				q := Question{
					Heads: s.h, Q: r.alloc(int64(2*c.W*f) * 4), Window: c.W, Acc: s.acc, Top: c.R,
					Question: r.alloc(int64(f) * 4), Params: s.params,
				}
				s.rope(c.W, q.Q).Record(r.rec, r.lanes)
				q.Record(r.rec, r.lanes)
				r.run()
				var got []float32
				for head := range slices.Chunk(r.read(q.Question, f), s.h.Octets*8) {
					got = append(got, halves(head[:c.D])...)
				}
				matches(r, "question", got, array(c.QuestionVec), fixtureTolerance)
			})
		})
	}
}

// attentionCase is one window over given local and global keys.
type attentionCase struct {
	layerCase
	Past        int    `json:"n_past_local"`
	NBlkInit    int    `json:"n_blk_init"`            // tokens of initial tokens and blocks
	NRem        int    `json:"n_rem"`                 // tokens of the remainder
	RemLength   int    `json:"rem_len_before_window"` // remainder token t lies at distance RemLength+i-t from query i
	LocalK      string `json:"local_k"`               // (Hkv, Past+W, D)
	LocalV      string `json:"local_v"`
	GlobalK     string `json:"global_k"` // (Hkv, NBlkInit+NRem, D)
	GlobalV     string `json:"global_v"`
	Out         string `json:"out_spec"`          // (Hq, W, D)
	LocalScore  string `json:"local_score_spec"`  // (Hq, Past+W), sums over the queries
	GlobalScore string `json:"global_score_spec"` // (Hq, NBlkInit+NRem)
}

// TestAttentionFixtures attends one window as the authors' attention did with
// the remainder masked to distances of n_local and more.
func TestAttentionFixtures(t *testing.T) {
	cases, array := fixtureCases[attentionCase](t, "attention")
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			everywhere(t, func(r *rig) { checkAttention(r, &c, array) })
		})
	}
}

func checkAttention(r *rig, c *attentionCase, array func(string) []float32) {
	// Initial tokens and blocks first, then nothing, then the remainder and the
	// local window, which may overlap, then the step.
	h, dim, global := c.heads(), PadHead(c.D)*8, c.NBlkInit+c.NRem
	pos := c.NBlkInit + max(c.RemLength, c.Past, c.NLocal)
	tokens := pos + c.W
	none := func(int) []float32 { return nil }
	row := (h.Width() + 2*h.KV) * dim
	qkv := make([]float32, tokens*row)
	put := func(p int, q func(int) []float32, k, v string, from, count int) {
		part := func(key string) func(int) []float32 {
			return func(head int) []float32 { return array(key)[(head*count+from)*c.D:][:c.D] }
		}
		c.tokenRow(qkv[p*row:], q, part(k), part(v))
	}
	list := []uint32{uint32(global)}
	for i := range global {
		p := i
		if i >= c.NBlkInit {
			p = pos - c.RemLength + i - c.NBlkInit
		}
		list = append(list, uint32(p))
		put(p, none, c.GlobalK, c.GlobalV, i, global)
	}
	for i := range c.Past + c.W {
		q := none
		if i >= c.Past {
			q = func(head int) []float32 { return array(c.Q)[(head*c.W+i-c.Past)*c.D:][:c.D] }
		}
		put(pos-c.Past+i, q, c.LocalK, c.LocalV, i, c.Past+c.W)
	}

	// One step to store all keys, another for the window.
	alloc := func(n int) gpu.View { return r.alloc(int64(n) * 4) }
	rope := Rope{
		Heads: h, K: r.alloc(int64(2*tokens) * h.RowBytes()), V: r.alloc(int64(tokens) * h.RowBytes()), Pairs: c.D / 2,
	}
	for _, step := range []Step{
		{Queries: uint32(pos), Ring: uint32(tokens)},
		{Queries: uint32(c.W), Pos: uint32(pos), Ring: uint32(tokens), Local: uint32(c.NLocal), LocalFirst: uint32(pos - c.Past)},
	} {
		n := int(step.Queries)
		rope.QKV, rope.Angles = r.floats(qkv[int(step.Pos)*row:][:n*row]), r.floats(c.angleTable(int(step.Pos), n))
		rope.Window, rope.Q, rope.Params = n, alloc(2*n*h.Features()), r.step(step, n)
		rope.Record(r.rec, r.lanes)
	}
	a := Attend{
		Heads: h, K: rope.K, V: rope.V, Q: rope.Q, Globals: r.put(wordBytes(list)), Out: alloc(c.W * h.Features()),
		ML: alloc(2 * c.W * h.Width()), Splits: 1, Window: c.W, Scale: c.scale(), Params: rope.Params,
	}
	w := Weigh{
		Heads: h, K: a.K, Q: a.Q, Globals: a.Globals, ML: a.ML, Acc: alloc(h.Width() * tokens), Ring: tokens,
		Window: c.W, Scale: a.Scale, Params: a.Params,
	}
	if c.W == 1 {
		w.Mass, w.Slots = alloc(h.MassRows()*global), global
	}
	a.Record(r.rec, r.lanes)
	w.Record(r.rec, r.lanes)
	r.run()

	out, want := gathered(r.read(a.Out, c.W*h.Features()), c.D, dim), make([]float32, 0, c.W*c.Hq*c.D)
	for token := range c.W {
		for head := range c.Hq {
			want = append(want, array(c.Out)[(head*c.W+token)*c.D:][:c.D]...)
		}
	}
	matches(r, "out", out, want, fixtureTolerance)
	var local []float32
	for head := range slices.Chunk(r.read(w.Acc, h.Width()*tokens), tokens) {
		local = append(local, head[pos-c.Past:]...)
	}
	matches(r, "local weights", local, array(c.LocalScore), fixtureTolerance)
	if c.W == 1 {
		mass := make([]float32, h.MassRows()*global)
		for i, v := range array(c.GlobalScore) {
			mass[i/global*h.MassRows()/h.Width()*global+i%global] += v
		}
		matches(r, "mass", r.read(w.Mass, len(mass)), mass, fixtureTolerance)
	}
}
