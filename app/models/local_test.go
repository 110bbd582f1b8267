package models

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fovea/internal/tinymodel"
)

// ownHome gives a test a home directory of its own, and an environment that
// names no other folders.
func ownHome(t *testing.T) string {
	t.Helper()
	for _, name := range []string{
		DataVariable, CacheVariable, "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE",
		"HF_HOME", "LLAMA_CACHE", "JAN_DATA_FOLDER", "OLLAMA_MODELS",
	} {
		t.Setenv(name, "")
	}
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("HOME", home)
	return home
}

// tinyFile is a model file's content.
func tinyFile(t *testing.T, s tinymodel.Shape) []byte {
	t.Helper()
	data, err := os.ReadFile(tinymodel.Write(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// put makes a file and the folders that it needs.
func put(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// link makes a symbolic link and the folders that it needs.
func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

// listed is what List finds below home; the machine may have an Ollama service.
func listed(t *testing.T, home string) *Listing {
	t.Helper()
	l, err := List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l.Models = slices.DeleteFunc(l.Models, func(m Local) bool { return !strings.HasPrefix(m.Path, home) })
	l.Skipped = slices.DeleteFunc(l.Skipped, func(s Skipped) bool { return !strings.HasPrefix(s.Path, home) })
	return l
}

// only is the one model that is there.
func only(t *testing.T, l *Listing) Local {
	t.Helper()
	if len(l.Models) != 1 {
		t.Fatalf("%d models, want one: %+v", len(l.Models), l)
	}
	return l.Models[0]
}

// digest of a made-up file of Ollama or of the hub: n, 64 times.
func digest(n string) string { return strings.Repeat(n, 64) }

func ollamaManifest(digests ...string) []byte {
	m := manifest{Layers: []ollamaLayer{{"application/vnd.ollama.image.template", "sha256:" + digest("e")}}}
	for _, d := range digests {
		m.Layers = append(m.Layers, ollamaLayer{"application/vnd.ollama.image.model", "sha256:" + d})
	}
	data, err := json.Marshal(m)
	if err != nil {
		panic(err) // strings are always valid
	}
	return data
}

// TestEveryLayout has one model in the folder of each program.
func TestEveryLayout(t *testing.T) {
	const ollama = ".ollama/models/"
	catalogue := Catalogue()[0]
	for _, c := range []struct {
		owner, name string
		file        string // where the model lies
		at          string // where it is found, if elsewhere: a link to file
		manifest    string
	}{
		{owner: "Fovea", name: "own", file: ".local/share/fovea/models/own.gguf"},
		{owner: "Fovea", name: catalogue.Name, file: ".local/share/fovea/models/" + catalogue.File},
		{
			owner: "Hugging Face", name: "Llama-Q4_K_M", file: ".cache/huggingface/hub/models--org--llama/blobs/" + digest("a"),
			at: ".cache/huggingface/hub/models--org--llama/snapshots/0123abc/Llama-Q4_K_M.gguf",
		},
		{
			owner: "Hugging Face", name: "org/llama", file: ".cache/huggingface/hub/models--org--llama/blobs/" + digest("a"),
			at: ".cache/huggingface/hub/models--org--llama/snapshots/0123abc/model.gguf",
		},
		{owner: "Hugging Face", name: "copied", file: ".cache/huggingface/hub/models--o--n/snapshots/1/Q8_0/copied.gguf"}, // where links are not possible
		{owner: "llama.cpp", name: "org_repo_x", file: ".cache/llama.cpp/org_repo_x.gguf"},
		{owner: "LM Studio", name: "x-Q4_0", file: ".lmstudio/models/publisher/repo/x-Q4_0.gguf"},
		{owner: "LM Studio", name: "old", file: ".cache/lm-studio/models/publisher/repo/old.GGUF"},
		{owner: "Jan", name: "Jan-v1", file: ".local/share/Jan/data/llamacpp/models/janhq/Jan-v1/model.gguf"},
		{owner: "Jan", name: "older", file: ".config/Jan/data/models/huggingface.co/org/older/older.gguf"},
		{owner: "Jan", name: "oldest", file: "jan/models/oldest/oldest.gguf"},
		{owner: "GPT4All", name: "orca", file: ".local/share/nomic.ai/GPT4All/orca.gguf"},
		{owner: "GPT4All", name: "bindings", file: ".cache/gpt4all/bindings.gguf"},
		{owner: "Ollama", name: "llama3.2:1b", file: ollama + "blobs/sha256-" + digest("b"), manifest: ollama + "manifests/registry.ollama.ai/library/llama3.2/1b"},
		{owner: "Ollama", name: "me/own:latest", file: ollama + "blobs/sha256-" + digest("b"), manifest: ollama + "manifests/registry.ollama.ai/me/own/latest"},
		{owner: "Ollama", name: "hf.co/org/x-GGUF:Q4", file: ollama + "blobs/sha256-" + digest("b"), manifest: ollama + "manifests/hf.co/org/x-GGUF/Q4"},
		{owner: "Ollama", name: "new:8b", file: ollama + "blobs/sha256-" + digest("b"), manifest: ollama + "manifests-v2/ollama.com/library/new/8b"},
	} {
		t.Run(c.owner+" "+c.name, func(t *testing.T) {
			home := ownHome(t)
			path := filepath.Join(home, c.file)
			put(t, path, tinyFile(t, tinymodel.Default()))
			if c.manifest != "" {
				put(t, filepath.Join(home, c.manifest), ollamaManifest(digest("b")))
			}
			if c.at != "" {
				path = filepath.Join(home, c.at)
				link(t, "../../blobs/"+filepath.Base(c.file), path)
			}
			l := listed(t, home)
			m := only(t, l)
			if m.Owner != c.owner || m.Name != c.name || m.Path != path || !m.Runs || len(m.Reasons) != 0 || len(l.Skipped) != 0 {
				t.Errorf("%+v, want a model that runs at %s", l, path)
			}
			if got, err := Named(t.Context(), c.name); err != nil || got != path {
				t.Errorf("%s is named %s, error %v", c.name, got, err)
			}
		})
	}
}

// TestEnvironment has a model only where a variable or a setting says.
func TestEnvironment(t *testing.T) {
	for name, c := range map[string]struct{ owner, value, file string }{
		"FOVEA_DATA":            {"Fovea", "@/d", "d/models/x.gguf"},
		"HF_HUB_CACHE":          {"Hugging Face", "@/d", "d/models--o--n/snapshots/1/x.gguf"},
		"HUGGINGFACE_HUB_CACHE": {"Hugging Face", "~/d", "d/models--o--n/snapshots/1/x.gguf"},
		"HF_HOME":               {"Hugging Face", "$HOME/d", "d/hub/models--o--n/snapshots/1/x.gguf"},
		"LLAMA_CACHE":           {"llama.cpp", "@/d", "d/models--o--n/snapshots/1/x.gguf"},
		"JAN_DATA_FOLDER":       {"Jan", "@/d", "d/llamacpp/models/x/model.gguf"},
		"XDG_CACHE_HOME":        {"llama.cpp", "@/d", "d/llama.cpp/x.gguf"},
		"XDG_DATA_HOME":         {"GPT4All", "@/d", "d/nomic.ai/GPT4All/x.gguf"},
		"XDG_CONFIG_HOME":       {"Jan", "@/d", "d/Jan/data/models/x/x.gguf"},
	} {
		t.Run(name, func(t *testing.T) {
			home := ownHome(t)
			put(t, filepath.Join(home, c.file), tinyFile(t, tinymodel.Default()))
			if l := listed(t, home); len(l.Models) != 0 {
				t.Fatalf("found without the variable: %+v", l)
			}
			t.Setenv(name, strings.ReplaceAll(c.value, "@", home))
			if m := only(t, listed(t, home)); m.Owner != c.owner || m.Name != "x" || !m.Runs {
				t.Errorf("%+v, want one of %s", m, c.owner)
			}
		})
	}
	t.Run("OLLAMA_MODELS", func(t *testing.T) {
		home := ownHome(t)
		put(t, filepath.Join(home, "d/blobs/sha256-"+digest("b")), tinyFile(t, tinymodel.Default()))
		put(t, filepath.Join(home, "d/manifests/registry.ollama.ai/library/x/1b"), ollamaManifest(digest("b")))
		t.Chdir(home)
		t.Setenv("OLLAMA_MODELS", "d") // relative to where we are
		if m := only(t, listed(t, home)); m.Owner != "Ollama" || m.Name != "x:1b" || m.Path != filepath.Join(home, "d/blobs/sha256-"+digest("b")) {
			t.Errorf("%+v", m)
		}
	})
	for file, content := range map[string]string{
		".lmstudio-home-pointer":         "@/d\n",
		".lmstudio/settings.json":        `{"downloadsFolder": "@/d/models"}`,
		".local/share/Jan/settings.json": `{"data_folder": "@/d"}`,
	} {
		t.Run(file, func(t *testing.T) {
			home := ownHome(t)
			put(t, filepath.Join(home, "d/models/org/x/x.gguf"), tinyFile(t, tinymodel.Default()))
			for _, broken := range []string{"", "{", `{"data_folder": 1, "downloadsFolder": null}`, strings.Repeat("x", 1<<20+1)} {
				put(t, filepath.Join(home, file), []byte(broken))
				if l := listed(t, home); len(l.Models) != 0 {
					t.Fatalf("found by %.20q: %+v", broken, l)
				}
			}
			put(t, filepath.Join(home, file), []byte(strings.ReplaceAll(content, "@", home)))
			if m := only(t, listed(t, home)); m.Name != "x" || !m.Runs {
				t.Errorf("%+v", m)
			}
		})
	}
}

func TestNamed(t *testing.T) {
	home := ownHome(t)
	data := tinyFile(t, tinymodel.Default())
	put(t, filepath.Join(home, ".cache/llama.cpp/twice.gguf"), data)
	put(t, filepath.Join(home, ".lmstudio/models/a/b/twice.gguf"), data)
	put(t, filepath.Join(home, ".lmstudio/models/a/b/once.gguf"), data)
	for _, name := range []string{"once", "once.gguf"} {
		if path, err := Named(t.Context(), name); err != nil || path != filepath.Join(home, ".lmstudio/models/a/b/once.gguf") {
			t.Errorf("%s, error %v", path, err)
		}
	}
	_, err := Named(t.Context(), "twice")
	if err == nil || errors.Is(err, ErrMissing) {
		t.Fatalf("error %v, want one about two models", err)
	}
	for _, says := range []string{"2 models", filepath.Join(home, ".cache/llama.cpp/twice.gguf"), filepath.Join(home, ".lmstudio/models/a/b/twice.gguf")} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("error %v does not say %q", err, says)
		}
	}
	for name, says := range map[string]string{"none": "foveactl models", Catalogue()[0].Name: "foveactl pull"} {
		if _, err := Named(t.Context(), name); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v, want one that says %q", name, err, says)
		}
	}
}

func TestListIsCancelled(t *testing.T) {
	home := ownHome(t)
	put(t, filepath.Join(home, ".cache/llama.cpp/x.gguf"), tinyFile(t, tinymodel.Default()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if l, err := List(ctx); !errors.Is(err, context.Canceled) || l != nil {
		t.Errorf("%+v, error %v, want that of the context", l, err)
	}
	if _, err := Named(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
	read := []Local{{Path: filepath.Join(home, ".cache/llama.cpp/x.gguf")}}
	if err := readHeads(ctx, read); !errors.Is(err, context.Canceled) || read[0].Arch != "" {
		t.Errorf("%+v, error %v, want that of the context", read, err)
	}
}
