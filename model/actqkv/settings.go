// Package actqkv holds the settings of ActQKV (arXiv 2502.13542) and of the
// methods that are settings of the same code, and the bookkeeping of where a
// session's tokens are: initial, block, remainder or local.
//
// The mathematics runs in the kernels of package shaders; docs/actqkv.md maps
// every formula to its file.
package actqkv

import (
	"fmt"
	"math"

	"fovea/shaders"
)

// Method says how the keys of a step are chosen.
type Method string

// The methods.
const (
	ActQKV    Method = "actqkv"    // probe-query by activation bias, layer-aware cut-off
	InfLLM    Method = "infllm"    // mean query, the same number of blocks in every layer
	Streaming Method = "streaming" // initial, remainder and local tokens, nothing is recalled
	Full      Method = "full"      // dense attention, up to the model's own window
)

// Settings are the numbers of the method (the paper's settings table). Sizes
// are in tokens unless they say blocks.
type Settings struct {
	Method         Method  `json:"method"`
	BlockSize      int     `json:"block"`                // tokens of a KV block
	Init           int     `json:"n_init"`               // attention sinks, always attended
	Local          int     `json:"n_local"`              // recent tokens, always attended
	Window         int     `json:"window"`               // tokens prefilled in one step
	TopK           int     `json:"top_k"`                // blocks recalled per layer on average
	KMin           int     `json:"k_min"`                // least blocks of a layer; wins over KMax
	KMax           int     `json:"k_max"`                // most blocks of a layer
	History        int     `json:"history"`              // samples of normalised entropy kept per layer
	Repr           int     `json:"repr"`                 // representative tokens of a block, per head
	QuestionWeight float32 `json:"question_weight"`      // of the question in block scores during prefill
	AskWeight      float32 `json:"ask_weight,omitempty"` // the same in decode steps
	AskTopK        int     `json:"ask_top_k,omitempty"`  // the same as TopK in windows with the question; 0: as in others
	Tau            float32 `json:"tau"`                  // temperature of the softmax behind the entropy
	Cap            int     `json:"cap"`                  // windows after which the query statistics forget

	// Spread gives a layer a share of the blocks by how much its scores follow
	// what is asked (docs/actqkv.md), from the second window with blocks on;
	// without it by the entropy of the scores, once the histories are full.
	Spread bool `json:"spread,omitempty"`

	// Candidates is how many blocks decode steps score exactly where a session
	// has room for very many, chosen by compact representatives; 0: all.
	Candidates int `json:"candidates,omitempty"`
	// Refresh is how many decode steps a layer's list of candidates serves, with
	// all blocks that become full meanwhile; 0 and 1: it is made in every step,
	// as queries of neighbouring tokens look for different blocks.
	Refresh int `json:"refresh,omitempty"`

	// Parts of method actqkv switched off, to measure what they are good for.
	MeanProbe bool `json:"mean_probe,omitempty"` // every query has the same part in the probe: no activation bias
	FixedK    bool `json:"fixed_k,omitempty"`    // top-k blocks in every layer: no cut-off
}

// Presets names the settings of ActQKV: "paper" computes exactly what is
// published, "fovea" gives more blocks to layers whose scores follow what is
// asked, recalls more while it reads the question, and has the question keep a
// weight in decode steps.
func Presets() []string { return []string{"fovea", "paper"} }

// Methods names all methods.
func Methods() []string {
	return []string{string(ActQKV), string(InfLLM), string(Streaming), string(Full)}
}

// New returns the published settings (the column for Llama-3-8B) of a method
// under a preset.
func New(method Method, preset string) (Settings, error) {
	s := Settings{
		Method: method, BlockSize: 32, Init: 64, Local: 512, Window: 256,
		TopK: 46, KMin: 32, KMax: 92, History: 100, Repr: 4,
		QuestionWeight: 4, Tau: 1, Cap: 1000,
	}
	switch preset {
	case "paper":
	case "fovea":
		s.Tau, s.AskWeight, s.AskTopK, s.Candidates, s.Spread = 0.05, 1, askTimes*s.TopK, leastCandidates, true
		s.SetTopK(s.TopK)
	default:
		return s, fmt.Errorf("actqkv: unknown preset %q (there are %q)", preset, Presets())
	}
	switch method {
	case ActQKV, InfLLM, Streaming, Full:
	default:
		return s, fmt.Errorf("actqkv: unknown method %q (there are %q)", method, Methods())
	}
	return s, nil
}

// SetBudget derives the number of blocks from the tokens that a layer attends
// on average: initial, local and recalled ones.
func (s *Settings) SetBudget(tokens int) error {
	k := (tokens - s.Init - s.Local) / s.BlockSize
	if k < 1 {
		return fmt.Errorf("actqkv: a budget of %d tokens leaves no block: %d initial and %d local tokens and one block of %d need %d",
			tokens, s.Init, s.Local, s.BlockSize, s.Init+s.Local+s.BlockSize)
	}
	s.SetTopK(k)
	return nil
}

