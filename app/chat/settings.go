package chat

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"fovea/model/actqkv"
	"fovea/model/sample"
	"fovea/store"
)

// Settings are the choices of a conversation, beside its system prompt.
type Settings struct {
	Method      actqkv.Method `json:"method"`
	Preset      string        `json:"preset"`
	Budget      int           `json:"budget"` // tokens that a layer attends on average
	Temperature float64       `json:"temperature"`
	TopK        int           `json:"top_k"`
	TopP        float64       `json:"top_p"`
	MinP        float64       `json:"min_p"`
	Repetition  float64       `json:"repetition_penalty"`
	Seed        uint64        `json:"seed"`       // 0: another one for each answer
	MaxTokens   int           `json:"max_tokens"` // of an answer
}

// The budgets that a slider should offer, in tokens: from the initial and local
// tokens and one block to what a laptop still decodes at a bearable speed.
// Below the first there is nothing to recall; above the second all is possible.
const (
	MinBudget = 608
	MaxBudget = 8192
)

// Defaults are the settings of a conversation that was given none.
func Defaults() Settings {
	return Settings{
		Method: actqkv.ActQKV, Preset: "fovea", Budget: 2048,
		Temperature: 0.2, TopK: 40, TopP: 0.95, MinP: 0.05, Repetition: 1, MaxTokens: 512,
	}
}

// defaultsKey is where the store has the settings of new conversations.
const defaultsKey = "chat.defaults"

// method are the settings of the engine's method.
func (c Settings) method() (actqkv.Settings, error) {
	m, err := actqkv.New(c.Method, c.Preset)
	if err != nil {
		return m, err
	}
	if m.Recalls() {
		if err := m.SetBudget(c.Budget); err != nil {
			return m, err
		}
	}
	return m, m.Validate()
}

// sampling are the options for drawing one answer.
func (c Settings) sampling() sample.Options {
	o := sample.Options{
		Temperature: c.Temperature, TopK: c.TopK, TopP: c.TopP, MinP: c.MinP, RepetitionPenalty: c.Repetition, Seed: c.Seed,
	}
	for o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	return o
}

// Validate reports the first setting that makes no sense.
func (c Settings) Validate() error {
	if _, err := c.method(); err != nil {
		return err
	}
	if c.MaxTokens < 1 {
		return fmt.Errorf("chat: an answer of at most %d tokens cannot be written; choose 1 or more", c.MaxTokens)
	}
	_, err := sample.New(c.sampling())
	return err
}

// Default returns the settings of new conversations.
func (s *Service) Default(ctx context.Context) (Settings, error) {
	c := Defaults()
	_, err := s.options.Store.Setting(ctx, defaultsKey, &c)
	return c, err
}

// SetDefault changes the settings of new conversations.
func (s *Service) SetDefault(ctx context.Context, c Settings) error {
	if err := c.Validate(); err != nil {
		return err
	}
	return s.options.Store.SetSetting(ctx, defaultsKey, c)
}

// Settings returns those of a conversation.
func (s *Service) Settings(ctx context.Context, id store.ConversationID) (Settings, error) {
	c, err := s.Default(ctx)
	if err != nil {
		return c, err
	}
	conversation, err := s.options.Store.Conversation(ctx, id)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(conversation.Sampling, &c); err != nil {
		return c, fmt.Errorf("chat: the settings of conversation %d: %w", id, err)
	}
	return c, nil
}

// SetSettings changes those of a conversation. The next token obeys the method
// and the budget, where the text need not be read again for them, the next
// answer the rest.
func (s *Service) SetSettings(ctx context.Context, id store.ConversationID, c Settings) error {
	if err := c.Validate(); err != nil {
		return err
	}
	b, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := s.options.Store.SetSampling(ctx, id, b); err != nil {
		return err
	}
	s.with(id, func(st *state) { st.change = &c })
	s.notify(Event{Kind: WorkChanged, Conversation: id})
	return nil
}

// takeChange takes the settings that were chosen since the last call, or nil.
func (s *Service) takeChange(id store.ConversationID) (c *Settings) {
	s.with(id, func(st *state) { c, st.change = st.change, nil })
	return c
}
