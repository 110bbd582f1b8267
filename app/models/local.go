package models

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

// Local is a model file on this machine, used where it lies. What its head
// does not say is zero.
type Local struct {
	Name        string   `json:"name"`     // as Ollama calls it, or else the file's; not always unique
	Path        string   `json:"path"`     // absolute; of the first part where the file is split
	Owner       string   `json:"found_in"` // the program whose folder has it, such as "Ollama"
	Bytes       int64    `json:"bytes"`    // on disk; of all parts where the file is split
	Title       string   `json:"title"`    // for people
	Arch        string   `json:"architecture"`
	Parameters  int64    `json:"parameters"`               // elements of all tensors
	Formats     []string `json:"formats"`                  // of matrices, the one of most elements first
	Context     int      `json:"context"`                  // tokens of the model's trained window
	WeightBytes int64    `json:"weight_bytes"`             // device memory of the weights; 0: not known
	KVBytes     int64    `json:"kv_bytes_per_1000_tokens"` // device memory that text adds, by default settings
	Runs        bool     `json:"runs"`
	Reasons     []string `json:"reasons"` // why it does not run
}

// Listing is what a search found.
type Listing struct {
	Models  []Local   `json:"models"` // by place, ours first
	Skipped []Skipped `json:"skipped"`
}

// Skipped is a folder or a file that the search could not or would not look
// into.
type Skipped struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// List finds the model files on this machine: in our folder and in those of
// the Hugging Face hub, llama.cpp, LM Studio, Jan, GPT4All and Ollama. It reads
// the head of each, changes nothing and copies nothing. A file that is found in
// two ways is listed once. What cannot be used is in the listing with the
// reason; an error says only that ctx ended the search.
func List(ctx context.Context) (*Listing, error) {
	l, err := find(ctx, places(), usual)
	if err == nil {
		err = readHeads(ctx, l.Models)
	}
	if err != nil {
		return nil, fmt.Errorf("models: search: %w", err)
	}
	return l, nil
}

// Named gives the path of the model that List shows under name, with or
// without .gguf behind it. The error is ErrMissing where there is none; where
// there are several it names their paths.
func Named(ctx context.Context, name string) (string, error) {
	l, err := find(ctx, places(), usual)
	if err != nil {
		return "", fmt.Errorf("models: search: %w", err)
	}
	var paths []string
	for _, m := range l.Models {
		if m.Name == name || m.Name+".gguf" == name {
			paths = append(paths, m.Path)
		}
	}
	switch _, known := Lookup(name); {
	case len(paths) == 1:
		return paths[0], nil
	case len(paths) > 1:
		return "", fmt.Errorf("models: %d models are named %q; give the path of one: %s", len(paths), name, strings.Join(paths, ", "))
	case known:
		return Find(name) // says how to fetch it
	}
	return "", fmt.Errorf("models: %q: %w, and there is no such file; foveactl models lists what is here", name, ErrMissing)
}

// readHeads reads the heads of all files. The error is that of ctx.
func readHeads(ctx context.Context, list []Local) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		wg.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(list) {
					return
				}
				list[i].read()
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}
