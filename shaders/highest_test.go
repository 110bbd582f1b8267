package shaders

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/gputest"
	"fovea/internal/testutil"
)

// found runs h on rows of logits, with room for two more, and reads what it leaves.
func found(r *rig, h Highest, rows [][]float32) (ids [][]int32, logits [][]float32) {
	r.Helper()
	h.Stride, h.Tokens = highestRoom(h.N)+4, len(rows)+2
	all := make([]float32, h.Tokens*h.Stride)
	for i := range all {
		all[i] = float32(math.Inf(1)) // what lies behind a row must not matter
	}
	for i, row := range rows {
		copy(all[i*h.Stride:], row)
	}
	h.Logits, h.Params = r.floats(all), r.step(Step{Queries: uint32(len(rows))}, 1)
	h.Scratch, h.Found = r.alloc(HighestScratch(h.K, h.N, h.Tokens, r.lanes)), r.alloc(int64(h.Tokens)*HighestBytes(h.K))
	h.Record(r.rec, r.lanes)
	r.run()
	b := floatBytes(r.read(h.Found, h.Tokens*int(HighestBytes(h.K))/4))
	for i := range rows {
		one, values := h.Read(b, i)
		ids, logits = append(ids, one), append(logits, values)
	}
	if rest := b[len(rows)*int(HighestBytes(h.K)):]; slices.Max(rest) > 0 {
		r.Errorf("of no token %v is found", rest)
	}
	return ids, logits
}

// checkFound requires the k highest, the highest first, to the bit.
func checkFound(r *rig, k int, row []float32, ids []int32, logits []float32) {
	r.Helper()
	want := testutil.HighestFirst(row)
	if !slices.Equal(ids, want[:k]) {
		r.Fatalf("found %v, want %v", ids, want[:k])
	}
	for i, id := range ids {
		if bits(logits[i]) != bits(row[id]) {
			r.Fatalf("the logit of token %d is %v, want %v", id, logits[i], row[id])
		}
	}
}

// TestHighest requires the highest logits of rows of one part and of several, of
// all rounds, with ties, both zeros, infinite logits and NaN.
func TestHighest(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	kinds := []struct {
		name  string
		logit func(r *rig, i int) float32
	}{
		{"normal", func(r *rig, _ int) float32 { return float32(r.NormFloat64() * 8) }},
		{"ties", func(r *rig, _ int) float32 {
			return []float32{0.5, 0, float32(math.Copysign(0, -1)), -0.5, -1}[r.IntN(5)]
		}},
		{"same", func(*rig, int) float32 { return -3.25 }},
		{"excluded", func(r *rig, i int) float32 { // fewer are left than are asked for
			if i%97 == 5 {
				return float32(r.NormFloat64())
			}
			return -inf
		}},
		{"nothing", func(*rig, int) float32 { return -inf }},
		{"extreme", func(r *rig, _ int) float32 {
			return []float32{math.MaxFloat32, -math.MaxFloat32, -inf, 1}[r.IntN(4)]
		}},
		{"broken", func(r *rig, i int) float32 {
			switch i % 61 {
			case 3:
				return nan
			case 4:
				return inf
			case 5:
				return math.Float32frombits(0xffc00001) // a negative NaN
			}
			return float32(r.NormFloat64())
		}},
		{"one is broken", func(r *rig, i int) float32 {
			if i == 200 {
				return nan
			}
			return float32(r.NormFloat64())
		}},
	}
	gputest.Each(t, func(t *testing.T, dev gpu.Device) {
		for _, c := range [][2]int{{1, 1}, {1, 261}, {40, 261}, {128, 261}, {128, 128}, {1, 5003}, {40, 5003}, {128, 20_011}} {
			t.Run(fmt.Sprintf("%d of %d", c[0], c[1]), func(t *testing.T) {
				r := newRig(t, dev)
				var rows [][]float32
				for _, kind := range kinds {
					row := make([]float32, c[1])
					for j := range row {
						row[j] = kind.logit(r, j)
					}
					rows = append(rows, row)
				}
				ids, logits := found(r, Highest{K: c[0], N: c[1]}, rows)
				for i, kind := range kinds {
					r.TB = named{t, kind.name}
					checkFound(r, c[0], rows[i], ids[i], logits[i])
				}
			})
		}
	})
}

// named says in what something failed.
type named struct {
	testing.TB
	name string
}

func (n named) Fatalf(format string, args ...any) {
	n.Helper()
	n.TB.Fatalf(n.name+": "+format, args...)
}

// BenchmarkHighest finds the highest of vocabularies of some sizes.
func BenchmarkHighest(b *testing.B) {
	for _, n := range []int{49_152, 128_256, 262_144} {
		for _, k := range []int{1, 40, MaxHighest} {
			b.Run(fmt.Sprintf("%d of %d", k, n), func(b *testing.B) {
				r := newRig(b, gputest.Open(b))
				h := Highest{K: k, N: n, Tokens: 1, Stride: n, Logits: r.floats(r.normal(n)), Params: r.step(Step{Queries: 1}, 1)}
				h.Scratch, h.Found = r.alloc(HighestScratch(k, n, 1, r.lanes)), r.alloc(HighestBytes(k))
				const repeat = 20
				for range repeat {
					h.Record(r.rec, r.lanes)
				}
				r.time(b, repeat)
			})
		}
	}
}
