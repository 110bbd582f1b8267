package tokenizer

import (
	"fmt"
	"strings"
)

// Token types, as GGUF files number them in tokenizer.ggml.token_type.
const (
	TypeNormal      int32 = 1
	TypeUnknown     int32 = 2
	TypeControl     int32 = 3
	TypeUserDefined int32 = 4
	TypeUnused      int32 = 5
	TypeByte        int32 = 6
)

// Tokenizer models, as GGUF files name them in tokenizer.ggml.model.
const (
	ModelBPE = "gpt2"  // byte-level BPE
	ModelSPM = "llama" // SentencePiece BPE
)

// None stands for an absent token id in a Config.
const None = -1

// Config is a vocabulary and how to use it: the tokenizer.ggml.* keys of a
// GGUF file.
type Config struct {
	Model  string    // ModelBPE or ModelSPM
	Pre    string    // pre-tokenizer of ModelBPE; empty: "default"
	Tokens []string  // (vocab): text of each token, as stored in the file
	Types  []int32   // (vocab): one of the Type constants; nil: all normal
	Scores []float32 // (vocab): priority of merges of ModelSPM; unused by ModelBPE
	Merges []string  // "left right", most important first; unused by ModelSPM

	BOS, EOS, Unknown, Padding int // token ids, or None
	EOT                        int // end of turn: token id, or None

	AddBOS, AddEOS bool // Sequence adds these tokens
	AddSpacePrefix bool // ModelSPM: a space goes before text at the start and after special tokens
}

// validate reports what makes the configuration unusable.
func (c *Config) validate() error {
	if c.Model != ModelBPE && c.Model != ModelSPM {
		return fmt.Errorf("tokenizer: model %q is not supported; use a file whose tokenizer.ggml.model is %q or %q", c.Model, ModelBPE, ModelSPM)
	}
	n := len(c.Tokens)
	if n == 0 {
		return fmt.Errorf("tokenizer: the vocabulary is empty")
	}
	if n > maxVocab {
		return fmt.Errorf("tokenizer: the vocabulary has %d tokens, the most is %d", n, maxVocab)
	}
	if len(c.Types) != 0 && len(c.Types) != n {
		return fmt.Errorf("tokenizer: %d token types for %d tokens", len(c.Types), n)
	}
	if len(c.Scores) != 0 && len(c.Scores) != n {
		return fmt.Errorf("tokenizer: %d scores for %d tokens", len(c.Scores), n)
	}
	if c.Model == ModelSPM && len(c.Scores) == 0 {
		return fmt.Errorf("tokenizer: model %q needs scores", c.Model)
	}
	for i, s := range c.Scores {
		if s != s {
			return fmt.Errorf("tokenizer: the score of token %d (%q) is not a number", i, c.Tokens[i])
		}
	}
	if err := c.validateIDs(); err != nil {
		return err
	}
	for i, m := range c.Merges {
		if left, right, ok := cutMerge(m); !ok || left == "" || right == "" {
			return fmt.Errorf("tokenizer: merge %d (%q) is not two symbols with a space between", i, m)
		}
	}
	return nil
}

// maxVocab bounds the vocabulary, so that ids and merged symbols fit 32 bits.
const maxVocab = 1 << 24

func (c *Config) validateIDs() error {
	for _, id := range []struct {
		name string
		id   int
	}{{"BOS", c.BOS}, {"EOS", c.EOS}, {"unknown", c.Unknown}, {"padding", c.Padding}, {"EOT", c.EOT}} {
		if id.id != None && (id.id < 0 || id.id >= len(c.Tokens)) {
			return fmt.Errorf("tokenizer: the %s token is %d, the vocabulary has %d tokens", id.name, id.id, len(c.Tokens))
		}
	}
	if c.AddBOS && c.BOS == None {
		return fmt.Errorf("tokenizer: a BOS token shall be added, but none is named")
	}
	if c.AddEOS && c.EOS == None {
		return fmt.Errorf("tokenizer: an EOS token shall be added, but none is named")
	}
	return nil
}

// cutMerge splits a merge at its first space after the first byte, because a
// symbol itself may be a space in vocabularies without byte encoding.
func cutMerge(m string) (left, right string, ok bool) {
	if m == "" {
		return "", "", false
	}
	i := strings.IndexByte(m[1:], ' ')
	if i < 0 {
		return "", "", false
	}
	return m[:i+1], m[i+2:], true
}

// tokenType is the type of token id.
func (c *Config) tokenType(id int) int32 {
	if len(c.Types) == 0 {
		return TypeNormal
	}
	return c.Types[id]
}

// index maps each token's text to its id. Texts must differ; an empty text
// matches nothing and is left out.
func (c *Config) index() (map[string]int32, error) {
	ids := make(map[string]int32, len(c.Tokens))
	for i, text := range c.Tokens {
		if text == "" {
			continue
		}
		if first, ok := ids[text]; ok {
			return nil, fmt.Errorf("tokenizer: tokens %d and %d have the same text %q", first, i, text)
		}
		ids[text] = int32(i)
	}
	return ids, nil
}
