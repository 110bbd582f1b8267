// Package gguf reads and writes GGUF files: models as metadata and named
// tensors. Source of the format: docs/gguf.md of ggml.
//
// [Open] maps a file into memory and checks every number in it before it is
// used or sizes anything: a file that opens can be read without further care.
package gguf

import (
	"errors"
	"fmt"
	"os"

	"github.com/edsrzf/mmap-go"

	"fovea/gpu/quant"
)

// ErrTruncated reports that a file ends before what its header announces:
// downloading was cut off, or the header is damaged.
var ErrTruncated = errors.New("the file is truncated or damaged; download it again")

// File is an open GGUF file. It may be read from several goroutines.
type File struct {
	Version  uint32 // 2 or 3, which differ in name only
	Metadata []KV   // in the file's order
	Tensors  []Tensor

	keys    map[string]int // into Metadata
	names   map[string]int // into Tensors
	data    []byte
	mapping mmap.MMap
}

// KV is an entry of the metadata. Value is a uint8, int8, uint16, int16,
// uint32, int32, uint64, int64, float32, float64, bool or string, or a slice of
// one of these.
type KV struct {
	Key   string
	Value any
}

// Tensor says where a tensor lies.
type Tensor struct {
	Name   string
	Shape  []int64 // up to 4 dimensions, the fastest first: a matrix (rows, cols) is [cols rows]
	Type   quant.Type
	Offset int64 // bytes from the start of the file
	Bytes  int64
}

// Open maps a file, which must not shrink while it is open.
func Open(path string) (*File, error) {
	// Opening a pipe would wait for its writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("gguf: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return nil, fmt.Errorf("gguf: %s: an empty file or none at all; give a .gguf file", path)
	}
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("gguf: %w", err)
	}
	defer in.Close()
	mapping, err := mmap.Map(in, mmap.RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("gguf: map %s: %w", path, err)
	}
	f, err := parse(mapping)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("gguf: %s: %w", path, err), mapping.Unmap())
	}
	f.mapping = mapping
	return f, nil
}

// Close unmaps the file. What Data returned must not be touched any more;
// everything else stays valid. Further calls do nothing.
func (f *File) Close() error {
	f.data = nil
	if f.mapping == nil {
		return nil
	}
	err := f.mapping.Unmap()
	f.mapping = nil
	if err != nil {
		return fmt.Errorf("gguf: unmap: %w", err)
	}
	return nil
}

// Tensor finds a tensor by name.
func (f *File) Tensor(name string) (Tensor, bool) {
	i, ok := f.names[name]
	if !ok {
		return Tensor{}, false
	}
	return f.Tensors[i], true
}

// Data is the content of one of f's tensors, t.Bytes long: memory of the
// mapping, valid until Close and not to be written to. It panics after Close.
func (f *File) Data(t Tensor) []byte {
	return f.data[t.Offset : t.Offset+t.Bytes : t.Offset+t.Bytes]
}

// Release says that t's content is not needed for now: the system may take the
// memory back that reading it took. Data stays valid.
func (f *File) Release(t Tensor) {
	if f.mapping != nil {
		release(f.mapping, t.Offset, t.Offset+t.Bytes)
	}
}
