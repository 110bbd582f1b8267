package models

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/edsrzf/mmap-go"

	"fovea/internal/testutil"
	"fovea/internal/tinymodel"
	"fovea/model/gguf"
)

// readFile is what is told of one file.
func readFile(path string) Local {
	m := Local{Path: path}
	m.read()
	return m
}

func TestHeadOfDefault(t *testing.T) {
	m := readFile(testutil.ModelPath(t))
	if !m.Runs || m.Arch != "llama" || m.Title == "" || m.Parameters != 134_515_008 || m.Context != 8192 || !slices.Equal(m.Formats, []string{"Q4_1", "Q8_0"}) {
		t.Errorf("%+v", m)
	}
	// 30 layers of 3 heads of 64, keys and values as halves, and for each
	// block one representative of 9 heads: 24 MB. Packed, the weights are some 100 MB.
	if m.KVBytes < 23e6 || m.KVBytes > 25e6 || m.WeightBytes < 95e6 || m.WeightBytes > 115e6 {
		t.Errorf("%d bytes per 1,000 tokens, %d of weights", m.KVBytes, m.WeightBytes)
	}
}

func TestHeadsThatDoNotRun(t *testing.T) {
	with := func(key string, value any) string {
		s := tinymodel.Default()
		s.Extra = []gguf.KV{{Key: key, Value: value}}
		return tinymodel.Write(t, s)
	}
	for says, path := range map[string]string{
		`"falcon" is not supported`: with("general.architecture", "falcon"),
		`RoPE scaling "yarn"`:       with("llama.rope.scaling.type", "yarn"),
		"tokenizer":                 with("tokenizer.ggml.model", "bert"),
		"template":                  with("tokenizer.chat_template", "{% for"),
	} {
		m := readFile(path)
		reasons := strings.Join(m.Reasons, "; ")
		if m.Runs || !strings.Contains(reasons, says) || strings.Contains(reasons, path) {
			t.Errorf("runs %v, %q; want %q", m.Runs, reasons, says)
		}
		if m.Parameters == 0 || m.Arch == "" || !slices.Equal(m.Formats, []string{"F32"}) {
			t.Errorf("%s: %+v, want what its head says", says, m)
		}
	}
	m := readFile(with("llama.context_length", uint64(math.MaxUint64)))
	if m.Runs || m.Context != 1<<31 {
		t.Errorf("%+v", m)
	}
}

// TestFileIsCutWhileRead cuts a file after it was mapped.
func TestFileIsCutWhileRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, make([]byte, 1<<16), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := mmap.Map(f, mmap.RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := m.Unmap(); err != nil {
			t.Error(err)
		}
	}()
	sum := func() error {
		n := byte(0)
		for _, b := range m {
			n += b
		}
		if n != 0 {
			t.Error("the file has zeros")
		}
		return nil
	}
	if err := catchFaults(sum); err != nil {
		t.Errorf("error %v of a whole file", err)
	}
	if err := f.Truncate(1); err != nil {
		t.Fatal(err)
	}
	if err := catchFaults(sum); err == nil || !strings.Contains(err.Error(), "changed or failed") {
		t.Errorf("error %v, want one about the file", err)
	}
	defer func() {
		if r := recover(); r != "a bug" {
			t.Errorf("%v: other panics must pass", r)
		}
	}()
	_ = catchFaults(func() error { panic("a bug") })
}

// A file of the catalogue is called what the catalogue calls it.
func TestTitleOfCatalogue(t *testing.T) {
	e := Catalogue()[0]
	path := filepath.Join(t.TempDir(), e.File)
	if err := os.Symlink(testutil.ModelPath(t), path); err != nil {
		t.Fatal(err)
	}
	m := Local{Path: path, Bytes: e.Size}
	m.read()
	if m.Title != e.Title {
		t.Errorf("it is called %q, want %q", m.Title, e.Title)
	}
}
