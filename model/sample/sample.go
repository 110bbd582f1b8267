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
	scaled  []float64 // (vocab): logits after penalties and temperature; reused
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
	if s.options.penalises() || s.options.Temperature > 0 {
		best = s.scale(logits)
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
		if l != l || l > math.MaxFloat32 {
			return 0, fmt.Errorf("sample: the logit of token %d is %v: the model's computation went wrong", i, l)
		}
	}
	if at < 0 {
		return 0, fmt.Errorf("sample: of %d logits none is above -Inf", len(logits))
	}
	return at, nil
}

// scale applies penalties and temperature and gives the most likely token.
func (s *Sampler) scale(logits []float32) int32 {
	s.scaled = s.scaled[:0]
	for _, l := range logits {
		s.scaled = append(s.scaled, float64(l))
	}
	s.penalise()
	if t := s.options.Temperature; t > 0 {
		for i := range s.scaled {
			s.scaled[i] /= t
		}
	}
	best := 0
	for i, l := range s.scaled {
		if l > s.scaled[best] {
			best = i
		}
	}
	return int32(best)
}

// penalise lowers the logits of recent tokens.
func (s *Sampler) penalise() {
	o := &s.options
	for id, count := range s.recent.counts {
		if id < 0 || int(id) >= len(s.scaled) {
			continue
		}
		l := s.scaled[id]
		if l > 0 {
			l /= o.repetition()
		} else {
			l *= o.repetition()
		}
		s.scaled[id] = l - float64(count)*o.FrequencyPenalty - o.PresencePenalty
	}
}

// drawAll draws from all tokens.
func (s *Sampler) drawAll(best int32) int32 {
	most, total := s.scaled[best], 0.0
	for _, l := range s.scaled {
		total += math.Exp(l - most)
	}
	left := s.rng.Float64() * total
	for i, l := range s.scaled {
		if left -= math.Exp(l - most); left < 0 {
			return int32(i)
		}
	}
	return best // rounding left a rest
}
