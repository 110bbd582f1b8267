package tokenizer

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// tiny is a byte-level vocabulary: the 256 bytes, some merges, four special
// tokens and one user-defined.
func tiny() Config {
	c := Config{Model: ModelBPE, Pre: "gpt-2", BOS: None, EOS: None, Unknown: None, Padding: None, EOT: None}
	for _, r := range byteToRune {
		c.Tokens = append(c.Tokens, string(r))
		c.Types = append(c.Types, TypeNormal)
	}
	for _, m := range []string{"h e", "l l", "he ll", "hell o", "Ġ w", "Ġw o", "a a", "aa aa", "o o"} {
		left, right, _ := cutMerge(m)
		c.Merges = append(c.Merges, m)
		c.Tokens = append(c.Tokens, left+right)
		c.Types = append(c.Types, TypeNormal)
	}
	for _, s := range []string{"<|im_start|>", "<|im_end|>", "<|im_end|>\n", "</s>"} {
		c.Tokens = append(c.Tokens, s)
		c.Types = append(c.Types, TypeControl)
	}
	c.Tokens = append(c.Tokens, "<tool>")
	c.Types = append(c.Types, TypeUserDefined)
	return c
}

func mustNew(t testing.TB, c Config) *Tokenizer {
	t.Helper()
	tok, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func words(tok *Tokenizer, text string, special bool) []string {
	var out []string
	for _, k := range tok.Encode(text, special) {
		out = append(out, tok.Piece(k.ID))
	}
	return out
}

func TestMerges(t *testing.T) {
	tok := mustNew(t, tiny())
	for text, want := range map[string]string{
		"hello world":            "hello| wo|r|l|d",
		"hellllo":                "hell|ll|o",
		"aaaaa":                  "aaaa|a",
		strings.Repeat("a", 103): strings.Repeat("aaaa|", 25) + "aa|a",
		"é":                      "\xc3|\xa9",
		"\xff":                   "\xff",
	} {
		if got := strings.Join(words(tok, text, false), "|"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// The search of short words and the queue of long ones give the same.
func TestMergersAgree(t *testing.T) {
	tok := mustNew(t, tiny())
	r := rand.New(rand.NewPCG(5, 6))
	w := word{bpe: tok.bpe}
	for range 3000 {
		b := make([]byte, 1+r.IntN(shortWord))
		for i := range b {
			b[i] = "heloaw "[r.IntN(7)]
		}
		short := slices.Clone(w.encode(string(b), 0, nil))
		if long := w.encodeLong(string(b), 0, nil); !slices.Equal(short, long) {
			t.Fatalf("%q: %v and %v", b, short, long)
		}
	}
}

func TestSpecialTokens(t *testing.T) {
	tok := mustNew(t, tiny())
	const text = "<|im_start|>a<|im_end|>\n<tool><|im_end|>"
	if got, want := strings.Join(words(tok, text, true), "~"), "<|im_start|>~a~<|im_end|>\n~<tool>~<|im_end|>"; got != want {
		t.Errorf("with special tokens %q, want %q", got, want)
	}
	for _, k := range tok.Encode(text, false) {
		if tok.IsSpecial(k.ID) {
			t.Errorf("token %d (%q) came out of plain text", k.ID, tok.Piece(k.ID))
		}
	}
	if got := words(tok, text, false); !slices.Contains(got, "<tool>") {
		t.Errorf("the user-defined token is missing in %q", got)
	}
}

// Where special tokens overlap, the longest is cut out first, wherever it is.
func TestOverlappingSpecialTokens(t *testing.T) {
	c := tiny()
	c.Tokens = append(c.Tokens, "[ab", "bcd]x", "d]")
	c.Types = append(c.Types, TypeControl, TypeControl, TypeControl)
	tok := mustNew(t, c)
	for text, want := range map[string]string{"[abcd]x": "[|a|bcd]x", "[abcd]": "[ab|c|d]", "[ab[ab": "[ab|[ab"} {
		if got := strings.Join(words(tok, text, true), "|"); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// A merge to what is no token ends as bytes.
func TestMergeToNoToken(t *testing.T) {
	c := tiny()
	c.Merges = append([]string{"x y"}, c.Merges...)
	tok := mustNew(t, c)
	if got := words(tok, "xyz", false); !slices.Equal(got, []string{"x", "y", "z"}) {
		t.Errorf("got %q", got)
	}
}

func TestIgnoreMerges(t *testing.T) {
	c := tiny()
	c.Pre = "llama-bpe"
	c.Tokens = append(c.Tokens, "Ġred")
	c.Types = append(c.Types, TypeNormal)
	if got := words(mustNew(t, c), "a red", false); !slices.Equal(got, []string{"a", " red"}) {
		t.Errorf("got %q, the word that is a token is missing", got)
	}
}

func TestMissingBytes(t *testing.T) {
	c := tiny()
	c.Tokens[0x04], c.Tokens[0xff] = "unused0", "unused1"
	tok := mustNew(t, c)
	got := tok.Encode("a\x04b\xff", false)
	if want := []Token{{'a', 0, 1}, {'b', 2, 3}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestConfigErrors(t *testing.T) {
	for want, change := range map[string]func(*Config){
		`"bert"`:                 func(c *Config) { c.Model = "bert" },
		`"nope"`:                 func(c *Config) { c.Pre = "nope" },
		"vocabulary is empty":    func(c *Config) { c.Tokens, c.Types = nil, nil },
		"token types for":        func(c *Config) { c.Types = c.Types[1:] },
		"scores for":             func(c *Config) { c.Scores = []float32{1} },
		"needs scores":           func(c *Config) { c.Model = ModelSPM },
		"needs merges":           func(c *Config) { c.Merges = nil },
		`merge 9 ("ab")`:         func(c *Config) { c.Merges = append(c.Merges, "ab") },
		`merge 9 ("a ")`:         func(c *Config) { c.Merges = append(c.Merges, "a ") },
		"same text":              func(c *Config) { c.Tokens[3] = c.Tokens[4] },
		"BOS token is 270":       func(c *Config) { c.BOS = 270 },
		"EOT token is -2":        func(c *Config) { c.EOT = -2 },
		"BOS token shall be":     func(c *Config) { c.AddBOS = true },
		"EOS token shall be":     func(c *Config) { c.AddEOS = true },
		"is not a number":        func(c *Config) { c.Scores = make([]float32, len(c.Tokens)); c.Scores[7] = nan() },
		"neither a token for":    func(c *Config) { c.Model, c.Scores = ModelSPM, make([]float32, len(c.Tokens)) },
		"the unknown token is -": func(c *Config) { c.Unknown = -7 },
	} {
		c := tiny()
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func nan() float32 {
	zero := float32(0)
	return zero / zero
}

func TestDecoder(t *testing.T) {
	tok := mustNew(t, tiny())
	d := tok.NewDecoder()
	var got []string
	for _, k := range tok.Encode("a漢é😀!<|im_end|>", true) {
		got = append(got, d.Add(k.ID))
	}
	want := []string{"a", "", "", "漢", "", "é", "", "", "", "😀", "!", ""}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for text, want := range map[string]string{
		"\xe6\xbc":     "\uFFFD",
		"\xe6a":        "\uFFFDa",
		"\xffb":        "\uFFFDb",
		"\xf0\x9f\x98": "\uFFFD",
	} {
		d := tok.NewDecoder()
		out := ""
		for _, k := range tok.Encode(text, false) {
			out += d.Add(k.ID)
		}
		if out += d.Flush(); out != want {
			t.Errorf("%q: got %q, want %q", text, out, want)
		}
	}
	if got := d.Add(-5) + d.Add(1<<20); got != "" {
		t.Errorf("unknown ids give %q", got)
	}
}

func TestDecoderSentencePiece(t *testing.T) {
	tok, cases := smallSPM(t)
	for _, c := range cases {
		d, got := tok.NewDecoder(), ""
		for _, id := range tok.IDs(c.Text, false) {
			got += d.Add(id)
		}
		if got += d.Flush(); got != strings.ReplaceAll(c.Text, underline, " ") {
			t.Errorf("%q comes out as %q", c.Text, got)
		}
	}
}

func TestEndOfGeneration(t *testing.T) {
	c := tiny()
	c.EOS = 5
	tok := mustNew(t, c)
	id := func(text string) int32 {
		id, ok := tok.ID(text)
		if !ok {
			t.Fatalf("no token %q", text)
		}
		return id
	}
	for _, text := range []string{"<|im_end|>", "</s>"} {
		if !tok.IsEndOfGeneration(id(text)) {
			t.Errorf("%q does not end a generation", text)
		}
	}
	if !tok.IsEndOfGeneration(5) {
		t.Error("EOS does not end a generation")
	}
	for _, i := range []int32{id("<|im_start|>"), id("hello"), id("<tool>"), -1, 1 << 20} {
		if tok.IsEndOfGeneration(i) {
			t.Errorf("token %d (%q) ends a generation", i, tok.Piece(i))
		}
	}
	c.Types[id("</s>")] = TypeNormal
	if mustNew(t, c).IsEndOfGeneration(id("</s>")) {
		t.Error("an ordinary token named </s> ends a generation")
	}
}

func FuzzEncode(f *testing.F) {
	spm, cases := smallSPM(f)
	bpe := mustNew(f, tiny())
	for _, c := range cases[:20] {
		f.Add(c.Text)
	}
	f.Add("\xff\xe6\xbc <|im_end|>\n<tool>  ▁")
	f.Fuzz(func(t *testing.T, text string) {
		for _, special := range []bool{false, true} {
			if got := bpe.Decode(bpe.IDs(text, special)); got != text {
				t.Errorf("byte-level: %q decodes to %q", text, got)
			}
			want := strings.ReplaceAll(text, underline, " ")
			if got := spm.Decode(spm.IDs(text, special)); utf8.ValidString(text) && got != want {
				t.Errorf("SentencePiece: %q decodes to %q", text, got)
			}
		}
		checkOffsets(t, bpe, text)
		checkOffsets(t, spm, text)
	})
}

func TestCovering(t *testing.T) {
	tokens := []Token{{1, 0, 2}, {2, 2, 2}, {3, 2, 5}, {4, 5, 6}, {5, 6, 9}}
	for _, c := range []struct {
		start, end int
		want       [2]int
	}{
		{0, 0, [2]int{}}, {0, 1, [2]int{0, 1}}, {1, 4, [2]int{0, 3}}, {2, 5, [2]int{2, 3}}, {3, 6, [2]int{2, 4}}, {8, 20, [2]int{4, 5}}, {9, 20, [2]int{}},
	} {
		if got := Covering(tokens, c.start, c.end); got != c.want {
			t.Errorf("bytes %d to %d are of tokens %v, want %v", c.start, c.end, got, c.want)
		}
	}
}
