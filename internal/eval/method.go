package eval

import (
	"fmt"
	"slices"
	"strings"

	"fovea/model/actqkv"
)

// Method is a way to choose the tokens that a layer attends, at any budget.
type Method struct {
	Name  string
	Means string // one line for people

	method actqkv.Method
	preset string
	change func(*actqkv.Settings) // nil: as the preset says
}

// Full is the name of dense attention, which other methods are compared with.
const Full = string(actqkv.Full)

// Fovea is the name of the method that Fovea uses unless told otherwise.
const Fovea = "fovea"

// OneLook is the name of the method that recalls as many blocks for the question
// as for all else, and otherwise is fovea.
const OneLook = "fovea-one-look"

// NoQuestion is the name of the method that differs from fovea only where
// something is asked.
const NoQuestion = "fovea-no-question"

// Joined is the name of the method that reads the second half of a text alone, and
// otherwise is fovea: what is lost where a document is taken as it was read alone.
const Joined = "fovea-joined"

// Methods are all methods, in the order of reports.
func Methods() []Method {
	return []Method{
		{Full, "dense attention, within the model's window", actqkv.Full, "paper", nil},
		{"streaming", "initial and recent tokens only", actqkv.Streaming, "paper", nil},
		{"infllm", "blocks recalled by the mean query, as many in every layer", actqkv.InfLLM, "paper", nil},
		{"paper", "ActQKV as published", actqkv.ActQKV, "paper", nil},
		{Fovea, "ActQKV with more blocks for layers whose scores follow what is asked, and for the question", actqkv.ActQKV, "fovea", nil},
		{OneLook, "fovea with no more blocks for the question", actqkv.ActQKV, "fovea", nil},
		{
			"fovea-no-bias", "fovea-one-look with the mean query as probe", actqkv.ActQKV, "fovea",
			func(s *actqkv.Settings) { s.MeanProbe = true },
		},
		{
			"fovea-no-cutoff", "fovea-one-look with as many blocks in every layer", actqkv.ActQKV, "fovea",
			func(s *actqkv.Settings) { s.FixedK = true },
		},
		{
			"fovea-entropy", "fovea-one-look with more blocks for layers whose scores are flat, by tau and from the eighth window on", actqkv.ActQKV, "fovea",
			func(s *actqkv.Settings) { s.Spread, s.History = false, 8 },
		},
		{
			"fovea-small-blocks", "fovea-one-look with blocks of half as many tokens, twice as many of them", actqkv.ActQKV, "fovea",
			func(s *actqkv.Settings) {
				s.BlockSize, s.TopK, s.KMin, s.KMax = s.BlockSize/2, 2*s.TopK, 2*s.KMin, 2*s.KMax
			},
		},
		{
			NoQuestion, "fovea-one-look without the question in the scores of blocks", actqkv.ActQKV, "fovea",
			func(s *actqkv.Settings) { s.QuestionWeight, s.AskWeight = 0, 0 },
		},
		{Joined, "fovea with the second half of the text read alone and joined, not read behind the first", actqkv.ActQKV, "fovea", nil},
	}
}

// MethodNames are the names of all methods.
func MethodNames() []string {
	var names []string
	for _, m := range Methods() {
		names = append(names, m.Name)
	}
	return names
}

// MethodsNamed gives the methods of the names, in the order of Methods.
func MethodsNamed(names []string) ([]Method, error) {
	for _, name := range names {
		if !slices.Contains(MethodNames(), name) {
			return nil, fmt.Errorf("eval: there is no method %q; there are %s", name, strings.Join(MethodNames(), ", "))
		}
	}
	return slices.DeleteFunc(Methods(), func(m Method) bool { return !slices.Contains(names, m.Name) }), nil
}

// Sizes of the published settings, and from which budget on they are used.
const (
	publishedTopK = 46
	publishedKMin = 32
	smallBudget   = 1024 // tokens
	smallInit     = 32   // initial tokens of budgets below it
	budgetStep    = 64   // tokens; budgets are multiples
	leastBudget   = 128  // tokens
)

// Dense says whether the method attends all tokens, whatever the budget.
func (m Method) Dense() bool { return m.method == actqkv.Full }

// Settings are the method's at a budget of so many tokens a layer. All methods
// but dense attention, which has no budget, attend as many:
//
//   - From 1,024 tokens on, initial tokens (64) and local window (512) are the
//     published ones, and recalled blocks are the rest.
//   - Below, half the budget is local window, 32 are initial tokens, and
//     recalled blocks are the rest: 7 blocks of 512 tokens, 3 of 256.
//   - What method streaming does not recall is local window.
//   - A prefill window has at most half as many tokens as the budget, so that
//     what it adds stays in proportion.
//
// Where layers share by entropies, the least number of blocks of a layer keeps
// its published share of the average one, 32 of 46, up to the published 32: as
// many as the average would leave the cut-off nothing to decide.
//
// It is an error that the budget is no multiple of 64 tokens or below 128.
func (m Method) Settings(budget int) (actqkv.Settings, error) {
	s, err := actqkv.New(m.method, m.preset)
	if err != nil || m.Dense() {
		return s, err
	}
	if budget < leastBudget || budget%budgetStep != 0 {
		return s, fmt.Errorf("eval: a budget of %d tokens cannot be shared out; choose a multiple of %d, %d at least", budget, budgetStep, leastBudget)
	}
	if budget < smallBudget {
		s.Init, s.Local = smallInit, budget/2
	}
	s.Window = min(s.Window, budget/2)
	if m.method == actqkv.Streaming {
		s.Local = budget - s.Init
		return s, s.Validate()
	}
	if err := s.SetBudget(budget); err != nil {
		return s, err
	}
	if !s.Spread {
		s.KMin = min(publishedKMin, max(1, s.TopK*publishedKMin/publishedTopK))
	}
	if m.Name != Fovea && m.Name != Joined {
		s.AskTopK = 0 // only these have more than the budget while it reads the question
	}
	if m.change != nil {
		m.change(&s)
	}
	return s, s.Validate()
}
