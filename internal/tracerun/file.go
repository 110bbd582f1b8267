// Package tracerun runs a prompt given as token ids, continues it greedily and
// writes down what every layer decided in every step. The file has the form of
// the reference runs of the authors' code, so that both can be compared field
// by field.
package tracerun

import (
	"encoding/json"
	"fmt"

	"fovea/model/actqkv"
)

// File is a recorded run.
type File struct {
	Params       Params    `json:"params"`
	Model        string    `json:"model,omitempty"` // as its file names it
	NPrompt      int       `json:"n_prompt"`
	IDs          []int32   `json:"ids"`           // of the prompt
	FirstLogits  []Logit   `json:"first_logits"`  // the 20 highest after the prompt
	LastLogits   []Logit   `json:"last_logits"`   // the 20 highest after the last step
	Greedy       []int32   `json:"greedy"`        // the continuation; end tokens do not end it
	GreedyMargin []float32 `json:"greedy_margin"` // per token, its logit minus that of the second
	GreedyText   string    `json:"greedy_text"`
	Windows      []Window  `json:"windows,omitempty"` // per step; none with dense attention
	Seconds      Seconds   `json:"seconds"`
}

// Params are the settings of a run, in tokens unless they say blocks.
type Params struct {
	Mode           string  `json:"mode"` // the method
	BlockSize      int     `json:"B"`
	Init           int     `json:"n_init"`
	Local          int     `json:"n_local"`
	Window         int     `json:"W"`
	Repr           int     `json:"r"`
	QuestionWeight float32 `json:"w_q"`
	TopK           int     `json:"topk"`  // blocks
	KMin           int     `json:"k_min"` // blocks
	KMax           int     `json:"k_max"` // blocks
	History        int     `json:"history"`
	Tau            float32 `json:"tau"`
}

// ParamsOf gives the settings as a file has them.
func ParamsOf(s actqkv.Settings) Params {
	return Params{
		Mode: string(s.Method), BlockSize: s.BlockSize, Init: s.Init, Local: s.Local, Window: s.Window, Repr: s.Repr,
		QuestionWeight: s.QuestionWeight, TopK: s.TopK, KMin: s.KMin, KMax: s.KMax, History: s.History, Tau: s.Tau,
	}
}

// Seconds are the times of a run.
type Seconds struct {
	Prefill float64 `json:"prefill"`
	Total   float64 `json:"total"`
}

// Window is one step: a prefill window, the prompt's last token, or a decoded
// token. Its lists have an entry per layer.
type Window struct {
	W       int        `json:"w"`
	Queries int        `json:"n_q"`
	Blocks  int        `json:"n_blocks"`
	Inits   int        `json:"n_init"`
	Rem     int        `json:"n_rem"` // tokens of the remainder, for the step's last query
	K       []int      `json:"k"`
	Entropy []float32  `json:"H"`
	H       []*float32 `json:"h"` // null below two blocks
	Left    []float32  `json:"left"`
	Gap     []*float32 `json:"gap"`         // null where all blocks are recalled
	Top     []*float32 `json:"s0"`          // highest score; null without blocks
	Low     []*float32 `json:"s1"`          // lowest score
	Bias    []Bias     `json:"d,omitempty"` // none where the method has no activation bias
	IDs     BlockIDs   `json:"ids"`
	// Scores of all blocks, of the last prefill window and of the first
	// generated token's step.
	Scores [][]float32 `json:"score,omitempty"`
}

// Logit is a token with its logit; in JSON a pair.
type Logit struct {
	ID    int32
	Value float32
}

// MarshalJSON writes [id, logit].
func (l Logit) MarshalJSON() ([]byte, error) { return json.Marshal([2]any{l.ID, l.Value}) }

// UnmarshalJSON reads [id, logit].
func (l *Logit) UnmarshalJSON(b []byte) error {
	return unmarshalTuple(b, &l.ID, &l.Value)
}

// Bias sums up the activation bias of a step's queries; in JSON a list.
type Bias struct {
	Min, Mean, Max float32
	ArgMax         int
}

// MarshalJSON writes [min, mean, max, argmax].
func (b Bias) MarshalJSON() ([]byte, error) {
	return json.Marshal([4]any{b.Min, b.Mean, b.Max, b.ArgMax})
}

// UnmarshalJSON reads [min, mean, max, argmax].
func (b *Bias) UnmarshalJSON(data []byte) error {
	return unmarshalTuple(data, &b.Min, &b.Mean, &b.Max, &b.ArgMax)
}

func unmarshalTuple(b []byte, to ...any) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	if len(parts) != len(to) {
		return fmt.Errorf("tracerun: a list of %d, want %d", len(parts), len(to))
	}
	for i, p := range parts {
		if err := json.Unmarshal(p, to[i]); err != nil {
			return err
		}
	}
	return nil
}

// BlockIDs are the recalled blocks per layer, ascending; nil stands for all
// blocks in every layer, in JSON "all".
type BlockIDs [][]int32

// MarshalJSON writes the lists or "all".
func (ids BlockIDs) MarshalJSON() ([]byte, error) {
	if ids == nil {
		return []byte(`"all"`), nil
	}
	return json.Marshal([][]int32(ids))
}

// UnmarshalJSON reads lists or "all".
func (ids *BlockIDs) UnmarshalJSON(b []byte) error {
	if string(b) == `"all"` {
		*ids = nil
		return nil
	}
	return json.Unmarshal(b, (*[][]int32)(ids))
}
