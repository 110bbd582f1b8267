package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fovea/app/models"
	"fovea/internal/tinymodel"
	"fovea/model/gguf"
)

// ownHome gives a test a home directory of its own, whose caches nothing else
// names, and puts models into it by their paths.
func ownHome(t *testing.T, files map[string]string) string {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{
		"FOVEA_DATA", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME",
		"LLAMA_CACHE", "JAN_DATA_FOLDER", "OLLAMA_MODELS",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", home)
	for to, from := range files {
		to = filepath.Join(home, to)
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o755)
		}
		if err == nil {
			err = os.WriteFile(to, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return home
}

func TestModels(t *testing.T) {
	foreign := tinymodel.Default()
	foreign.Extra = []gguf.KV{{Key: "general.architecture", Value: "falcon"}}
	home := ownHome(t, map[string]string{
		".cache/llama.cpp/good.gguf":                 tiny(t),
		".lmstudio/models/o/r/foreign.gguf":          tinymodel.Write(t, foreign),
		".lmstudio/models/o/r/evil\x1b[2J.gguf":      saved(t, "x", "text"),
		".ollama/models/manifests/h/n/broken/latest": saved(t, "x", "{"),
	})
	out := succeed(t, "", "models")
	lines := map[string]string{}
	for line := range strings.Lines(out) {
		name, _, _ := strings.Cut(line, " ")
		lines[name] = line
	}
	for name, parts := range map[string][]string{
		"NAME":    {"FOUND IN", "WEIGHTS", "RUNS"},
		"good":    {"llama.cpp", "F32", "4,096", "KiB", "yes"},
		"foreign": {"LM Studio", "F32", "no: ", `architecture "falcon" is not supported`},
		"Skipped": {filepath.Join(home, ".ollama/models/manifests/h/n/broken/latest"), "not a manifest"},
	} {
		for _, part := range parts {
			if !strings.Contains(lines[name], part) {
				t.Errorf("%q is missing in the line of %s:\n%s", part, name, out)
			}
		}
	}
	if strings.Contains(out, "\x1b") || !strings.Contains(out, "not a GGUF file") {
		t.Errorf("output %q", out)
	}
	var list models.Listing
	if err := json.Unmarshal([]byte(succeed(t, "", "models", "--json")), &list); err != nil {
		t.Fatal(err)
	}
	for _, m := range list.Models {
		if strings.HasPrefix(m.Path, home) && m.Runs != (m.Name == "good") || m.Runs != (len(m.Reasons) == 0) {
			t.Errorf("%+v", m)
		}
	}
	if !strings.Contains(succeed(t, "", "models", "--help"), "LM Studio") {
		t.Error("the help names no programs")
	}
}

func TestNoModels(t *testing.T) {
	var out bytes.Buffer
	if err := writeModels(&streams{out: &out}, &models.Listing{}); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); strings.Contains(s, "NAME") || !strings.Contains(s, "foveactl pull smollm2-135m") {
		t.Errorf("output %q, want how to fetch one", s)
	}
}

func TestModelNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "-", 999_999: "999,999", 134_515_008: "135M", 8_030_261_248: "8.0B"} {
		if got := orDash(n, parametersText); got != want {
			t.Errorf("%d parameters are %q, want %q", n, got, want)
		}
	}
}

// TestModelByName gives --model what the list shows, or a path.
func TestModelByName(t *testing.T) {
	model := tiny(t)
	home := ownHome(t, map[string]string{
		".cache/llama.cpp/once.gguf":        model,
		".cache/llama.cpp/twice.gguf":       model,
		".lmstudio/models/o/r/twice.gguf":   model,
		"work/here":                         model,
		"work/once/a-folder-does-not-count": model,
	})
	t.Chdir(filepath.Join(home, "work"))
	text := saved(t, "text.txt", "the")
	for _, name := range []string{"once", "once.gguf", "here", "./here", model} {
		if out := succeed(t, "", "tokenize", "--model", name, "--text-file", text, "--json"); out != succeed(t, "", "tokenize", "--model", model, "--text-file", text, "--json") {
			t.Errorf("%s: %q", name, out)
		}
	}
	for name, says := range map[string]string{
		"twice":           filepath.Join(home, ".lmstudio/models/o/r/twice.gguf"),
		"none":            "foveactl models",
		"smollm2-135m":    "foveactl pull smollm2-135m",
		"no/such.gguf":    "no such file",
		"/no/such.gguf":   "no such file",
		home + "/work":    "give a .gguf file",
		"./once/nothing/": "no such file",
	} {
		fail(t, says, "tokenize", "--model", name, "--text-file", text)
	}
}
