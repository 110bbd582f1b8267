package models

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// nameOf is what a file is called: by its own name, or where programs call all
// of them model.gguf by the folder that they tell them apart by.
func nameOf(path string) string {
	dir, file := filepath.Split(path)
	dir = filepath.Clean(dir)
	if dir == Dir() {
		if i := slices.IndexFunc(Catalogue(), func(e Entry) bool { return e.File == file }); i >= 0 {
			return Catalogue()[i].Name
		}
	}
	name := strings.TrimSuffix(file, filepath.Ext(file))
	if name != "model" {
		return name
	}
	if snapshots := filepath.Dir(dir); filepath.Base(snapshots) == "snapshots" {
		repo := filepath.Base(filepath.Dir(snapshots))
		return strings.ReplaceAll(strings.TrimPrefix(repo, "models--"), "--", "/")
	}
	return filepath.Base(dir)
}

var (
	splitName  = regexp.MustCompile(`(?i)^(.+)-\d{5}-of-(\d{5})\.gguf$`)
	digestName = regexp.MustCompile(`^(?:sha256-)?([0-9a-f]{64})$`)
)

// add notes a model file, unless it was found before.
func (f *finder) add(name, path string) {
	if f.full || f.ctx.Err() != nil {
		return
	}
	m := Local{Name: name, Path: path}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		m.Reasons = append(m.Reasons, "the file that this stands for is not there; download it again")
	case err != nil:
		m.Reasons = append(m.Reasons, because(path, err))
	case !info.Mode().IsRegular():
		m.Reasons = append(m.Reasons, "it is no file") // opening a pipe would wait for its writer
	case !f.isNew(info) || !f.isNewDigest(path):
		return
	default:
		m.Bytes = info.Size()
	}
	if s := splitName.FindStringSubmatch(filepath.Base(path)); s != nil && s[2] != "00001" {
		key := filepath.Join(filepath.Dir(path), s[1]+"-of-"+s[2])
		if i, ok := f.splits[key]; ok {
			f.out.Models[i].Bytes += m.Bytes
			return
		}
		f.splits[key] = len(f.out.Models)
		m.Name, m.Reasons = s[1], append(m.Reasons, splitReason)
	}
	f.note(m)
}

// note puts a model into the listing.
func (f *finder) note(m Local) {
	if f.models++; f.models > f.limits.models {
		f.full = true
		f.skip(m.Path, fmt.Errorf("more than %d models: neither it nor what follows is listed", f.limits.models))
		return
	}
	m.Owner, m.Formats = f.owner, []string{}
	if m.Reasons == nil {
		m.Reasons = []string{}
	}
	f.out.Models = append(f.out.Models, m)
}

const splitReason = "the model is split among several files, which is not supported; join them with llama.cpp's llama-gguf-split --merge"

// isNewDigest says whether a file that is named after its checksum, as those of
// the Hugging Face hub and of Ollama are, has a content not met before.
func (f *finder) isNewDigest(path string) bool {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return true // reading the file will say so
	}
	s := digestName.FindStringSubmatch(filepath.Base(real))
	if s == nil {
		return true
	}
	known := f.digests[s[1]]
	f.digests[s[1]] = true
	return !known
}
