package tokenizer

import (
	"testing"

	"fovea/internal/testutil"
	"fovea/model/gguf"
)

// modelTokenizer is the default model's.
func modelTokenizer(t testing.TB) *Tokenizer {
	t.Helper()
	f, err := gguf.Open(testutil.ModelPath(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tok, err := FromGGUF(f)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}
