package models

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"fovea/internal/tinymodel"
)

// TestSameFileOnce finds one file in every way that there is.
func TestSameFileOnce(t *testing.T) {
	home := ownHome(t)
	at := func(path string) string { return filepath.Join(home, path) }
	data := tinyFile(t, tinymodel.Default())
	hub := at(".cache/huggingface/hub/models--o--n")
	put(t, filepath.Join(hub, "blobs", digest("a")), data)
	for _, revision := range []string{"1", "2"} {
		link(t, "../../blobs/"+digest("a"), filepath.Join(hub, "snapshots", revision, "x.gguf"))
	}
	// Another repository has the same content.
	other := at(".cache/huggingface/hub/models--p--n")
	put(t, filepath.Join(other, "blobs", digest("a")), data)
	link(t, "../../blobs/"+digest("a"), filepath.Join(other, "snapshots/1/y.gguf"))
	// Links, hard and symbolic, to a file and to a folder.
	if err := os.MkdirAll(at(".cache/llama.cpp"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(hub, "blobs", digest("a")), at(".cache/llama.cpp/hard.gguf")); err != nil {
		t.Fatal(err)
	}
	link(t, filepath.Join(hub, "snapshots/1/x.gguf"), at(".cache/llama.cpp/soft.gguf"))
	link(t, filepath.Join(hub, "snapshots"), at(".lmstudio/models/folder"))
	// Two tags of Ollama, with the content of the hub.
	put(t, at(".ollama/models/blobs/sha256-"+digest("a")), data)
	for _, tag := range []string{"1b", "latest"} {
		put(t, at(".ollama/models/manifests/registry.ollama.ai/library/x/"+tag), ollamaManifest(digest("a")))
	}
	l := listed(t, home)
	if m := only(t, l); m.Path != filepath.Join(hub, "snapshots/1/x.gguf") || m.Bytes != int64(len(data)) || !m.Runs || len(l.Skipped) != 0 {
		t.Errorf("%+v", l)
	}
}

func TestSplit(t *testing.T) {
	home := ownHome(t)
	dir := filepath.Join(home, ".lmstudio/models/o/r")
	data := tinyFile(t, tinymodel.Default())
	for i := range 3 {
		put(t, filepath.Join(dir, fmt.Sprintf("big-%05d-of-00003.gguf", i+1)), make([]byte, 100+i))
	}
	put(t, filepath.Join(dir, "whole-00001-of-00001.gguf"), data)
	// The same of Ollama: a manifest with several files.
	blobs := filepath.Join(home, ".ollama/models/blobs/sha256-")
	put(t, blobs+digest("a"), data)
	put(t, blobs+digest("b"), data)
	put(t, filepath.Join(home, ".ollama/models/manifests/registry.ollama.ai/library/big/1t"), ollamaManifest(digest("a"), digest("b")))
	l := listed(t, home)
	if len(l.Models) != 3 {
		t.Fatalf("%+v", l)
	}
	big, whole, ollama := l.Models[0], l.Models[1], l.Models[2]
	if big.Name != "big" || big.Bytes != 303 || big.Path != filepath.Join(dir, "big-00001-of-00003.gguf") {
		t.Errorf("%+v", big)
	}
	if ollama.Name != "big:1t" || ollama.Path != blobs+digest("a") || ollama.Owner != "Ollama" {
		t.Errorf("%+v", ollama)
	}
	for _, m := range []Local{big, ollama} {
		if m.Runs || len(m.Reasons) != 1 || !strings.Contains(m.Reasons[0], "split among several files, which is not supported") {
			t.Errorf("%+v, want one that is split", m)
		}
	}
	if whole.Name != "whole-00001-of-00001" || !whole.Runs {
		t.Errorf("%+v, want one that runs", whole)
	}
}

// TestBrokenFiles has a folder of files that cannot be used, and one that can.
func TestBrokenFiles(t *testing.T) {
	home := ownHome(t)
	dir := filepath.Join(home, ".cache/llama.cpp")
	data := tinyFile(t, tinymodel.Default())
	put(t, filepath.Join(dir, "cut.gguf"), data[:len(data)-1])
	put(t, filepath.Join(dir, "empty.gguf"), nil)
	put(t, filepath.Join(dir, "good.gguf"), data)
	put(t, filepath.Join(dir, "head.gguf"), data[:50])
	put(t, filepath.Join(dir, "lying.gguf"), append(bytes.Clone(data[:8]), bytes.Repeat([]byte{0xff}, 100)...))
	put(t, filepath.Join(dir, "text.gguf"), []byte(strings.Repeat("not a model\n", 100)))
	link(t, "nowhere", filepath.Join(dir, "dangling.gguf"))
	link(t, "loop.gguf", filepath.Join(dir, "loop.gguf"))
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.gguf"), 0o600); err != nil {
		t.Fatal(err)
	}
	// None of these is a model.
	put(t, filepath.Join(dir, "folder.gguf/readme.txt"), nil)
	put(t, filepath.Join(dir, "x.gguf.partial"), data)
	put(t, filepath.Join(dir, ".hidden/x.gguf"), data)
	put(t, filepath.Join(dir, "._x.gguf"), data)
	want := map[string]string{
		"cut": "truncated", "dangling": "is not there", "empty": "empty file", "good": "", "head": "truncated", "loop": "too many levels",
		"lying": "truncated", "pipe": "it is no file", "text": "not a GGUF file",
	}
	l := listed(t, home)
	if len(l.Models) != len(want) || len(l.Skipped) != 0 {
		t.Errorf("%d models, want %d: %+v", len(l.Models), len(want), l)
	}
	for _, m := range l.Models {
		says, reasons := want[m.Name], strings.Join(m.Reasons, "; ")
		if m.Runs != (says == "") || m.Runs != (reasons == "") || !strings.Contains(reasons, says) || strings.Contains(reasons, dir) {
			t.Errorf("%s: runs %v, %q; want %q", m.Name, m.Runs, reasons, says)
		}
	}
}

