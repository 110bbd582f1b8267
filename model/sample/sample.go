// Package sample draws the next token from a model's logits.
//
// The order of the steps is fixed:
//
//  1. repetition penalty, then frequency and presence penalties;
//  2. temperature (at 0 the most likely token is taken, and nothing follows);
//  3. top-k;
//  4. top-p, of the probabilities that top-k left;
//  5. min-p;
//  6. a draw from what is left, by a PCG generator.
//
// Of equal logits the lower id counts as more likely.
package sample

import (
	"fmt"
	"math"
	"math/rand/v2"
)

// Sampler draws the tokens of one generation. It is used by one goroutine.
type Sampler struct {
	options Options
	rng     *rand.Rand
	recent  recent
	values  []float32 // (vocab): logits after penalties
	lowered []float32 // memory for them where there are penalties; reused
	queue   []int32   // heap of ids; reused
	weights []float64 // of the tokens kept; reused
}

// New makes a sampler. The error names an option that is out of range.
func New(o Options) (*Sampler, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	window := o.PenaltyWindow
	if window == 0 {
		window = defaultWindow
	}
	// The second word selects one of PCG's streams; any constant will do.
	return &Sampler{options: o, rng: rand.New(rand.NewPCG(o.Seed, 0x9E3779B97F4A7C15)), recent: newRecent(window)}, nil
}

// Accept notes a token for the penalties: one of the prompt or one drawn.
func (s *Sampler) Accept(id int32) {
	if s.options.penalises() {
		s.recent.add(id)
	}
}

// Next draws a token from logits (vocab), which it leaves as they are. A logit
// of -Inf excludes a token. It is an error when a logit is NaN or +Inf, or
// when all are -Inf. The caller must Accept the token, so that penalties see
// it.
func (s *Sampler) Next(logits []float32) (int32, error) {
	best, err := argmax(logits)
	if err != nil {
		return 0, err
	}
	s.values = logits
	if s.options.penalises() {
		best = s.penalise(logits)
	}
	if s.options.Temperature == 0 {
		return best, nil
	}
	if s.options.TopK == 0 && s.options.topP() == 1 && s.options.MinP == 0 {
		return s.drawAll(best), nil
	}
	return s.drawKept(best), nil
}

// argmax gives the id of the greatest logit.
func argmax(logits []float32) (int32, error) {
	best, at := float32(math.Inf(-1)), int32(-1)
	for i, l := range logits {
		if l > best {
			best, at = l, int32(i)
		}
		if !isLogit(l) {
			return 0, notLogit(int32(i), l)
		}
	}
	if at < 0 {
		return 0, fmt.Errorf("sample: of %d logits none is above -Inf", len(logits))
	}
	return at, nil
}

// isLogit says whether a logit is neither NaN nor +Inf.
func isLogit(l float32) bool { return l <= math.MaxFloat32 }

func notLogit(id int32, l float32) error {
	return fmt.Errorf("sample: the logit of token %d is %v: the model's computation went wrong", id, l)
}

// penalise lowers the logits of recent tokens, in a copy, and gives the most likely
// token.
func (s *Sampler) penalise(logits []float32) int32 {
	s.lowered = append(s.lowered[:0], logits...)
	s.values = s.lowered
	o := &s.options
	for id, count := range s.recent.counts {
		if id < 0 || int(id) >= len(s.values) {
			continue
		}
		l := float64(s.values[id])
		if l > 0 {
			l /= o.repetition()
		} else {
			l *= o.repetition()
		}
		s.values[id] = float32(l - float64(count)*o.FrequencyPenalty - o.PresencePenalty)
	}
	best := 0
	for i, l := range s.values {
		if l > s.values[best] {
			best = i
		}
	}
	return int32(best)
}

// weight is the probability of a token over that of the most likely one.
func (s *Sampler) weight(id, best int32) float64 {
	return math.Exp((float64(s.values[id]) - float64(s.values[best])) / s.options.Temperature)
}

// drawAll draws from all tokens.
func (s *Sampler) drawAll(best int32) int32 {
	total := 0.0
	for id := range s.values {
		total += s.weight(int32(id), best)
	}
	left := s.rng.Float64() * total
	for id := range s.values {
		if left -= s.weight(int32(id), best); left < 0 {
			return int32(id)
		}
	}
	return best // rounding left a rest
}
