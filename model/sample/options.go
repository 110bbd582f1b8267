package sample

import (
	"fmt"
	"math"
)

// Options choose how tokens are drawn. The zero value is greedy: always the
// most likely token, without penalties.
type Options struct {
	// Temperature divides the logits. 0: greedy, and TopK, TopP, MinP and
	// Seed play no part.
	Temperature float64
	TopK        int     // keep the k most likely tokens; 0: all
	TopP        float64 // keep the most likely tokens that together have this probability; 0 or 1: all
	MinP        float64 // keep tokens with at least this share of the most likely one's probability; 0: all

	// Penalties for tokens that were accepted lately.
	RepetitionPenalty float64 // divides positive logits, multiplies negative ones; 0 or 1: none
	FrequencyPenalty  float64 // subtracted once for each occurrence; 0: none
	PresencePenalty   float64 // subtracted once; 0: none
	PenaltyWindow     int     // how many of the last tokens count; 0: 64, -1: all

	Seed uint64 // the same seed and logits give the same tokens
}

// defaultWindow is the PenaltyWindow of 0: enough to stop loops, short enough
// that a long text may use its words again.
const defaultWindow = 64

func (o *Options) validate() error {
	for _, f := range []struct {
		name      string
		value     float64
		low, high float64
	}{
		{"temperature", o.Temperature, 0, 100},
		{"top-p", o.TopP, 0, 1},
		{"min-p", o.MinP, 0, 1},
		{"repetition penalty", o.RepetitionPenalty, 0, 100},
		{"frequency penalty", o.FrequencyPenalty, -100, 100},
		{"presence penalty", o.PresencePenalty, -100, 100},
	} {
		if math.IsNaN(f.value) || f.value < f.low || f.value > f.high {
			return fmt.Errorf("sample: the %s is %v; it must be from %v to %v", f.name, f.value, f.low, f.high)
		}
	}
	if o.TopK < 0 {
		return fmt.Errorf("sample: top-k is %d; it must be 0 (all) or more", o.TopK)
	}
	if o.PenaltyWindow < -1 {
		return fmt.Errorf("sample: the penalty window is %d; it must be -1 (all), 0 (%d) or more", o.PenaltyWindow, defaultWindow)
	}
	return nil
}

func (o *Options) penalises() bool {
	return o.repetition() != 1 || o.FrequencyPenalty != 0 || o.PresencePenalty != 0
}

func (o *Options) repetition() float64 {
	if o.RepetitionPenalty == 0 {
		return 1
	}
	return o.RepetitionPenalty
}

func (o *Options) topP() float64 {
	if o.TopP == 0 {
		return 1
	}
	return o.TopP
}
