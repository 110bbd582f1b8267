// Package testutil finds what tests need and the repository does not hold: the
// default model.
package testutil

import (
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
