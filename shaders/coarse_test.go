package shaders

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
)

// compact makes the compact representatives of n blocks, by the twin.
func (a *twoLevel) compact(r *rig, n int) {
	r.Helper()
	s := a.recall.Score
	b, units, centre := make([]byte, CompactBytes(s.Heads, n)), make([]byte, 4*n), make([]byte, CentreBytes(s.Heads))
	raw, params := make([]byte, ReprBytes(s.Heads, n)), make([]byte, StepBytes(1))
	if err := r.dev.Read(s.Repr.Buffer, 0, raw); err != nil {
		r.Fatal(err)
	}
	step := Step{Seals: uint32(n)}
	step.Put(params)
	compactTwin(s.Heads.KVType)(&gpu.Call{
		Spec: []uint32{uint32(s.Heads.Octets), uint32(s.Heads.KV)}, Push: []uint32{uint32(s.Heads.Group)},
		Bufs: [][]byte{raw, floatBytes(r.read(s.Norms, n)), params, b, units, centre},
	})
	a.coarse.Compact, a.coarse.Units, a.coarse.Centre = r.put(b), r.put(units), r.put(centre)
}

// TestCompact compares compact with its twin and with the mean over the heads,
// beside what the first group has in common, from which a number must not differ by
// more than half a unit unless it is at the end of its range. Groups that are not
// full, or were full before, stay as they are.
func TestCompact(t *testing.T) {
	for _, c := range []struct {
		h            Heads
		first, seals int
		from, to     int // blocks that become compact
	}{
		{Heads{KV: 3, Group: 3, Octets: 8}, 0, 100, 0, 96},
		{Heads{KV: 2, Group: 2, Octets: 2, KVType: KV32}, 30, 2, 0, 32},
		{Heads{KV: 3, Group: 1, Octets: 1}, 40, 60, 32, 96},
		{Heads{KV: 1, Group: 4, Octets: 4}, 33, 30, 0, 0},
		{Heads{KV: 1, Group: 2, Octets: 16}, 63, 1, 32, 64},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			onDevices(t, 1.0/64, func(r *rig) [][]float32 {
				const n = 128
				f, head := c.h.Features(), 8*c.h.Octets
				numbers := r.normal(n * f)
				for i := range numbers {
					switch block, d := i/f, i%head; {
					case d%7 == 3:
						numbers[i] += 10 // in common
					case d%7 == 5 && block < Together:
						numbers[i] = 1 // alike in the first group
					}
				}
				repr, norms := r.blocks(c.h, numbers)
				a := Compact{
					Heads: c.h, Repr: repr, Norms: norms, MaxSeals: c.seals, Compact: r.alloc(CompactBytes(c.h, n)), Units: r.alloc(n * 4),
					Centre: r.alloc(CentreBytes(c.h)), Params: r.step(Step{SealFirst: uint32(c.first), Seals: uint32(c.seals)}, 1),
				}
				if c.first >= Together { // a step before found it
					mean, spread := centreOf(foldedBlocks(c.h, numbers))
					a.Centre = r.floats(append(mean, spread...))
				}
				a.Record(r.rec, r.lanes)
				r.run()
				raw := make([]byte, CompactBytes(c.h, n))
				if err := r.dev.Read(a.Compact.Buffer, 0, raw); err != nil {
					r.Fatal(err)
				}
				values := make([]float32, n*c.h.KV*head)
				for b := range n {
					for i := range values[:len(values)/n] {
						values[b*len(values)/n+i] = float32(compactOf(raw, compactAt(b, i, len(values)/n)))
					}
				}
				units, centre := r.read(a.Units, n), r.read(a.Centre, 2*c.h.KV*head)
				checkCompact(r, c.h, numbers, values, units, r.read(norms, n), c.from, c.to)
				if any := slices.Max(centre) > 0; any != (c.to > 0 || c.first >= Together) {
					r.Errorf("there is a centre: %v", any)
				}
				return [][]float32{append(values, 1), append(units, 1), append(centre, 1)}
			})
		})
	}
}

