package bench

import (
	"context"
	"errors"
	"slices"
	"time"

	"fovea/model/kvcache"
	"fovea/model/lookup"
)

// Lookup is the speed of writing a quotation of the text, in tokens per second.
type Lookup struct {
	Steps   float64       `json:"steps_tokens_per_second"`  // token by token
	Lookup  float64       `json:"lookup_tokens_per_second"` // with drafts that were looked up
	Drafted int           `json:"drafted_tokens"`           // of them, in one such run
	Right   int           `json:"accepted_tokens"`
	Batches []LookupBatch `json:"batches"`
}

// LookupBatch is the speed of batches of which all tokens are right.
type LookupBatch struct {
	Tokens int     `json:"tokens"`
	Rate   float64 `json:"tokens_per_second"`
}

// lookupRounds is how often each is measured, in turn; the first does not count.
const lookupRounds = 4

// quoting writes a passage that begins at a position of the text.
type quoting struct {
	*bench
	from           int
	drafted, right int
}

// lookup measures the writing of what was read at half the depth.
func (b *bench) lookup(ctx context.Context) (*Lookup, error) {
	mark, err := b.s.Mark(ctx)
	if err != nil {
		return nil, err
	}
	defer mark.Free()
	q, read := &quoting{bench: b, from: b.s.Pos() / 2}, make([]int32, b.s.Pos())
	for i := range read {
		read[i] = b.token(i)
	}
	sizes, rates := []int{1, 2, 4, kvcache.BatchTokens}, map[int][]float64{}
	r := &Lookup{}
	for round := range lookupRounds {
		for _, size := range append(sizes, 0) { // 0: by look-up
			d := lookup.NewDrafter(slices.Clone(read))
			draft := func(int) []int32 { return d.Draft(kvcache.BatchTokens - 1) }
			if size > 0 {
				d, draft = nil, func(i int) []int32 { return q.passage(i+1, size-1) }
			}
			rate, err := q.write(ctx, draft, d)
			if err = errors.Join(err, b.s.Return(ctx, mark)); err != nil {
				return nil, err
			}
			if round > 0 {
				rates[size] = append(rates[size], rate)
			}
			r.Drafted, r.Right = q.drafted, q.right
		}
	}
	for _, size := range sizes[1:] {
		r.Batches = append(r.Batches, LookupBatch{size, median(rates[size])})
	}
	r.Steps, r.Lookup = median(rates[1]), median(rates[0])
	return r, nil
}

// passage is n tokens of the quotation, from number i on.
func (q *quoting) passage(i, n int) (ids []int32) {
	for j := range n {
		ids = append(ids, q.token(q.from+i+j))
	}
	return ids
}

// write writes the quotation with drafts of what follows token i, of which d, where
// there is one, is told, and returns the speed.
func (q *quoting) write(ctx context.Context, draft func(i int) []int32, d *lookup.Drafter) (float64, error) {
	q.drafted, q.right = 0, 0
	start := time.Now()
	for i := 0; i < q.o.Decode; {
		if d != nil {
			d.Add(q.passage(i, 1)[0])
		}
		ids := append(q.passage(i, 1), draft(i)...)
		n, err := q.s.Batch(min(len(ids), q.o.Decode-i), q.listed())
		if err != nil {
			return 0, err
		}
		if n == 1 {
			if _, err := q.readToken(ctx, ids[0]); err != nil {
				return 0, err
			}
			i++
			continue
		}
		rows, err := q.s.Verify(ctx, ids[:n], q.listed())
		for i := 0; i < len(rows) && err == nil; i++ {
			err = q.draw(rows[i])
		}
		if err != nil {
			return 0, err
		}
		want, right := q.passage(i, n), 1
		for right < n && ids[right] == want[right] {
			right++
		}
		if _, err := q.s.Accept(ctx, right); err != nil {
			return 0, err
		}
		q.drafted, q.right = q.drafted+n-1, q.right+right-1
		if d != nil {
			d.Told(right - 1)
			for _, id := range want[1:right] {
				d.Add(id)
			}
		}
		i += right
	}
	return float64(q.o.Decode) / time.Since(start).Seconds(), nil
}
