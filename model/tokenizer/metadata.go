package tokenizer

import "fmt"

// Metadata gives the keys of a model file; *gguf.File is one. The results
// are false for a key that is absent or of another type.
type Metadata interface {
	String(key string) (string, bool)
	Strings(key string) ([]string, bool)
	Uint(key string) (uint64, bool)
	Bool(key string) (bool, bool)
	Int32s(key string) ([]int32, bool)
	Float32s(key string) ([]float32, bool)
}

// FromGGUF makes a tokenizer of a file's tokenizer.ggml.* keys.
func FromGGUF(m Metadata) (*Tokenizer, error) {
	const prefix = "tokenizer.ggml."
	var c Config
	var ok bool
	if c.Model, ok = m.String(prefix + "model"); !ok {
		return nil, fmt.Errorf("tokenizer: the file has no %smodel; use a file with a tokenizer", prefix)
	}
	if c.Tokens, ok = m.Strings(prefix + "tokens"); !ok {
		return nil, fmt.Errorf("tokenizer: the file has no %stokens; use a file with a vocabulary", prefix)
	}
	c.Pre, _ = m.String(prefix + "pre")
	c.Types, _ = m.Int32s(prefix + "token_type")
	c.Scores, _ = m.Float32s(prefix + "scores")
	c.Merges, _ = m.Strings(prefix + "merges")
	spm := c.Model == ModelSPM
	id := func(key string, def int) int {
		if v, ok := m.Uint(prefix + key + "_token_id"); ok {
			return int(min(v, maxVocab)) // more is out of range too
		}
		return def
	}
	c.BOS, c.EOS, c.Unknown = id("bos", None), id("eos", None), id("unknown", None)
	if spm { // the numbers that SentencePiece gives them
		c.BOS, c.EOS, c.Unknown = id("bos", 1), id("eos", 2), id("unknown", 0)
	}
	c.Padding, c.EOT = id("padding", None), id("eot", None)
	flag := func(key string, def bool) bool {
		if v, ok := m.Bool(prefix + key); ok {
			return v
		}
		return def
	}
	c.AddBOS = flag("add_bos_token", spm || addsBOS(c.Pre) && c.BOS != None)
	c.AddEOS = flag("add_eos_token", false)
	c.AddSpacePrefix = flag("add_space_prefix", spm)
	return New(c)
}

// addsBOS reports whether models with this pre-tokenizer begin sequences with
// BOS where their file does not say.
func addsBOS(pre string) bool {
	p, err := newPreTokenizer(pre)
	return err == nil && p.addBOS
}
