package models

import (
	"cmp"
	"errors"
	"maps"
	"path/filepath"
	"runtime/debug"
	"slices"

	"fovea/model"
	"fovea/model/gguf"
	"fovea/model/template"
	"fovea/model/tokenizer"
)

// read fills in what the file's head says, and whether the engine runs it.
func (m *Local) read() {
	if len(m.Reasons) > 0 {
		return // there is no whole file to read
	}
	err := catchFaults(func() error {
		f, err := gguf.Open(m.Path)
		if err != nil {
			return err
		}
		defer f.Close()
		m.describe(f)
		return nil
	})
	if err != nil {
		m.Reasons = append(m.Reasons, because(m.Path, err))
	}
	m.Runs = len(m.Reasons) == 0
}

// catchFaults runs f, which reads a mapped file. Other programs may cut the
// file short meanwhile, or its disk may fail: that is an error here, where it
// would end the process otherwise.
func catchFaults(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		switch r := recover().(type) {
		case nil:
		case interface{ Addr() uintptr }:
			err = errors.New("the file changed or failed while it was read")
		default:
			panic(r)
		}
	}()
	return f()
}

// typicalLanes are those of most devices' subgroups. Other numbers pad matrices
// by a few rows more or less.
const typicalLanes = 32

// describe tells what the file's head says.
func (m *Local) describe(f *gguf.File) {
	m.Title, _ = f.String("general.name")
	for _, e := range Catalogue() { // files' own names are often those of a training run
		if filepath.Base(m.Path) == e.File && m.Bytes == e.Size {
			m.Title = e.Title
		}
	}
	m.Arch, _ = f.String("general.architecture")
	if n, ok := f.Uint(m.Arch + ".context_length"); ok {
		m.Context = int(min(n, 1<<31))
	}
	m.count(f.Tensors)
	if c, err := model.ReadConfig(f); err == nil {
		m.WeightBytes, m.KVBytes = c.WeightBytes(f, typicalLanes), c.KVBytes(1000)
	}
	m.Reasons = append(m.Reasons, Reasons(f)...)
}

// Reasons says why the engine cannot run a file; none where it can. It takes
// the same three steps as opening the model, short of a device.
func Reasons(f *gguf.File) []string {
	reasons := []string{}
	note := func(err error) {
		if err != nil {
			reasons = append(reasons, err.Error())
		}
	}
	_, err := model.ReadConfig(f)
	note(err)
	_, err = tokenizer.FromGGUF(f)
	note(err)
	if source, ok := f.String("tokenizer.chat_template"); ok {
		_, err = template.New(source)
		note(err)
	}
	return reasons
}

// count counts parameters, and finds which formats matrices have.
func (m *Local) count(tensors []gguf.Tensor) {
	elements := map[string]int64{}
	for _, t := range tensors {
		n := int64(1)
		for _, d := range t.Shape {
			n *= d
		}
		m.Parameters += n
		if len(t.Shape) > 1 {
			elements[t.Type.String()] += n
		}
	}
	m.Formats = slices.SortedFunc(maps.Keys(elements), func(a, b string) int {
		return cmp.Or(cmp.Compare(elements[b], elements[a]), cmp.Compare(a, b))
	})
	if m.Formats == nil {
		m.Formats = []string{}
	}
}
