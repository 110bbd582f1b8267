package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestManualIsCurrent rebuilds the manual: the committed file must be what the
// sources give, byte by byte.
func TestManualIsCurrent(t *testing.T) {
	root := filepath.Join("..", "..")
	want, err := build(filepath.Join(root, "docs", "manual"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(root, "assets", "manual.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("assets/manual.pdf is not what docs/manual gives: run `go run ./scripts/manual` and check assets/questions.json")
	}
}

func TestSourceErrors(t *testing.T) {
	for name, c := range map[string]struct{ source, says string }{
		"no heading": {"Just text.", "must begin with a heading"},
		"deep":       {"# A\n\n### B\n", "level 3"},
		"wide code":  {"# A\n\n```\n" + strings.Repeat("x", 90) + "\n```\n", "line of code"},
		"picture":    {"# A\n\n![x](y.png)\n", "no typesetting for Image"},
	} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "1.md"), []byte(c.source), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := build(folder); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v, want one that says %q", name, err, c.says)
		}
	}
	if _, err := build(t.TempDir()); err == nil {
		t.Error("a folder without chapters gives no error")
	}
}
