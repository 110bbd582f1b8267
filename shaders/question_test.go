package shaders

import (
	"fmt"
	"testing"
)

// TestQuestion compares question with its twin: short questions, ties, spans
// that wrap in the ring, and steps without any.
func TestQuestion(t *testing.T) {
	for _, c := range []struct {
		h                       Heads
		window, first, count    int
		top, pos, ring, queries int
	}{
		{h: Heads{KV: 1, Group: 1, Octets: 1}, window: 1, count: 1, top: 4, ring: 1, queries: 1},
		{h: Heads{KV: 3, Group: 3, Octets: 8}, window: 64, first: 40, count: 24, top: 4, pos: 700, ring: 640, queries: 64},
		{h: Heads{KV: 3, Group: 3, Octets: 8}, window: 64, first: 40, count: 0, top: 4, pos: 700, ring: 640, queries: 64},
		{h: Heads{KV: 2, Group: 7, Octets: 2}, window: 20, first: 3, count: 3, top: 5, pos: 60, ring: 33, queries: 17},
		{h: Heads{KV: 2, Group: 1, Octets: 16}, window: 150, first: 0, count: 150, top: 64, pos: 990, ring: 1000, queries: 150},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			onDevices(t, 1e-6, func(r *rig) [][]float32 {
				f := c.h.Features()
				acc, before := r.normal(c.h.Width()*c.ring), r.normal(f)
				for i := range acc { // of eight values, zero among them
					acc[i] = float32(int(4*acc[i])&7) / 8
				}
				q := Question{
					Heads: c.h, Q: farBuffer(r, r.normal(c.queries*f), c.window, f), Window: c.window,
					Acc: r.floats(acc), Top: c.top, Question: r.floats(before),
					Params: r.step(Step{
						Queries: uint32(c.queries), Pos: uint32(c.pos), Ring: uint32(c.ring),
						QuestionFirst: uint32(c.first), Questions: uint32(c.count),
					}, c.window),
				}
				q.Record(r.rec, r.lanes)
				r.run()
				got := r.read(q.Question, f)
				if c.count == 0 {
					agree(r, 0, got, before, 0)
				}
				return [][]float32{got}
			})
		})
	}
}

// TestQuestionMean requires the mean of all queries of a question no longer
// than Top, and of the two heaviest otherwise.
func TestQuestionMean(t *testing.T) {
	onDevices(t, 0, func(r *rig) [][]float32 {
		const window, dim = 4, 8
		q := make([]float32, window*dim)
		for i := range q {
			q[i] = float32(int(1) << (i / dim)) // query j is 2^j in every feature
		}
		var got [][]float32
		for _, c := range []struct {
			first, count, top int
			want              float32
		}{
			{0, 4, 4, 15.0 / 4}, {1, 2, 4, 3}, {0, 4, 2, 5}, {0, 4, 1, 8}, {1, 2, 1, 2},
		} {
			call := Question{
				Heads: Heads{KV: 1, Group: 1, Octets: 1}, Q: farBuffer(r, q, window, dim), Window: window,
				Acc: r.floats([]float32{1, 2, 2, 3}), Top: c.top, Question: r.alloc(dim * 4),
				Params: r.step(Step{Queries: window, Ring: 4, QuestionFirst: uint32(c.first), Questions: uint32(c.count)}, window),
			}
			call.Record(r.rec, r.lanes)
			r.run()
			v := r.read(call.Question, dim)
			want := make([]float32, dim)
			for i := range want {
				want[i] = c.want
			}
			agree(r, 0, v, want, 0)
			got = append(got, v)
		}
		return got
	})
}
