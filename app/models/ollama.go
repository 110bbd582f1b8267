package models

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
)

// ollama finds the models of Ollama in its folder: manifests/HOST/NAMESPACE/
// NAME/TAG is a JSON file whose layers are files by checksum, blobs/sha256-HEX.
// Newer versions have manifests-v2 besides.
func (f *finder) ollama(dir string) {
	for _, root := range []string{"manifests-v2", "manifests"} {
		f.manifests(dir, filepath.Join(dir, root), nil)
	}
}

func (f *finder) manifests(models, dir string, name []string) {
	for _, e := range f.list(dir) {
		path, name := filepath.Join(dir, e.Name()), append(slices.Clone(name), e.Name())
		switch {
		case len(name) < 4:
			f.manifests(models, path, name)
		case !e.IsDir():
			f.tag(models, path, ollamaName(name[0], name[1], name[2], name[3]))
		}
	}
}

// ollamaName is what Ollama's own list shows.
func ollamaName(host, namespace, name, tag string) string {
	text := name + ":" + tag
	home := host == "registry.ollama.ai" || host == "ollama.com"
	if !home || namespace != "library" {
		text = namespace + "/" + text
	}
	if !home {
		text = host + "/" + text
	}
	return text
}

// manifest is what we read of Ollama's files.
type manifest struct {
	Layers    []ollamaLayer `json:"layers"`
	Manifests []manifest    `json:"manifests"` // the same model for several programs
	Digest    string        `json:"digest"`    // within Manifests: of the file that has the layers
}

type ollamaLayer struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
}

// tag adds the model of a manifest. Manifests without a GGUF file, as those of
// models that run elsewhere, are no model files.
func (f *finder) tag(models, path, name string) {
	m, err := readManifest(path)
	if err != nil {
		f.skip(path, err)
		return
	}
	layers := m.Layers
	for _, child := range m.Manifests {
		if child.Digest != "" {
			if child, err = readReferred(models, child.Digest); err != nil {
				f.skip(path, err)
				continue
			}
		}
		layers = append(layers, child.Layers...)
	}
	var digests []string
	for _, l := range layers {
		if l.MediaType == "application/vnd.ollama.image.model" && !slices.Contains(digests, l.Digest) {
			digests = append(digests, l.Digest)
		}
	}
	if len(digests) == 0 {
		return
	}
	blob, err := blobPath(models, digests[0])
	switch {
	case err != nil:
		f.skip(path, err)
	case len(digests) > 1:
		f.note(Local{Name: name, Path: blob, Reasons: []string{splitReason}})
	default:
		f.add(name, blob)
	}
}

func readReferred(models, digest string) (manifest, error) {
	blob, err := blobPath(models, digest)
	if err != nil {
		return manifest{}, err
	}
	return readManifest(blob)
}

func readManifest(path string) (m manifest, err error) {
	data, err := readSmall(path)
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("not a manifest of Ollama: %w", err)
	}
	return m, nil
}

var digestText = regexp.MustCompile(`^sha256[:-]([0-9a-fA-F]{64})$`)

// blobPath is where the file of a checksum lies. The checksum comes from a
// file, so it must not lead elsewhere.
func blobPath(models, digest string) (string, error) {
	s := digestText.FindStringSubmatch(digest)
	if s == nil {
		return "", fmt.Errorf("not a manifest of Ollama: %q is no checksum", digest)
	}
	return filepath.Join(models, "blobs", "sha256-"+s[1]), nil
}
