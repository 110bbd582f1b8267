package shaders

import (
	"testing"

	"fovea/gpu"
	"fovea/internal/fixture"
)

// TestQuestionFixture finds the vector of a question at the start of a text.
// The authors' code takes it when the first tokens are about to leave the local
// window: until then all attention is local, so one window can take them all.
func TestQuestionFixture(t *testing.T) {
	type questionCase struct {
		layerCase
		R        int    // queries of a head that the vector is the mean of
		Q        string // (Hq, tokens, D)
		K, V     string // (Hkv, tokens, D)
		Tokens   [2]int `json:"question_ids"` // the first and one past the last
		Question string `json:"question_vec"` // (Hq*D)
	}
	cases, array := fixture.Cases[questionCase](t, "sequence_question_first")
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			everywhere(t, func(r *rig) {
				h, n := c.heads(KV32), (c.NLocal+c.W-1)/c.W*c.W
				f, tokens := h.Features(), len(array(c.Q))/c.Hq/c.D
				rows := make([]float32, n*c.rowSize())
				for i := range n {
					c.row(rows[i*c.rowSize():], array(c.Q), array(c.K), array(c.V), tokens, i)
				}
				alloc := func(n int) gpu.View { return r.alloc(int64(n) * 4) }
				params := r.step(Step{
					Queries: uint32(n), Local: uint32(c.NLocal), Ring: uint32(n),
					QuestionFirst: uint32(c.Tokens[0]), Questions: uint32(c.Tokens[1] - c.Tokens[0]),
				}, n)
				place := &Place{
					Heads: h, Angles: r.floats(c.angleTable(0, n)), Q: alloc(2 * n * f),
					K: r.alloc(int64(2*n) * h.RowBytes()), V: r.alloc(int64(n) * h.RowBytes()), Window: n, Pairs: c.D / 2,
				}
				a := Attend{
					Heads: h, K: place.K, V: place.V, Q: place.Q, Globals: alloc(listed), Out: alloc(n * f), ML: alloc(2 * n * h.Width()),
					Splits: 1, Window: n, Scale: c.scale(), Params: params,
				}
				w := Weigh{
					Splits: 1, Heads: h, K: a.K, Q: a.Q, ML: a.ML, Acc: alloc(h.Width() * n), Ring: n,
					Window: n, Scale: a.Scale, Params: params,
				}
				q := Question{Heads: h, Q: a.Q, Window: n, Acc: w.Acc, Top: c.R, Question: alloc(f), Params: params}
				r.place(place, rows, params)
				a.Record(r.rec, r.lanes)
				w.Record(r.rec, r.lanes)
				q.Record(r.rec, r.lanes)
				r.run()
				got := c.halved(c.fromRows(r.read(q.Question, f), c.Hq))
				fixture.Matches(r, "question", got, array(c.Question), fixture.Tolerance)
			})
		})
	}
}
