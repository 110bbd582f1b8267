package tokenizer

import (
	"fmt"
	"math"
)

// Metadata gives the keys of a model file; *gguf.File is one. The results of
// all but Has are false for a key that is absent or of another kind.
type Metadata interface {
	Has(key string) bool
	String(key string) (string, bool)
	Strings(key string) ([]string, bool)
	Uint(key string) (uint64, bool)
	Bool(key string) (bool, bool)
	Ints(key string) ([]int64, bool)
	Floats(key string) ([]float64, bool)
}

const keyPrefix = "tokenizer.ggml."

// FromGGUF makes a tokenizer of a file's tokenizer.ggml.* keys. Files of the
// "llama" model that say nothing else have SentencePiece's numbers for BOS,
// EOS and the unknown token, and add BOS and a space before text.
func FromGGUF(m Metadata) (*Tokenizer, error) {
	r := &reader{has: m.Has}
	c := Config{
		Model:  read(r, "model", m.String, ""),
		Pre:    read(r, "pre", m.String, ""),
		Tokens: read(r, "tokens", m.Strings, nil),
		Merges: read(r, "merges", m.Strings, nil),
	}
	for _, t := range read(r, "token_type", m.Ints, nil) {
		c.Types = append(c.Types, int32(min(max(t, 0), math.MaxInt32)))
	}
	for _, s := range read(r, "scores", m.Floats, nil) {
		c.Scores = append(c.Scores, float32(s))
	}
	spm := c.Model == ModelSPM
	bos, eos, unknown := None, None, None
	if spm {
		bos, eos, unknown = 1, 2, 0
	}
	id := func(key string, def int) int {
		const absent = math.MaxUint64
		if v := read(r, key+"_token_id", m.Uint, absent); v != absent {
			return int(min(v, maxVocab)) // what is more is out of range too
		}
		return def
	}
	c.BOS, c.EOS, c.Unknown = id("bos", bos), id("eos", eos), id("unknown", unknown)
	c.Padding, c.EOT = id("padding", None), id("eot", None)
	c.AddBOS = read(r, "add_bos_token", m.Bool, spm || addsBOS(c.Pre) && c.BOS != None)
	c.AddEOS = read(r, "add_eos_token", m.Bool, false)
	c.AddSpacePrefix = read(r, "add_space_prefix", m.Bool, spm)
	if r.err != nil {
		return nil, r.err
	}
	if c.Model == "" {
		return nil, fmt.Errorf("tokenizer: the file has no %smodel; use a file with a tokenizer", keyPrefix)
	}
	return New(c)
}

// reader notes the first key that is there but of the wrong kind.
type reader struct {
	has func(key string) bool
	err error
}

// read gives a key's value, or def where the key is absent.
func read[T any](r *reader, key string, get func(key string) (T, bool), def T) T {
	key = keyPrefix + key
	v, ok := get(key)
	if ok {
		return v
	}
	if r.has(key) && r.err == nil {
		r.err = fmt.Errorf("tokenizer: the file's %s is of the wrong kind; %T is needed", key, def)
	}
	return def
}

// addsBOS reports whether models with this pre-tokenizer begin sequences with
// BOS where their file does not say.
func addsBOS(pre string) bool {
	p, err := newPreTokenizer(pre)
	return err == nil && p.addBOS
}