// foldedBlocks are the means over the query heads of each key-value head of blocks.
func foldedBlocks(h Heads, numbers []float32) func(b int) []float32 {
	head := 8 * h.Octets
	return func(b int) []float32 {
		v := make([]float32, h.KV*head)
		for i := range v {
			for g := range h.Group {
				v[i] += numbers[b*h.Features()+(i/head*h.Group+g)*head+i%head] / float32(h.Group)
			}
		}
		return v
	}
}

// checkCompact compares the numbers of blocks from `from` to `to` with what they
// stand for, and requires that there are no others.
func checkCompact(r *rig, h Heads, numbers, values, units, inverse []float32, from, to int) {
	r.Helper()
	n, head, block := len(units), 8*h.Octets, foldedBlocks(h, numbers)
	dims := len(values) / n
	mean, spread := centreOf(block)
	clipped := 0
	for b := range n {
		if b < from || b >= to {
			if units[b] != 0 || slices.ContainsFunc(values[b*dims:][:dims], func(v float32) bool { return v != -8 }) {
				r.Errorf("block %d was written", b)
			}
			continue
		}
		squares, unit := 0.0, float64(units[b]/inverse[b])
		for i, x := range block(b) {
			want, got := float64((x-mean[i])/spread[i])/unit, float64(values[b*dims+i])
			squares += want * unit * want * unit / float64(dims)
			if math.Abs(got) == 7 && math.Abs(want) > 7 {
				if i%head%7 != 5 { // those differ by more than the first group lets expect
					clipped++
				}
				want = math.Copysign(7, want)
			}
			if math.Abs(got-want) > 0.53 { // 0.5, and what halves round
				r.Fatalf("block %d: number %d is %v, want %v", b, i, got, want)
			}
		}
		if math.Abs(2*unit/math.Sqrt(squares)-1) > 0.01 {
			r.Errorf("block %d: the unit is %v, want half of %v", b, unit, math.Sqrt(squares))
		}
	}
	if most := (to - from) * dims / 100; clipped > most {
		r.Errorf("%d numbers are clipped, want at most %d", clipped, most)
	}
}

// twoLevel is a choice on two levels.
type twoLevel struct {
	coarse   Coarse
	recall   Recall
	question []float32 // where it has a weight
}

// record adds the choice, of a list that is made anew or of the one that there
// is.
func (a twoLevel) record(r *rig, anew bool) {
	if anew {
		a.coarse.Record(r.rec, r.lanes)
	}
	a.recall.Record(r.rec, r.lanes)
}

// ask gives a random question a weight.
func (a *twoLevel) ask(r *rig, weight float32) {
	a.question = r.normal(a.coarse.Score.Heads.Features())
	v := r.floats(a.question)
	a.coarse.Score.Question, a.coarse.Score.QuestionWeight = v, weight
	a.recall.Score.Question, a.recall.Score.QuestionWeight = v, weight
}

// asked is a query with the question as it is scored: what is divided by the
// query's length.
func (a *twoLevel) asked(q []float32) []float32 {
	if a.question == nil {
		return q
	}
	sum, scale := make([]float32, len(q)), float64(a.coarse.Score.QuestionWeight)*inverseNorm(a.question)/inverseNorm(q)
	for i := range q {
		sum[i] = q[i] + float32(scale)*a.question[i]
	}
	return sum
}

