package gguf

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
)

const (
	magic    = "GGUF"
	alignKey = "general.alignment"
	alignDef = 32 // bytes, without alignKey

	minKV     = 8 + 4 + 1     // bytes: an empty key, a kind, a value
	minTensor = 8 + 4 + 4 + 8 // bytes: an empty name, no dimensions, a type, an offset
)

// What no model comes near; damaged or hostile files would cost memory else.
const (
	maxAlign   = 1 << 20   // bytes
	maxKVs     = 1 << 16   // a model has about 50
	maxTensors = 1 << 18   // models with every expert apart have some 10,000
	maxName    = 1<<16 - 1 // bytes of a key or of a tensor's name
	maxText    = 1 << 26   // bytes
	maxArray   = 1 << 24   // elements; vocabularies reach 300,000
)

// parse reads the header of a file and checks it against the file's size. The
// result refers to data for the contents of tensors alone.
func parse(data []byte) (*File, error) {
	r := &reader{data: data}
	f := &File{data: data}
	var tensors, entries uint64
	f.Version, tensors, entries = r.header()
	r.count("metadata entries", entries, maxKVs, minKV)
	r.count("tensors", tensors, maxTensors, minTensor)
	if r.err != nil {
		return nil, r.err
	}
	if err := f.readMetadata(r, entries); err != nil {
		return nil, err
	}
	if err := f.readTensors(r, tensors); err != nil {
		return nil, err
	}
	return f, nil
}

func (f *File) readMetadata(r *reader, n uint64) error {
	f.Metadata, f.keys = make([]KV, 0, n), make(map[string]int, n)
	for i := range n {
		key := r.string(maxName)
		if r.err != nil {
			return fmt.Errorf("metadata entry %d of %d: %w", i+1, n, r.err)
		}
		if f.Has(key) {
			return fmt.Errorf("key %q is there twice: the file is damaged", key)
		}
		v := r.value()
		if r.err != nil {
			return fmt.Errorf("key %q: %w", key, r.err)
		}
		f.keys[key] = len(f.Metadata)
		f.Metadata = append(f.Metadata, KV{key, v})
	}
	return nil
}

// reader reads little-endian values one after the other. After its first error
// it returns zeros.
type reader struct {
	data []byte
	pos  int
	err  error
}

func (r *reader) left() uint64 { return uint64(len(r.data) - r.pos) }

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// take returns the next n elements of size bytes, nil after an error.
func (r *reader) take(n, size uint64) []byte {
	over, total := bits.Mul64(n, size)
	if over != 0 {
		total = math.MaxUint64
	}
	if total > r.left() {
		r.fail("at least %d bytes are missing: byte %d should be followed by %d, the file ends after %d: %w",
			total-r.left(), r.pos, total, len(r.data), ErrTruncated)
	}
	if r.err != nil {
		return nil
	}
	b := r.data[r.pos:][:total]
	r.pos += int(total)
	return b
}

func (r *reader) uint32() uint32 {
	if b := r.take(1, 4); b != nil {
		return le.Uint32(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(1, 8); b != nil {
		return le.Uint64(b)
	}
	return 0
}

// string reads a string of at most limit bytes.
func (r *reader) string(limit int) string {
	b := r.take(r.uint64(), 1)
	if len(b) > limit {
		r.fail("a text of %d bytes at byte %d, the most is %d: the file is damaged", len(b), r.pos-len(b), limit)
		return ""
	}
	return string(b)
}

// count checks that n things of at least size bytes each can follow.
func (r *reader) count(what string, n, limit, size uint64) {
	switch {
	case n > r.left()/size:
		r.take(n, size) // fails and says what is missing
	case n > limit:
		r.fail("%d %s, the most is %d: the file is damaged", n, what, limit)
	}
}

func (r *reader) header() (version uint32, tensors, entries uint64) {
	if m := r.take(1, 4); m != nil && string(m) != magic {
		r.fail("not a GGUF file: it begins with %q; give a .gguf file", m)
	}
	version = r.uint32()
	switch {
	case r.err != nil:
	case version != 0 && version&0xffff == 0:
		r.fail("a big-endian file (version %d); use one for little-endian machines", bits.ReverseBytes32(version))
	case version != 2 && version != 3:
		r.fail("GGUF version %d is not supported; use a file of version 2 or 3", version)
	}
	return version, r.uint64(), r.uint64()
}

// value reads the kind of a value and the value.
func (r *reader) value() any {
	switch id := r.uint32(); id {
	case kindString:
		return r.string(maxText)
	case kindArray:
		return r.array()
	default:
		k, ok := kinds[id]
		if !ok {
			r.fail("a value of unknown kind %d: the file is damaged or of a newer version", id)
		}
		if b := r.elements(id, 1, k.size); b != nil {
			return k.scalar(b)
		}
	}
	return nil
}

func (r *reader) array() any {
	id, n := r.uint32(), r.uint64()
	if id == kindString {
		return r.strings(n)
	}
	k, ok := kinds[id]
	switch {
	case id == kindArray:
		r.fail("an array of arrays, which is not supported")
	case !ok:
		r.fail("an array of unknown kind %d: the file is damaged or of a newer version", id)
	default:
		r.count("array elements", n, maxArray, uint64(k.size))
	}
	if b := r.elements(id, n, k.size); b != nil {
		return k.array(b)
	}
	return nil
}

// elements takes n values of a kind, nil after an error.
func (r *reader) elements(id uint32, n uint64, size int) []byte {
	b := r.take(n, uint64(size))
	if id == kindBool {
		if i := slices.IndexFunc(b, func(c byte) bool { return c > 1 }); i >= 0 {
			r.fail("a truth value of %d: the file is damaged", b[i])
			return nil
		}
	}
	return b
}

func (r *reader) strings(n uint64) []string {
	r.count("array elements", n, maxArray, 8)
	if r.err != nil {
		return nil
	}
	v := make([]string, 0, n)
	for range n {
		v = append(v, r.string(maxText))
		if r.err != nil {
			return nil
		}
	}
	return v
}
