package sample

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// LogProb is a token and the natural logarithm of its probability.
type LogProb struct {
	ID      int32
	LogProb float64
}

// LogSoftmax gives the log-probabilities (vocab) of logits (vocab), computed
// in float64 against the greatest logit so that nothing overflows. Errors are
// those of Next.
func LogSoftmax(logits []float32) ([]float64, error) {
	norm, err := logSum(logits)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(logits))
	for i, l := range logits {
		out[i] = float64(l) - norm
	}
	return out, nil
}

// LogProbOf gives the log-probability of one token.
func LogProbOf(logits []float32, id int32) (float64, error) {
	if id < 0 || int(id) >= len(logits) {
		return 0, fmt.Errorf("sample: token %d is not among %d logits", id, len(logits))
	}
	norm, err := logSum(logits)
	return float64(logits[id]) - norm, err
}

// TopLogProbs gives the n most likely tokens, the most likely first, of equals
// the lower id; all where there are fewer.
func TopLogProbs(logits []float32, n int) ([]LogProb, error) {
	norm, err := logSum(logits)
	if err != nil {
		return nil, err
	}
	var top []LogProb // sorted, at most n long
	for i, l := range logits {
		p := LogProb{int32(i), float64(l) - norm}
		if len(top) >= n && (n <= 0 || p.LogProb <= top[n-1].LogProb) {
			continue
		}
		// Equal ones go behind, since their ids are higher.
		at, _ := slices.BinarySearchFunc(top, p, func(e, p LogProb) int {
			return cmp.Or(cmp.Compare(p.LogProb, e.LogProb), -1)
		})
		top = slices.Insert(top, at, p)[:min(len(top)+1, n)]
	}
	return top, nil
}

// logSum gives log(sum(exp(logits))).
func logSum(logits []float32) (float64, error) {
	best, err := argmax(logits)
	if err != nil {
		return 0, err
	}
	most, sum := float64(logits[best]), 0.0
	for _, l := range logits {
		sum += math.Exp(float64(l) - most)
	}
	return most + math.Log(sum), nil
}
