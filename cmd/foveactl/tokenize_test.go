package main

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"fovea/internal/testutil"
)

// TestTokenizeGolden gives the golden strings to the command: the ids are
// llama.cpp's, whatever the text ends with.
func TestTokenizeGolden(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "model", "tokenizer", "testdata", "tokens.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Cases []struct {
			Text  string  `json:"text"`
			IDs   []int32 `json:"ids"`
			Plain []int32 `json:"ids_no_special"`
		} `json:"cases"`
	}
	if err := json.NewDecoder(z).Decode(&golden); err != nil {
		t.Fatal(err)
	}
	if len(golden.Cases) == 0 {
		t.Fatal("no cases")
	}
	model, path := testutil.ModelPath(t), filepath.Join(t.TempDir(), "text")
	for _, c := range golden.Cases {
		if err := os.WriteFile(path, []byte(c.Text), 0o600); err != nil {
			t.Fatal(err)
		}
		expectIDs(t, c.IDs, succeed(t, "", "tokenize", "--model", model, "--text-file", path, "--json"))
		expectIDs(t, c.Plain, succeed(t, c.Text, "tokenize", "--model", model, "--text-file", "-", "--json", "--no-special"))
	}
}

func expectIDs(t *testing.T, want []int32, out string) {
	t.Helper()
	var got []int32
	if err := json.Unmarshal([]byte(out), &got); err != nil || got == nil {
		t.Fatalf("output %q: %v", out, err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("ids %v, want %v", got, want)
	}
}

func TestTokenizePlain(t *testing.T) {
	model := testutil.ModelPath(t)
	out := succeed(t, "Hello, world!\n\U0001F600", "tokenize", "--model", model, "--text-file", "-")
	want := "19556\t\"Hello\"\n28\t\",\"\n905\t\" world\"\n17\t\"!\"\n198\t\"\\n\"\n10813\t\"\\xf0\\x9f\"\n242\t\"\\x98\"\n218\t\"\\x80\"\n"
	if out != want {
		t.Errorf("output %q, want %q", out, want)
	}
	if out := succeed(t, "", "tokenize", "--model", model, "--text-file", "-", "--json"); out != "[]\n" {
		t.Errorf("an empty text gives %q", out)
	}
}

func TestTokenizeErrors(t *testing.T) {
	t.Setenv("FOVEA_DATA", t.TempDir())
	fail(t, "foveactl pull smollm2-135m", "tokenize", "--text-file", os.DevNull)
	fail(t, "no such file", "tokenize", "--text-file", "/none")
	fail(t, "is a directory", "tokenize", "--text-file", "/")
	fail(t, "/none", "tokenize", "--text-file", os.DevNull, "--model", "/none")
}
