package tokenizer

import (
	"path/filepath"
	"strings"
	"testing"

	"fovea/internal/testutil"
)

// golden reads a compressed JSON file of testdata into v.
func golden(t testing.TB, name string, v any) {
	t.Helper()
	testutil.ReadGzip(t, filepath.Join("testdata", name+".json.gz"), v)
}

// goldenCase is a text and what llama.cpp makes of it with the default model.
type goldenCase struct {
	Text  string
	IDs   []int32
	Plain []int32 `json:"ids_no_special"`
	// Of a prompt: false where it was put together of ids, which its text alone does not give.
	Again *bool `json:"retokenises"`
}

// checkOffsets checks that tokens cover the text in order, but for bytes that
// the vocabulary lacks, and that each stands for what its offsets say.
func checkOffsets(t testing.TB, tok *Tokenizer, text string) {
	t.Helper()
	for _, special := range []bool{false, true} {
		at := 0
		for _, k := range tok.Encode(text, special) {
			if k.Start < at || k.End < k.Start || k.End > len(text) {
				t.Fatalf("%q: token %v after byte %d", text, k, at)
			}
			if gap := text[at:k.Start]; tok.bpe != nil && strings.Trim(gap, unencodable(tok)) != "" {
				t.Fatalf("%q: bytes %d to %d (%q) have no token", text, at, k.Start, gap)
			}
			if piece := tok.Piece(k.ID); tok.bpe != nil && piece != text[k.Start:k.End] {
				t.Fatalf("%q: token %d is %q, its place %q", text, k.ID, piece, text[k.Start:k.End])
			}
			at = k.End
		}
	}
}

// unencodable gives the ASCII bytes that have no token.
func unencodable(tok *Tokenizer) string {
	var b strings.Builder
	for i := range 0x80 {
		if tok.bpe.bytes[i] >= tok.bpe.vocab {
			b.WriteByte(byte(i))
		}
	}
	return b.String()
}
