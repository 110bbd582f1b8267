package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"fovea/internal/bench"
)

// results are what was measured, kept as JSON in a file.
type results struct {
	Of subject `json:"of"`
	// About is what the engines say of themselves, by comparison and name.
	About    map[string]about `json:"about"`
	Measured []measured       `json:"measured"`
	// Start and Alone are of Fovea by itself.
	Start *startup      `json:"start,omitempty"`
	Alone *bench.Report `json:"alone,omitempty"`
	// AloneBy are the arguments of foveactl bench that Alone comes from.
	AloneBy string `json:"alone_by,omitempty"`

	path string
}

// subject is what results are of; those of another one are not mixed with them.
type subject struct {
	Fovea   string  `json:"fovea"` // version
	Program string  `json:"foveactl_sha256"`
	Model   string  `json:"model"`
	Bytes   int64   `json:"model_bytes"`
	Threads int     `json:"threads"` // of llama.cpp
	Decode  int     `json:"decode"`  // tokens
	Machine machine `json:"machine"`
}

// about is what an engine says of itself when it is ready.
type about struct {
	Version string `json:"version,omitempty"` // of the package that brings llama.cpp
	Release string `json:"release,omitempty"` // of llama.cpp
	System  string `json:"system,omitempty"`  // what llama.cpp was built for
	Device  string `json:"device,omitempty"`  // of Vulkan
	Driver  string `json:"driver,omitempty"`
}

// measured is one depth in one round of a comparison.
type measured struct {
	Stage  string                 `json:"stage"`
	Round  int                    `json:"round"`
	Depth  int                    `json:"depth"`
	Points map[string]bench.Point `json:"points"` // by engine
}

func subjectOf(ctx context.Context, o options) (s subject, err error) {
	version, err := exec.CommandContext(ctx, o.foveactl, "--version").Output()
	if err != nil {
		return s, fmt.Errorf("%s: %w; make build makes it", o.foveactl, err)
	}
	file, err := os.Open(o.foveactl)
	if err != nil {
		return s, fmt.Errorf("read the program %s: %w", o.foveactl, err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return s, fmt.Errorf("read the program %s: %w", o.foveactl, err)
	}
	info, err := os.Stat(o.model)
	if err != nil {
		return s, fmt.Errorf("the model: %w; foveactl pull fetches one and prints where it is", err)
	}
	return subject{
		Fovea: strings.TrimSpace(string(version)), Program: fmt.Sprintf("%x", sum.Sum(nil)), Model: filepath.Base(o.model), Bytes: info.Size(),
		Threads: o.cores, Decode: o.decode, Machine: thisMachine(),
	}, nil
}

// open reads the results of a subject. Those of another one are put aside.
func open(path string, of subject) (*results, error) {
	fresh := &results{Of: of, About: map[string]about{}, path: path}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fresh, nil
	}
	if err != nil {
		return nil, fmt.Errorf("earlier results: %w", err)
	}
	old := &results{}
	if err := json.Unmarshal(text, old); err != nil {
		return nil, fmt.Errorf("earlier results, %s: %w; remove the file to measure anew", path, err)
	}
	if old.Of != of {
		aside := path + ".old"
		fmt.Fprintf(os.Stderr, "%s is of another program, model, machine or setting: it becomes %s, and all is measured anew\n", path, aside)
		return fresh, os.Rename(path, aside)
	}
	old.path = path
	return old, nil
}

// missing are those of the depths that a round still lacks.
func (r *results) missing(stage string, round int, depths []int) (missing []int) {
	for _, d := range depths {
		if !slices.ContainsFunc(r.Measured, func(m measured) bool { return m.Stage == stage && m.Round == round && m.Depth == d }) {
			missing = append(missing, d)
		}
	}
	return missing
}

func (r *results) add(m measured) error {
	r.Measured = append(r.Measured, m)
	return r.save()
}

// save writes the file whole, or not at all.
func (r *results) save() error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("results: %w", err)
	}
	partial := r.path + ".partial"
	if err := os.WriteFile(partial, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("results: %w", err)
	}
	if err := os.Rename(partial, r.path); err != nil {
		return fmt.Errorf("results: %w", err)
	}
	return nil
}