// newTwoLevel has random blocks, (n, features), the same ones again after so many.
func newTwoLevel(r *rig, h Heads, s Select, n, most, again int, stats bool) (a twoLevel, numbers []float32) {
	s.Team, s.Cores = r.dev.Info().Team, r.dev.Info().Cores
	numbers = r.normal(n * h.Features())
	for i := again * h.Features(); i < len(numbers); i++ {
		numbers[i] = numbers[i-again*h.Features()]
	}
	repr, norms := r.blocks(h, numbers)
	params, query := r.alloc(StepBytes(1)), r.alloc(int64(4+h.Features())*4)
	a.coarse = Coarse{Team: s.Team, Cores: s.Cores, Most: most, Tau: s.Tau, Supers: r.alloc(SupersBytes(n)), List: r.alloc(ListBytes(most))}
	a.coarse.Score = Score{Heads: h, Norms: norms, Probe: query, First: 4, MaxBlocks: n, Params: params}
	room := max(n, ListedBlocks(most))
	s.Scores, s.List, s.Params = r.alloc(ScoreBytes(room)), a.coarse.List, params
	s.State = r.alloc(StateBytes(s.Layers, s.History))
	s.Globals, s.Report = r.alloc(GlobalsBytes(5+n*s.BlockSize+11)), r.alloc(int64(ReportWords+n)*4)
	score := Score{Heads: h, Repr: repr, Norms: norms, Probe: query, First: 4, Scores: s.Scores, MaxBlocks: room, Params: params}
	score.Repr, score.Norms = r.grown(repr, ReprBytes(h, room)), r.grown(norms, int64(room)*4)
	a.recall = Recall{Score: score, Most: most, Cap: 3, Select: s}
	a.compact(r, n)
	if stats {
		a.recall.Stats = r.alloc(int64(2*h.Features()) * 4)
	}
	return a, numbers
}

// grown is a view with the content of another and room for n bytes.
func (r *rig) grown(v gpu.View, n int64) gpu.View {
	r.Helper()
	lo, hi := v.Range()
	b := make([]byte, hi-lo)
	if err := r.dev.Read(v.Buffer, lo, b); err != nil {
		r.Fatal(err)
	}
	more := r.alloc(max(n, hi-lo))
	r.write(more, b)
	return more
}

// copies are n views with the content of another: as many bytes as a session's
// layers read.
func (r *rig) copies(v gpu.View, n int) (all []gpu.View) {
	r.Helper()
	lo, hi := v.Range()
	for range n {
		all = append(all, r.alloc(hi-lo))
		r.rec.Copy(all[len(all)-1], v)
	}
	r.run()
	return all
}

