// Package testutil finds what tests need: the default model, which the
// repository does not hold, and compressed reference values, which it does.
package testutil

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// ModelVariable is the environment variable that names the default model's
// file for tests. `make test` sets it.
const ModelVariable = "FOVEA_TEST_MODEL"

// ModelPath is the path of the default model. The test fails without one: a
// skipped test would prove nothing.
func ModelPath(t testing.TB) string {
	t.Helper()
	path := os.Getenv(ModelVariable)
	if path == "" {
		t.Fatalf("%s names no file; `make test` fetches the default model and sets it", ModelVariable)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(abs); err != nil {
		t.Fatalf("%s: %v", ModelVariable, err)
	}
	return abs
}

// ReadGzip reads a compressed JSON file into v.
func ReadGzip(t testing.TB, path string, v any) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(v); err != nil {
		t.Fatal(err)
	}
}
