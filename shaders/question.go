package shaders

import "fovea/gpu"

// Question is the vector of the user's question for Score: per query head, the
// mean of the queries of its Top tokens that received the most attention. The
// tokens are those of the step that Step.QuestionFirst and Step.Questions
// name; without any the vector stays as it is.
type Question struct {
	Heads    Heads
	Q        gpu.View // (2, Window, features) floats, from Rope; the second half is read
	Window   int
	Acc      gpu.View // (width, ring), from Weigh
	Top      int      // queries per head, at most MaxTop
	Question gpu.View // (features) floats
	Params   gpu.View
}

// Record adds the computation to r.
func (q Question) Record(r *gpu.Recording, _ int) {
	features := q.Heads.Features()
	need("question", "queries", q.Q, int64(2*q.Window*features)*4)
	need("question", "question", q.Question, int64(features)*4)
	needTop("question", q.Top)
	r.Dispatch(kernel("question", questionTwin), [3]uint32{uint32(q.Heads.Width()), 1, 1}, nil,
		[]uint32{uint32(features / 4), uint32(q.Window * features / 4), uint32(q.Heads.Width()), uint32(q.Top)},
		q.Q, q.Acc, q.Params, q.Question)
}

// questionTwin is the twin of question.comp.
func questionTwin(c *gpu.Call) {
	features, width, top := 4*int(c.Push[0]), int(c.Push[2]), int(c.Push[3])
	q, acc, s, question := farQueries(c), f32s(c.Bufs[1]), step(c.Bufs[2]), f32s(c.Bufs[3])
	if s.Questions == 0 {
		return
	}
	ring, dim := int(s.Ring), features/width
	for h := range width {
		best := heaviest(acc[h*ring:][:ring], int(s.Pos+s.QuestionFirst), int(s.Questions), top)
		var rows []float32
		for _, i := range best {
			rows = append(rows, q[(int(s.QuestionFirst)+i)*features+h*dim:][:dim]...)
		}
		copy(question[h*dim:], meanRow(rows, len(best)))
	}
}