// TestTwoLevel compares coarse and recall with their twins, and requires
// of each what it is for. Steps that are said to go on use the list of the step
// before, which must have what was sealed since.
func TestTwoLevel(t *testing.T) {
	one := func(k int) Select {
		return Select{Layers: 1, TopK: k, KMin: 2, KMax: 2 * k, History: 2, BlockSize: 2, Tau: 0.05}
	}
	for _, c := range []struct {
		name   string
		h      Heads
		s      Select
		n      int // blocks that there is room for
		most   int // super-blocks
		again  int // blocks after which the same ones come again, which makes ties
		stats  bool
		weight float32 // of the question
		blocks []int   // by step; below 0: goes on, with so many blocks
	}{
		{"some", Heads{KV: 2, Group: 3, Octets: 2}, one(6), 320, 20, 320, true, 0, []int{0, -3, 1, -9, 5, 31, -32, 32, 33, 64, -66, 127, 200, -223, -226, 319, 320}},
		{"kv32", Heads{KV: 3, Group: 1, Octets: 4, KVType: KV32}, one(9), 200, 12, 200, true, 1.5, []int{63, 64, -66, 199}},
		{"all", Heads{KV: 1, Group: 4, Octets: 1}, one(20), 256, 64, 256, false, 0.5, []int{5, 100, -127, 254, 256}},
		{"fixed", Heads{KV: 1, Group: 2, Octets: 2}, Select{Layers: 1, TopK: 9, BlockSize: 2, Fixed: true, History: 1, Tau: 1}, 150, 16, 150, false, 0, []int{150, -150}},
		{"many", Heads{KV: 3, Group: 3, Octets: 8}, one(46), 5003, 128, 5003, true, 0, []int{4950, -4951, 5003, -5003, 4999}},
		{"ties", Heads{KV: 2, Group: 1, Octets: 2}, one(13), 2100, 100, 64, true, 0.5, []int{64, 320, -330, 2080, 2100}},
	} {
		t.Run(c.name, func(t *testing.T) {
			onDevices(t, 1e-5, func(r *rig) (results [][]float32) {
				a, numbers := newTwoLevel(r, c.h, c.s, c.n, c.most, c.again, c.stats)
				if c.weight != 0 {
					a.ask(r, c.weight)
				}
				a.record(r, true)
				anew, f := r.rec, c.h.Features()
				r.rec = gpu.NewRecording(r.Name())
				a.record(r, false)
				on := r.rec
				defer r.dev.Release(anew)
				defer r.dev.Release(on)
				full := 0
				for i, n := range c.blocks {
					rec := on
					if n >= 0 {
						rec, full = anew, n/Together*Together/Super
					}
					n = max(n, -n)
					b := make([]byte, StepBytes(1))
					step := Step{
						Queries: 1, Blocks: uint32(n), Inits: 5, InitEnd: 5, Windows: uint32(i),
						RemFirst: uint32(5 + n*c.s.BlockSize), RemEnd: uint32(5 + n*c.s.BlockSize + 11),
					}
					step.Put(b)
					r.write(a.coarse.Score.Params, b)
					q := r.normal(4 + f)
					r.write(a.coarse.Score.Probe, floatBytes(q))
					if err := r.dev.Submit(t.Context(), rec); err != nil {
						r.Fatal(err)
					}
					results = append(results, a.check(r, fmt.Sprintf("step %d of %d blocks", i, n), numbers, q[4:], n, full, rec == anew)...)
				}
				return results
			})
		})
	}
}

// check reads what a choice among n blocks did, with a list of the full
// super-blocks, by the scores of this step's query if it was made anew.
func (a twoLevel) check(r *rig, what string, numbers, q []float32, n, full int, anew bool) [][]float32 {
	r.Helper()
	supers := r.read(a.coarse.Supers, (full+3)/4*8)
	list := u32s(floatBytes(r.read(a.coarse.List, int(ListBytes(a.coarse.Most)/4))))
	listed := map[int]bool{}
	lowest, last := float32(math.Inf(1)), 0 // the lowest score listed, and the last super-block that has it
	for _, id := range list[listHeader:][:list[0]] {
		listed[int(id)] = true
		if score := supers[superAt(int(id))]; score <= lowest {
			lowest, last = score, int(id)
		}
	}
	if want := min(full, a.coarse.Most); len(listed) != want {
		r.Fatalf("%s: %d super-blocks are listed, want %d", what, len(listed), want)
	}
	f, asked := len(q), a.asked(q)
	toScore := inverseNorm(q) / inverseNorm(asked) // from a cosine with both
	scores, exact, errors := make([]float32, n), make([]float32, n), 0.0
	for b := range n {
		exact[b] = float32(toScore * cosine(asked, numbers[b*f:][:f]))
		if scores[b] = -10; b >= full*Super || listed[b/Super] {
			scores[b] = exact[b]
		} else if score := supers[superAt(b/Super)]; score > lowest || score == lowest && b/Super < last {
			r.Fatalf("%s: super-block %d with %v is left out, %d with %v is not", what, b/Super, score, last, lowest)
		}
	}
	coarse, inverse := a.coarseScores(r, asked, full*Super), inverseNorm(q)
	for i := range full {
		mean := 0.0
		for b := i * Super; b < (i+1)*Super; b++ {
			mean += coarse[b] * inverse / Super
		}
		errors += math.Abs(mean-float64(supers[superAt(i)+4])) / float64(full)
	}
	if anew && errors > 0.003 { // of the query's integers
		r.Errorf("%s: mean scores of super-blocks are %v wrong", what, errors)
	}
	v := readVerdict(r, a.recall.Select, n, 11)
	checkVerdict(r, what, a.recall.Select, scores, v)
	if full <= a.coarse.Most {
		if want := softmaxEntropy(append(exact, -100)[:n], float64(a.coarse.Tau), rest{}); math.Abs(float64(v.entropy)-want) > 1e-4 {
			r.Errorf("%s: entropy %v of all blocks, want %v", what, v.entropy, want)
		}
	}
	room := a.recall.Score.MaxBlocks
	if counter := bits(r.read(a.recall.Select.Scores, room+1)[room]); counter != 0 {
		r.Errorf("%s: %d workgroups are still counted", what, counter)
	}
	results := append(v.numbers(), append(supers, 1))
	if a.recall.Stats.Buffer != nil {
		results = append(results, r.read(a.recall.Stats, 2*f))
	}
	return results
}

