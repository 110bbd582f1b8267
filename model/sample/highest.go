package sample

import (
	"errors"
	"math"
)

// Highest is how many of the highest logits suffice to draw a token by NextOf; 0:
// all are needed. Those that penalties lower may be any, and without top-k
// every token has a part in the others' probabilities.
func (s *Sampler) Highest() int {
	switch o := &s.options; {
	case o.penalises():
		return 0
	case o.Temperature == 0:
		return 1
	default:
		return o.TopK
	}
}

// NextOf draws the token that Next draws from the logits of a vocabulary, given the
// Highest of them that are the highest, or more: those of ids, the highest first, of
// equals that of the lower id. NaN and +Inf go before all numbers, and are an error as
// in Next; so are logits of which the first is -Inf. Without ids, logits are all.
func (s *Sampler) NextOf(ids []int32, logits []float32) (int32, error) {
	if ids == nil {
		return s.Next(logits)
	}
	switch first := logits[0]; {
	case !isLogit(first):
		return 0, notLogit(ids[0], first)
	case math.IsInf(float64(first), -1):
		return 0, errors.New("sample: no logit is above -Inf")
	case s.options.Temperature == 0:
		return ids[0], nil
	}
	s.values = logits // by their rank, which stands for ids: that is in the same order
	rank := s.drawKept(0)
	return ids[rank], nil
}
