package models

import "cmp"

// Fit compares what a model needs on a device with what there is.
type Fit struct {
	Need   int64 // bytes: the weights, and keys and values of a text; 0: not known
	Memory int64 // bytes of the device; 0: not known
}

// Verdict is what a Fit comes to.
type Verdict int

// The verdicts. Where the need or the memory is not known, nothing is.
const (
	FitUnknown Verdict = iota
	Fits
	TooLarge
)

// Fit says what the model needs with a text of so many tokens, by default
// settings, on a device with so many bytes of memory (0: not known). The
// working memory of a session, some tens of megabytes, is not counted.
func (m *Local) Fit(tokens int, memory int64) Fit {
	f := Fit{Memory: max(memory, 0)}
	if m.WeightBytes > 0 {
		f.Need = m.WeightBytes + m.KVBytes*int64(tokens)/1000
	}
	return f
}

// Verdict says whether the need fits. The engine leaves a tenth of a device's
// memory to other programs, so that tenth does not count.
func (f Fit) Verdict() Verdict {
	switch {
	case f.Need == 0 || f.Memory == 0:
		return FitUnknown
	case f.Need > f.Memory-f.Memory/10:
		return TooLarge
	}
	return Fits
}

// Best is the model to propose: of those that run and fit, the one with the
// most parameters; where it is not known what fits, the one with the fewest,
// which is the surest to. It is nil where none will do.
func Best(list []Local, tokens int, memory int64) *Local {
	var best *Local
	var bestFit Verdict
	for i := range list {
		m := &list[i]
		fit := m.Fit(tokens, memory).Verdict()
		if !m.Runs || fit == TooLarge {
			continue
		}
		if best == nil || better(m, fit, best, bestFit) {
			best, bestFit = m, fit
		}
	}
	return best
}

func better(m *Local, fit Verdict, than *Local, thanFit Verdict) bool {
	if fit != thanFit {
		return fit == Fits
	}
	larger := cmp.Compare(m.Parameters, than.Parameters)
	if fit == FitUnknown {
		return larger < 0
	}
	return larger > 0
}