// coarseScores are the products of n blocks with a query by their compact
// representatives, in the dimensions that count.
func (a twoLevel) coarseScores(r *rig, query []float32, n int) []float64 {
	r.Helper()
	h := a.coarse.Score.Heads
	raw := make([]byte, CompactBytes(h, n))
	if err := r.dev.Read(a.coarse.Compact.Buffer, 0, raw); err != nil {
		r.Fatal(err)
	}
	folded, weights, mean := foldQuery(query, h.KV, h.Group), []float64{}, 0.0
	units, norms, centre := r.read(a.coarse.Units, n), r.read(a.coarse.Score.Norms, n), r.read(a.coarse.Centre, 2*len(folded))
	for i, q := range folded {
		weights = append(weights, q*float64(centre[len(folded)+i]))
		mean += math.Abs(weights[i]) / float64(len(folded))
	}
	scores := make([]float64, n)
	for b := range scores {
		for i, w := range weights {
			scores[b] += folded[i] * float64(centre[i]) * float64(norms[b])
			if math.Abs(w) >= 0.7*mean {
				scores[b] += w * float64(compactOf(raw, compactAt(b, i, len(folded)))) * float64(units[b])
			}
		}
	}
	return scores
}

// BenchmarkTwoLevel chooses the blocks of 30 layers at some depths, in tokens,
// on two levels and on one.
func BenchmarkTwoLevel(b *testing.B) {
	const layers = 30
	h := Heads{KV: 3, Group: 3, Octets: 8}
	for _, tokens := range []int{32_000, 64_000, 100_000, 500_000} {
		n := tokens / 32
		for _, anew := range []bool{true, false} {
			b.Run(fmt.Sprintf("%d/levels=2/anew=%v", tokens, anew), func(b *testing.B) {
				r := newRig(b, gputest.Open(b))
				s := Select{Layers: layers, TopK: 46, KMin: 32, KMax: 92, History: 100, BlockSize: 32, Tau: 0.05}
				a, _ := newTwoLevel(r, h, s, n, 192, n, true)
				step, params := Step{Queries: 1, Blocks: uint32(n), Windows: 9}, make([]byte, StepBytes(1))
				step.Put(params)
				r.write(a.coarse.Score.Params, params)
				r.write(a.coarse.Score.Probe, floatBytes(r.normal(4+h.Features())))
				a.record(r, true) // there must be a list
				r.run()
				compact, repr := r.copies(a.coarse.Compact, layers), r.copies(a.recall.Score.Repr, layers)
				for layer := range layers {
					a.coarse.Compact, a.recall.Score.Repr, a.recall.Select.Layer = compact[layer], repr[layer], layer
					a.record(r, anew)
				}
				r.time(b, layers)
			})
		}
		b.Run(fmt.Sprintf("%d/levels=1", tokens), func(b *testing.B) {
			r := newRig(b, gputest.Open(b))
			for _, a := range recalls(r, layers, n) {
				a.Record(r.rec, r.lanes)
			}
			r.time(b, layers)
		})
	}
}
