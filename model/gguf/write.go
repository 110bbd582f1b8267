package gguf

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"fovea/gpu/quant"
)

// TensorData is a tensor to write.
type TensorData struct {
	Name  string
	Shape []int64 // the fastest dimension first
	Type  quant.Type
	Data  []byte // of exactly the shape's size
}

// Write makes a file of version 3. It fails on names that are there twice,
// shapes that are not those of the data, and values of other kinds than KV
// names; an incomplete file is removed.
func Write(path string, metadata []KV, tensors []TensorData) error {
	out, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("gguf: %w", err)
	}
	w := bufio.NewWriter(out)
	err = errors.Join(encode(w, metadata, tensors), w.Flush(), out.Close())
	if err != nil {
		return errors.Join(fmt.Errorf("gguf: write %s: %w", path, err), os.Remove(path))
	}
	return nil
}

// encode writes a file. All numbers are appended to the header in memory, the
// tensors follow from where they are.
func encode(w io.Writer, metadata []KV, tensors []TensorData) error {
	f := File{Metadata: metadata, keys: map[string]int{}}
	h := append([]byte(nil), magic...)
	h = le.AppendUint32(h, 3)
	h = le.AppendUint64(h, uint64(len(tensors)))
	h = le.AppendUint64(h, uint64(len(metadata)))
	var err error
	for i, kv := range metadata {
		if len(kv.Key) > maxName || f.Has(kv.Key) {
			return fmt.Errorf("key %.50q of %d bytes is there twice or too long", kv.Key, len(kv.Key))
		}
		f.keys[kv.Key] = i
		if h, err = appendValue(appendString(h, kv.Key), kv.Value); err != nil {
			return fmt.Errorf("key %q: %w", kv.Key, err)
		}
	}
	align, err := f.alignment()
	if err != nil {
		return err
	}
	if h, err = appendTable(h, tensors, align); err != nil {
		return err
	}
	n := int64(len(h))
	if _, err := w.Write(h); err != nil {
		return err
	}
	for _, t := range tensors {
		padding := make([]byte, roundUp(n, align)-n)
		for _, b := range [][]byte{padding, t.Data} {
			if _, err := w.Write(b); err != nil {
				return err
			}
			n += int64(len(b))
		}
	}
	return nil
}

// appendTable appends the table of tensors.
func appendTable(h []byte, tensors []TensorData, align int64) ([]byte, error) {
	names := map[string]bool{}
	var offset int64
	for _, t := range tensors {
		if len(t.Name) > maxName || names[t.Name] {
			return nil, fmt.Errorf("tensor %.50q: the name of %d bytes is there twice or too long", t.Name, len(t.Name))
		}
		names[t.Name] = true
		switch size, err := sizeOf(t.Shape, t.Type); {
		case err != nil:
			return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		case size != int64(len(t.Data)):
			return nil, fmt.Errorf("tensor %q: %v of shape %v needs %d bytes, has %d", t.Name, t.Type, t.Shape, size, len(t.Data))
		}
		h = le.AppendUint32(appendString(h, t.Name), uint32(len(t.Shape)))
		for _, d := range t.Shape {
			h = le.AppendUint64(h, uint64(d))
		}
		h = le.AppendUint32(h, uint32(t.Type))
		h = le.AppendUint64(h, uint64(offset))
		offset = roundUp(offset+int64(len(t.Data)), align)
	}
	return h, nil
}

func appendString(h []byte, s string) []byte { return append(le.AppendUint64(h, uint64(len(s))), s...) }

func appendValue(h []byte, v any) ([]byte, error) {
	id, array, ok := kindOf(v)
	if !ok {
		return nil, fmt.Errorf("a value of type %T cannot be written", v)
	}
	if !array {
		h = le.AppendUint32(h, id)
		if s, ok := v.(string); ok {
			return appendString(h, s), nil
		}
		return binary.Append(h, le, v)
	}
	h = le.AppendUint32(le.AppendUint32(h, kindArray), id)
	if s, ok := v.([]string); ok {
		h = le.AppendUint64(h, uint64(len(s)))
		for _, s := range s {
			h = appendString(h, s)
		}
		return h, nil
	}
	h = le.AppendUint64(h, uint64(binary.Size(v)/kinds[id].size))
	return binary.Append(h, le, v)
}
