package model

import (
	"errors"
	"fmt"
	"math/bits"

	"fovea/gpu"
	"fovea/model/kvcache"
	"fovea/shaders"
)

// MaxHighest is the most of the highest logits that can be asked for.
const MaxHighest = shaders.MaxHighest

// Logits are those behind a token: all of them, (vocabulary) Values; or the highest, of
// IDs, the highest first, of equals the one of the lower id. NaN and +Inf go before all
// numbers.
type Logits struct {
	IDs    []int32
	Values []float32
}

func (s *Session) checkHighest(k int) error {
	if most := min(MaxHighest, s.model.Config.Vocab); k < 0 || k > most {
		return fmt.Errorf("model: the %d highest logits are asked for; it must be 1 to %d, or 0 for all", k, most)
	}
	if k > 0 && s.acts.found == nil {
		return errors.New("model: the session has no room to find the highest logits; make it with SessionOptions.Highest")
	}
	return nil
}

// listed is how many logits the device lists where the k highest are asked for: a
// power of two where there are as many, so that there are few recordings, however
// often k changes; 0 for all.
func (m *Model) listed(k int) int {
	if k == 0 {
		return 0
	}
	return min(1<<bits.Len(uint(k-1)), m.Config.Vocab)
}

// highest are the k highest logits that a device left of n tokens from a position on.
func (s *Session) highest(k, n, pos int) ([]Logits, error) {
	h, all := shaders.Highest{K: s.model.listed(k)}, make([]Logits, n)
	for i := range all {
		ids, logits := h.Read(s.acts.found.Bytes(), i)
		all[i] = Logits{ids[:k], logits[:k]}
		if ids[0] == 0 {
			if err := sound(logits[0], pos+i); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// newHighest makes the memory for the highest logits of a step or a batch.
func (m *Model) newHighest(a *activations) error {
	const tokens = kvcache.BatchTokens
	return m.allocAll(a.free, []memory{
		{&a.ranked, int64(tokens*stride(m.Config.Vocab)) * 4, gpu.Local},
		{&a.narrowed, shaders.HighestScratch(m.listed(MaxHighest), m.Config.Vocab, tokens, m.lanes), gpu.Local},
		{&a.found, tokens * shaders.HighestBytes(m.listed(MaxHighest)), gpu.Host},
	})
}

// recordHighest finds the highest of a.ranked, of up to so many tokens.
func (m *Model) recordHighest(r *gpu.Recording, a *activations, k, tokens int, params gpu.View) {
	shaders.Highest{
		K: k, N: m.Config.Vocab, Tokens: tokens, Logits: gpu.Whole(a.ranked), Stride: stride(m.Config.Vocab),
		Scratch: gpu.Whole(a.narrowed), Found: gpu.Whole(a.found), Params: params,
	}.Record(r, m.lanes)
}
