package tokenizer

import (
	"slices"
	"strings"
	"testing"
)

// keys is Metadata of a map.
type keys map[string]any

func get[T any](k keys, key string) (T, bool) {
	v, ok := k[key].(T)
	return v, ok
}

func (k keys) Has(key string) bool                 { _, ok := k[key]; return ok }
func (k keys) String(key string) (string, bool)    { return get[string](k, key) }
func (k keys) Strings(key string) ([]string, bool) { return get[[]string](k, key) }
func (k keys) Uint(key string) (uint64, bool)      { return get[uint64](k, key) }
func (k keys) Bool(key string) (bool, bool)        { return get[bool](k, key) }
func (k keys) Ints(key string) ([]int64, bool)     { return get[[]int64](k, key) }
func (k keys) Floats(key string) ([]float64, bool) { return get[[]float64](k, key) }
func (k keys) with(key string, value any) keys     { k[keyPrefix+key] = value; return k }

func mustFrom(t *testing.T, k keys) *Tokenizer {
	t.Helper()
	tok, err := FromGGUF(k)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func tinyKeys() keys {
	c := tiny()
	types := make([]int64, len(c.Types))
	for i := range types {
		types[i] = int64(c.Types[i])
	}
	return keys{}.with("model", "gpt2").with("pre", "gpt-2").with("tokens", c.Tokens).with("token_type", types).with("merges", c.Merges)
}

func TestFromGGUF(t *testing.T) {
	tok := mustFrom(t, tinyKeys().with("eos_token_id", uint64(7)))
	if tok.EOS() != 7 || tok.BOS() != None || tok.BOSText() != "" || tok.EOSText() != string(byteToRune[7]) {
		t.Errorf("BOS %d %q, EOS %d %q", tok.BOS(), tok.BOSText(), tok.EOS(), tok.EOSText())
	}
	if got := words(tok, "hello", false); !slices.Equal(got, []string{"hello"}) {
		t.Errorf("hello is %q", got)
	}
}

func TestFromGGUFBOS(t *testing.T) {
	llama := func() keys { return tinyKeys().with("pre", "llama-bpe").with("bos_token_id", uint64(3)) }
	if got := mustFrom(t, llama()).Sequence("a", false); len(got) != 2 || got[0] != 3 {
		t.Errorf("Llama 3 without add_bos_token begins %v, want BOS 3", got)
	}
	if got := mustFrom(t, llama().with("add_bos_token", false)).Sequence("a", false); len(got) != 1 {
		t.Errorf("add_bos_token = false gives %v", got)
	}
	if got := mustFrom(t, tinyKeys().with("bos_token_id", uint64(3))).Sequence("a", false); len(got) != 1 {
		t.Errorf("GPT-2 without add_bos_token gives %v", got)
	}
}

func TestFromGGUFErrors(t *testing.T) {
	for want, k := range map[string]keys{
		"no tokenizer.ggml.model":  {},
		"vocabulary is empty":      keys{}.with("model", "gpt2"),
		"tokenizer.ggml.merges is": tinyKeys().with("merges", "a b"),
		"tokenizer.ggml.scores is": tinyKeys().with("scores", []string{}),
		"eos_token_id is":          tinyKeys().with("eos_token_id", "x"),
		"EOS token is":             tinyKeys().with("eos_token_id", uint64(1<<40)),
	} {
		if _, err := FromGGUF(k); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestFromGGUFSentencePiece(t *testing.T) {
	var m sentencePiece
	golden(t, "sentencepiece", &m)
	types, scores := make([]int64, len(m.Types)), make([]float64, len(m.Scores))
	for i := range types {
		types[i], scores[i] = int64(m.Types[i]), float64(m.Scores[i])
	}
	tok := mustFrom(t, keys{}.with("model", "llama").with("tokens", m.Tokens).with("token_type", types).with("scores", scores))
	want, cases := smallSPM(t)
	for _, c := range cases {
		if a, b := tok.Sequence(c.Text, true), want.Sequence(c.Text, true); !slices.Equal(a, b) {
			t.Errorf("%q: %v, want %v", c.Text, a, b)
		}
	}
}