// SetTopK sets the number of blocks that a layer recalls on average, and all
// numbers of blocks that go with it.
func (s *Settings) SetTopK(k int) {
	s.TopK, s.KMin, s.KMax = k, min(32, k), 2*k
	if s.Spread { // room for shares that differ
		s.KMin = max(1, k/2)
	}
	if s.AskTopK > 0 {
		s.AskTopK = askTimes * k
	}
	if s.Candidates > 0 {
		s.Candidates = max(leastCandidates, 16*k)
	}
}

// askTimes is how many times as many blocks as otherwise windows with the
// question recall.
const askTimes = 2

// leastCandidates is 16 times the published top-k and a bit more, as it is for
// every larger budget.
const leastCandidates = 768

// Budget is the number of tokens that a layer attends on average.
func (s Settings) Budget() int {
	switch s.Method {
	case Full:
		return math.MaxInt32
	case Streaming:
		return s.Init + s.Local
	}
	return s.Init + s.Local + s.TopK*s.BlockSize
}

// Recalls says whether the method brings blocks back.
func (s Settings) Recalls() bool { return s.Method == ActQKV || s.Method == InfLLM }

// Asks says whether the method scores blocks by the user's question, too.
func (s Settings) Asks() bool {
	return s.Method == ActQKV && (s.QuestionWeight > 0 || s.AskWeight > 0)
}

// AsksSteps says whether decode steps do so.
func (s Settings) AsksSteps() bool { return s.Method == ActQKV && s.AskWeight > 0 }

// Reading are the settings without those that no document that is read depends
// on.
func (s Settings) Reading() Settings { return Settings{}.ReadOn(s) }

// ReadOn are the settings with which a document is read on that was begun with
// others: its Reading, and of these what no document depends on.
func (s Settings) ReadOn(begun Settings) Settings {
	begun.AskWeight, begun.AskTopK = s.AskWeight, s.AskTopK
	return begun
}

// Asking are the settings of a window with tokens of the user's question: there,
// bounds of a layer's blocks are in proportion.
func (s Settings) Asking() Settings {
	if s.AskTopK > 0 {
		s.TopK, s.KMin, s.KMax = s.AskTopK, s.KMin*s.AskTopK/s.TopK, s.KMax*s.AskTopK/s.TopK
	}
	return s
}

// Biased says whether queries have a part in the probe by their activation
// bias.
func (s Settings) Biased() bool { return s.Method == ActQKV && !s.MeanProbe }

// CutsOff says whether layers recall different numbers of blocks.
func (s Settings) CutsOff() bool { return s.Method == ActQKV && !s.FixedK }

// SharesBySpread says whether the layers' shares follow their spreads.
func (s Settings) SharesBySpread() bool { return s.CutsOff() && s.Spread }

// KeepsStats says whether the statistics of the queries are kept.
func (s Settings) KeepsStats() bool { return s.Biased() || s.SharesBySpread() }

// MaxBlocks is the most blocks that one layer can recall.
func (s Settings) MaxBlocks() int { return max(s.StepBlocks(), s.Asking().StepBlocks()) }

// StepBlocks is the same of decode steps.
func (s Settings) StepBlocks() int { return max(s.TopK, s.KMin, s.KMax) }

// Validate reports the first setting that makes no sense.
func (s Settings) Validate() error {
	for _, c := range []struct {
		name    string
		v, a, b int
	}{
		{"block", s.BlockSize, 1, 256},
		{"n-init", s.Init, 0, 1 << 16},
		{"n-local", s.Local, 1, 1 << 20},
		{"window", s.Window, 1, 4096},
		{"top-k", s.TopK, 1, 1 << 16},
		{"k-min", s.KMin, 0, 1 << 16},
		{"k-max", s.KMax, 0, 1 << 16},
		{"history", s.History, 1, 1 << 16},
		{"repr", s.Repr, 1, shaders.MaxTop},
		{"ask-top-k", s.AskTopK, 0, 1 << 16},
		{"candidates", s.Candidates, 0, 1 << 16},
		{"refresh", s.Refresh, 0, shaders.Together}, // a list has room for so many later blocks
		{"cap", s.Cap, 1, 1 << 30},
	} {
		if c.v < c.a || c.v > c.b {
			return fmt.Errorf("actqkv: %s is %d, must be %d to %d", c.name, c.v, c.a, c.b)
		}
	}
	if s.Candidates > 0 && s.Candidates < s.StepBlocks() {
		return fmt.Errorf("actqkv: candidates are %d, must be 0 (all blocks) or at least the %d blocks that a layer may recall", s.Candidates, s.StepBlocks())
	}
	if !(s.Tau > 0) || math.IsInf(float64(s.Tau), 0) {
		return fmt.Errorf("actqkv: tau is %v, must be above 0", s.Tau)
	}
	if s.Method != ActQKV && (s.MeanProbe || s.FixedK) {
		return fmt.Errorf("actqkv: mean-probe and fixed-k switch parts of method %s off, method %s has neither part", ActQKV, s.Method)
	}
	for name, w := range map[string]float32{"question weight": s.QuestionWeight, "ask weight": s.AskWeight} {
		if !(w >= 0) || math.IsInf(float64(w), 0) {
			return fmt.Errorf("actqkv: %s is %v, must be 0 or more", name, w)
		}
	}
	return nil
}
