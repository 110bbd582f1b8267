package shaders

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"fovea/gpu"
)

// MaxHighest is the most that Highest finds in a row: a part of a row has four
// times as many with the smallest subgroups, so that rounds end.
const MaxHighest = 128

// highestKept is KEPT of highest.comp: quads that a lane keeps of a part of a row,
// or the members of a team together.
const highestKept = 32

// Highest finds the K highest of each token's logits, of equals those of the lower
// ids, and writes them with their ids. NaN and +Inf go before all numbers.
//
// It takes rounds: workgroups find the K highest of a part of the row each, which
// their lanes keep meanwhile, and the next round finds those of what is left, until
// that is one part. So a logit is fetched twice, to be kept and to be written. The
// K-th highest of a row takes up to 16 passes over it, for which one workgroup over
// 49,152 logits would fetch 3 MiB from a card's cache by one of its processors. With
// 32 lanes a part has 4,096 logits: two rounds serve any K up to 131,072 logits, and K
// up to 64 up to 262,144.
type Highest struct {
	K       int      // 1 to MaxHighest, and at most N
	N       int      // logits of a token
	Tokens  int      // the most that a step has
	Logits  gpu.View // (Tokens, Stride) floats
	Stride  int      // floats, a multiple of 4
	Scratch gpu.View // of HighestScratch bytes
	Found   gpu.View // (Tokens) of HighestBytes: see Read
	Params  gpu.View
}

// highestPart is the most logits of a part.
func highestPart(lanes int) int { return 4 * highestKept * lanes }

// highestRoom is the words from n logits of a list to their ids.
func highestRoom(n int) int { return (n + 3) / 4 * 4 }

// HighestBytes is the size of a token's k highest logits with their ids.
func HighestBytes(k int) int64 { return int64(2*highestRoom(k)) * 4 }

// HighestScratch is the size of the lists between rounds, of up to k of n logits
// of so many tokens.
func HighestScratch(k, n, tokens, lanes int) int64 {
	return 2 * gpu.Align(int64(tokens)*HighestBytes(groupsOf(n, highestPart(lanes))*k))
}

// Record adds the rounds to r.
func (h Highest) Record(r *gpu.Recording, lanes int) {
	const name = "highest"
	tokens, part := h.Tokens, highestPart(lanes)
	if h.K < 1 || h.K > min(MaxHighest, h.N) {
		panic(fmt.Sprintf("shaders: %s: %d of %d logits", name, h.K, h.N))
	}
	need(name, "logits", h.Logits, int64((tokens-1)*h.Stride+highestRoom(h.N))*4)
	need(name, "scratch", h.Scratch, HighestScratch(h.K, h.N, tokens, lanes))
	need(name, "found", h.Found, int64(tokens)*HighestBytes(h.K))
	half := HighestScratch(h.K, h.N, tokens, lanes) / 2
	from, n, row, ids := h.Logits, h.N, h.Stride, 0
	for round := 0; ; round++ {
		parts := groupsOf(n, part)
		to := gpu.View{Buffer: h.Scratch.Buffer, Offset: h.Scratch.Offset + int64(round%2)*half, Size: half}
		if parts == 1 {
			to = h.Found
		}
		room := highestRoom(parts * h.K)
		r.Dispatch(kernel(name, highestTwin), [3]uint32{uint32(parts), uint32(tokens), 1}, nil,
			[]uint32{uint32(n), uint32(h.K), uint32(row), uint32(ids), uint32(2 * room), uint32(room)},
			from, from, h.Params, to)
		if parts == 1 {
			return
		}
		from, n, row, ids = to, (parts-1)*h.K+min(h.K, n-(parts-1)*part), 2*room, room
	}
}

// Read gives the k highest logits of a token with their ids, from the content of
// Found: the highest first, of equals the lower id first.
func (h Highest) Read(found []byte, token int) (ids []int32, logits []float32) {
	room := highestRoom(h.K)
	row := u32s(found)[token*2*room:]
	for _, i := range highestFirst(row[:h.K]) {
		ids, logits = append(ids, int32(row[room+i])), append(logits, math.Float32frombits(row[i]))
	}
	return ids, logits
}

// highestFirst are the indices of the bits of logits, the highest first, of equals
// the lower index first. NaN and +Inf are equals.
func highestFirst(logits []uint32) []int {
	order, values := make([]int, len(logits)), make([]float32, len(logits))
	for i, b := range logits {
		order[i], values[i] = i, math.Float32frombits(b)
		if values[i] != values[i] {
			values[i] = float32(math.Inf(1))
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[b], values[a]) })
	return order
}

// highestTwin is the twin of highest.comp.
func highestTwin(c *gpu.Call) {
	n, k, part := int(c.Push[0]), int(c.Push[1]), highestPart(c.Lanes)
	parallel(int(c.Groups[0]*c.Groups[1]), func(i int) {
		token, first := i/int(c.Groups[0]), i%int(c.Groups[0])*part
		if token >= int(step(c.Bufs[2]).Queries) {
			return
		}
		row, ids := u32s(c.Bufs[0])[token*int(c.Push[2]):], int(c.Push[3])
		to, toIDs := u32s(c.Bufs[3])[token*int(c.Push[4])+first/part*k:], int(c.Push[5])
		size := min(part, n-first)
		chosen := highestFirst(row[first:][:size])[:min(k, size)]
		slices.Sort(chosen)
		for rank, j := range chosen {
			id := uint32(first + j)
			if ids > 0 {
				id = row[ids+first+j]
			}
			to[rank], to[toIDs+rank] = row[first+j], id
		}
	})
}
