package main

import (
	"fmt"
	"os"
	"reflect"

	"fovea/app/models"
	"fovea/model/gguf"
)

type inspectCmd struct {
	File string `arg:"" placeholder:"FILE.gguf" help:"GGUF file."`
	JSON bool   `name:"json" help:"Print a JSON object; sizes in bytes."`
}

// inspection is what a file contains.
type inspection struct {
	File       string          `json:"file"`
	Bytes      int64           `json:"bytes"`
	Version    uint32          `json:"version"` // of the format
	Runs       bool            `json:"runs"`
	Reasons    []string        `json:"reasons"` // why it does not run
	Name       string          `json:"name"`
	Arch       string          `json:"architecture"`
	Shape      map[string]int  `json:"shape"`      // what the file says of it
	Parameters int64           `json:"parameters"` // elements of all tensors
	Metadata   []metadataEntry `json:"metadata"`
	Tensors    []tensorEntry   `json:"tensors"`
}

type metadataEntry struct {
	Key    string `json:"key"`
	Type   string `json:"type"`
	Length *int   `json:"length,omitempty"` // of an array
	Value  any    `json:"value"`            // of a long array, the first elements
}

type tensorEntry struct {
	Name   string  `json:"name"`
	Shape  []int64 `json:"shape"` // the fastest dimension first, as the file has it
	Format string  `json:"format"`
	Bytes  int64   `json:"bytes"`
}

func (c *inspectCmd) Run(std *streams) error {
	f, err := gguf.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := os.Stat(c.File)
	if err != nil {
		return fmt.Errorf("inspect: %w", err)
	}
	in := inspect(f)
	in.File, in.Bytes = c.File, info.Size()
	if c.JSON {
		return writeJSON(std.out, in)
	}
	return in.write(std)
}

func inspect(f *gguf.File) *inspection {
	in := &inspection{Version: f.Version, Shape: map[string]int{}, Reasons: models.Reasons(f)}
	in.Runs = len(in.Reasons) == 0
	in.Name, _ = f.String("general.name")
	in.Arch, _ = f.String("general.architecture")
	for _, s := range shapeKeys {
		if v, ok := f.Uint(in.Arch + "." + s.key); ok {
			in.Shape[s.name] = int(min(v, 1<<31))
		}
	}
	if t, ok := f.Tensor("token_embd.weight"); ok && len(t.Shape) == 2 {
		in.Shape["vocabulary"] = int(t.Shape[1])
	}
	for _, kv := range f.Metadata {
		in.Metadata = append(in.Metadata, newMetadataEntry(kv))
	}
	for _, t := range f.Tensors {
		n := int64(1)
		for _, d := range t.Shape {
			n *= d
		}
		in.Parameters += n
		in.Tensors = append(in.Tensors, tensorEntry{t.Name, t.Shape, t.Type.String(), t.Bytes})
	}
	return in
}

// shapeKeys are the numbers that most say what a model is, after the
// architecture's prefix, and their names here.
var shapeKeys = []struct{ key, name string }{
	{"block_count", "layers"},
	{"embedding_length", "width"},
	{"feed_forward_length", "feed_forward"},
	{"attention.head_count", "heads"},
	{"attention.head_count_kv", "kv_heads"},
	{"attention.key_length", "head_width"},
	{"context_length", "window"},
}

func newMetadataEntry(kv gguf.KV) metadataEntry {
	const shown = 8
	e := metadataEntry{Key: kv.Key, Type: fmt.Sprintf("%T", kv.Value)}
	v := reflect.ValueOf(kv.Value)
	if v.Kind() != reflect.Slice {
		e.Value = jsonValue(v)
		return e
	}
	n := v.Len()
	e.Length = &n
	elements := []any{}
	for i := range min(n, shown) {
		elements = append(elements, jsonValue(v.Index(i)))
	}
	e.Value = elements
	return e
}

// jsonValue makes what JSON has no number for a text.
func jsonValue(v reflect.Value) any {
	if v.CanFloat() && (v.Float() != v.Float() || v.Float()-v.Float() != 0) {
		return fmt.Sprint(v.Float())
	}
	return v.Interface()
}
