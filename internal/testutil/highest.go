package testutil

import (
	"cmp"
	"math"
	"slices"
)

// HighestFirst are the ids of logits, the highest first, of equals the lower id
// first. NaN is as high as +Inf.
func HighestFirst(logits []float32) []int32 {
	ids := make([]int32, len(logits))
	for i := range ids {
		ids[i] = int32(i)
	}
	rank := func(id int32) float64 {
		if v := float64(logits[id]); v == v {
			return v
		}
		return math.Inf(1)
	}
	slices.SortStableFunc(ids, func(a, b int32) int { return cmp.Compare(rank(b), rank(a)) })
	return ids
}