func TestBrokenOllama(t *testing.T) {
	home := ownHome(t)
	dir := filepath.Join(home, ".ollama/models")
	tag := func(name string, data []byte) {
		put(t, filepath.Join(dir, "manifests/registry.ollama.ai/library", name, "1b"), data)
	}
	put(t, filepath.Join(dir, "blobs/sha256-"+digest("a")), tinyFile(t, tinymodel.Default()))
	put(t, filepath.Join(home, "secret"), tinyFile(t, tinymodel.Default()))
	tag("cloud", ollamaManifest()) // it runs elsewhere: no file, nothing to say
	tag("evil", ollamaManifest("../../../secret"))
	tag("good", ollamaManifest(digest("a")))
	tag("json", []byte("{"))
	tag("large", []byte(`{"a":"`+strings.Repeat("x", 1<<20)+`"}`))
	tag("lost", ollamaManifest(digest("b")))
	put(t, filepath.Join(dir, "manifests/stray"), []byte("{}"))
	// A list of manifests, of which one is in another file and one is lost.
	put(t, filepath.Join(dir, "blobs/sha256-"+digest("c")), ollamaManifest(digest("d")))
	put(t, filepath.Join(dir, "blobs/sha256-"+digest("d")), tinyFile(t, tinymodel.Default()))
	put(t, filepath.Join(dir, "manifests-v2/ollama.com/library/list/1b"),
		fmt.Appendf(nil, `{"manifests":[{"digest":"sha256:%s"},{"digest":"sha256:%s"}]}`, digest("c"), digest("f")))
	l := listed(t, home)
	got := map[string]string{}
	for _, m := range l.Models {
		got[m.Name] = strings.Join(m.Reasons, "; ")
	}
	if len(got) != 3 || got["good:1b"] != "" || got["list:1b"] != "" || !strings.Contains(got["lost:1b"], "is not there") {
		t.Errorf("models %q", got)
	}
	skipped := map[string]string{}
	for _, s := range l.Skipped {
		skipped[filepath.Base(filepath.Dir(s.Path))] = s.Reason
	}
	for name, says := range map[string]string{"evil": "is no checksum", "json": "not a manifest", "large": "at most", "list": "no such file"} {
		if !strings.Contains(skipped[name], says) {
			t.Errorf("%s: %q, want %q", name, skipped[name], says)
		}
	}
	if len(skipped) != 4 {
		t.Errorf("skipped %q", skipped)
	}
}

// TestBadFolders has folders that cannot be read, or lead nowhere.
func TestBadFolders(t *testing.T) {
	home := ownHome(t)
	link(t, "llama.cpp", filepath.Join(home, ".cache/llama.cpp")) // a link to itself
	put(t, filepath.Join(home, ".ollama"), []byte("a file where a folder should be"))
	dir := filepath.Join(home, ".lmstudio/models")
	put(t, filepath.Join(dir, "a/x.gguf"), tinyFile(t, tinymodel.Default()))
	link(t, "..", filepath.Join(dir, "a/up")) // a circle
	l := listed(t, home)
	if m := only(t, l); m.Name != "x" || !m.Runs {
		t.Errorf("%+v", m)
	}
	if len(l.Skipped) != 1 || l.Skipped[0].Path != filepath.Join(home, ".cache/llama.cpp") || !strings.Contains(l.Skipped[0].Reason, "too many levels") {
		t.Errorf("skipped %+v, want the folder that is a link to itself", l.Skipped)
	}
}

func TestLimits(t *testing.T) {
	home := ownHome(t)
	for _, name := range []string{"a/1", "a/2", "a/3", "b/c/d/4", "b/e/f/5"} {
		put(t, filepath.Join(home, name+".gguf"), nil)
	}
	for says, c := range map[string]struct {
		limits limits
		found  string
	}{
		"":                              {limits{100, 100, 100}, "1 2 3 4 5"},
		"more than 2 models":            {limits{100, 2, 100}, "1 2"},
		"more than 6 files and folders": {limits{6, 100, 100}, "1 2 3"}, // a, b; 1, 2, 3; c, e
		"more than 3 deep":              {limits{100, 100, 3}, "1 2 3"},
	} {
		l, err := find(t.Context(), []place{{"", home, (*finder).files}, {"", filepath.Join(home, "a"), (*finder).files}}, c.limits)
		if err != nil {
			t.Fatal(err)
		}
		var found, reasons []string
		for _, m := range l.Models {
			found = append(found, m.Name)
		}
		for _, s := range l.Skipped {
			reasons = append(reasons, s.Reason)
		}
		if strings.Join(found, " ") != c.found || len(reasons) > 1 || !strings.Contains(strings.Join(reasons, ""), says) || (says == "") != (len(reasons) == 0) {
			t.Errorf("found %q, said %q; want %q and %q once", found, reasons, c.found, says)
		}
	}
}
