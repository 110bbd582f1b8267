package tokenizer

import (
	"slices"
	"strings"
	"testing"
)

// sentencePiece is a small model, with the ids that the sentencepiece library
// gives.
type sentencePiece struct {
	Tokens []string
	Types  []int32
	Scores []float32
	Cases  []goldenCase
}

func smallSPM(t testing.TB) (*Tokenizer, []goldenCase) {
	t.Helper()
	var m sentencePiece
	golden(t, "sentencepiece", &m)
	if len(m.Cases) == 0 {
		t.Fatal("no cases")
	}
	tok, err := New(Config{
		Model: ModelSPM, Tokens: m.Tokens, Types: m.Types, Scores: m.Scores,
		BOS: 1, EOS: 2, Unknown: 0, Padding: None, EOT: None, AddBOS: true, AddSpacePrefix: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return tok, m.Cases
}

func TestSentencePiece(t *testing.T) {
	tok, cases := smallSPM(t)
	for _, c := range cases {
		if strings.Contains(c.Text, "<tool>") {
			continue // llama.cpp adds a space after special tokens, sentencepiece does not
		}
		if got := tok.IDs(c.Text, false); !slices.Equal(got, c.IDs) {
			t.Errorf("%q:\n got %v\nwant %v", c.Text, got, c.IDs)
		}
		if got := tok.Decode(c.IDs); got != strings.ReplaceAll(c.Text, underline, " ") {
			t.Errorf("%q decodes to %q", c.Text, got)
		}
		checkOffsets(t, tok, c.Text)
	}
}

// Words and the whole text at once give the same tokens.
func TestSentencePieceWords(t *testing.T) {
	tok, cases := smallSPM(t)
	if !tok.spm.words {
		t.Fatal("the model has a token over the start of a word: the test needs another")
	}
	whole, _ := smallSPM(t)
	whole.spm.words = false
	for _, c := range cases {
		if a, b := tok.Encode(c.Text, true), whole.Encode(c.Text, true); !slices.Equal(a, b) {
			t.Errorf("%q:\nwords %v\nwhole %v", c.Text, a, b)
		}
	}
}

func TestSentencePieceOffsets(t *testing.T) {
	tok, _ := smallSPM(t)
	text := "a é  ▁<turn>漢 b"
	var got strings.Builder
	last := 0
	for _, k := range tok.Encode(text, true) {
		if k.Start < last {
			t.Fatalf("token %v begins before byte %d", k, last)
		}
		got.WriteString(text[k.Start:k.End])
		last = k.End
	}
	if got.String() != text {
		t.Errorf("the tokens cover %q, want %q", got.String(), text)
	}
}

func TestSequence(t *testing.T) {
	tok, _ := smallSPM(t)
	if got := tok.Sequence("", false); !slices.Equal(got, []int32{1}) {
		t.Errorf("an empty sequence is %v, want BOS", got)
	}
	plain, again := tok.Sequence("hello", true), tok.Sequence(tok.BOSText()+"hello", true)
	if plain[0] != 1 || !slices.Equal(plain, again) {
		t.Errorf("with BOS in the text %v, without %v", again, plain)
	}
	tok.config.AddEOS = true
	if got := tok.Sequence("hello", true); got[len(got)-1] != 2 {
		t.Errorf("sequence %v does not end with EOS", got)
	}
}
