package tokenizer

import (
	"slices"
	"testing"
)

func TestGoldenTokens(t *testing.T) {
	tok := modelTokenizer(t)
	var file struct{ Cases []goldenCase }
	golden(t, "tokens", &file)
	if len(file.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range file.Cases {
		if got := tok.IDs(c.Text, true); !slices.Equal(got, c.IDs) {
			t.Errorf("%q with special tokens:\n got %v\nwant %v", c.Text, got, c.IDs)
		}
		if got := tok.IDs(c.Text, false); !slices.Equal(got, c.Plain) {
			t.Errorf("%q as plain text:\n got %v\nwant %v", c.Text, got, c.Plain)
		}
		checkOffsets(t, tok, c.Text)
	}
}

func TestGoldenFuzz(t *testing.T) {
	tok := modelTokenizer(t)
	var file struct{ Cases []goldenCase }
	golden(t, "tokens_fuzz", &file)
	if len(file.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range file.Cases {
		if got := tok.IDs(c.Text, false); !slices.Equal(got, c.IDs) {
			t.Errorf("%q:\n got %v\nwant %v", c.Text, got, c.IDs)
		}
		checkOffsets(t, tok, c.Text)
	}
}

func TestGoldenPrompts(t *testing.T) {
	tok := modelTokenizer(t)
	var file struct {
		Prompts []goldenCase `json:"chat_prompts"`
		Texts   []goldenCase `json:"logit_prompts"`
	}
	golden(t, "prompts", &file)
	if len(file.Prompts) == 0 || len(file.Texts) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range append(file.Prompts, file.Texts...) {
		if got := tok.IDs(c.Text, true); (c.Again == nil || *c.Again) && !slices.Equal(got, c.IDs) {
			t.Errorf("%.60q: ids differ", c.Text)
		}
		if got := tok.Decode(c.IDs); got != c.Text {
			t.Errorf("%.60q decodes to %.60q", c.Text, got)
		}
	}
}

// BenchmarkEncode shows bytes of English text a second; 1 MB/s is the least.
func BenchmarkEncode(b *testing.B) {
	tok := modelTokenizer(b)
	var file struct {
		Texts []goldenCase `json:"logit_prompts"`
	}
	golden(b, "prompts", &file)
	text := ""
	for _, c := range file.Texts {
		text += tok.Decode(c.IDs)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tok.Encode(text, false)
	}
}

func TestModelTokens(t *testing.T) {
	tok := modelTokenizer(t)
	if tok.VocabSize() != 49152 || tok.BOSText() != "<|im_start|>" || tok.EOSText() != "<|im_end|>" {
		t.Errorf("%d tokens, BOS %q, EOS %q", tok.VocabSize(), tok.BOSText(), tok.EOSText())
	}
	for id, ends := range map[int32]bool{0: true, 1: false, 2: true, 3: false, 9690: false} {
		if tok.IsEndOfGeneration(id) != ends {
			t.Errorf("token %d (%q) ends a generation: %v, want %v", id, tok.Piece(id), !ends, ends)
		}
		if special := id < 17; tok.IsSpecial(id) != special {
			t.Errorf("token %d (%q) is special: %v, want %v", id, tok.Piece(id), !special, special)
		}
	}
	if got := tok.Sequence("hi", true); len(got) != 1 {
		t.Errorf("the file asks for no BOS, but hi is %v", got)
	}
}
