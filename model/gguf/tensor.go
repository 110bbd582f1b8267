package gguf

import (
	"cmp"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"fovea/gpu/quant"
)

const maxDims = 4

// readTensors reads the table of tensors and checks that they lie in the file,
// apart from each other.
func (f *File) readTensors(r *reader, n uint64) error {
	align, err := f.alignment()
	if err != nil {
		return err
	}
	f.Tensors, f.names = make([]Tensor, 0, n), make(map[string]int, n)
	for i := range n {
		t, err := r.tensor(align)
		if err != nil {
			return fmt.Errorf("tensor %d of %d %q: %w", i+1, n, t.Name, err)
		}
		if _, ok := f.names[t.Name]; ok {
			return fmt.Errorf("tensor %q is there twice: the file is damaged", t.Name)
		}
		f.names[t.Name] = len(f.Tensors)
		f.Tensors = append(f.Tensors, t)
	}
	return f.placeTensors(roundUp(int64(r.pos), align))
}

// alignment is the alignment of tensors in bytes.
func (f *File) alignment() (int64, error) {
	if !f.Has(alignKey) {
		return alignDef, nil
	}
	a, ok := f.Uint(alignKey)
	if !ok || a > maxAlign || bits.OnesCount64(a) != 1 {
		v, _ := f.Value(alignKey)
		return 0, fmt.Errorf("%s is %v, must be a power of two up to %d: the file is damaged", alignKey, v, maxAlign)
	}
	return int64(a), nil
}

func roundUp(n, align int64) int64 { return (n + align - 1) / align * align }

// tensor reads an entry of the table; its offset counts from the first tensor.
func (r *reader) tensor(align int64) (t Tensor, err error) {
	t.Name = r.string(maxName)
	dims := r.uint32()
	if dims > maxDims {
		r.fail("%d dimensions, the most is %d", dims, maxDims)
	}
	if r.err != nil {
		return t, r.err
	}
	t.Shape = make([]int64, dims)
	for i := range t.Shape {
		d := r.uint64()
		if d > math.MaxInt64 {
			r.fail("dimension %d is %d: the file is damaged", i, d)
		}
		t.Shape[i] = int64(d)
	}
	id, offset := r.uint32(), r.uint64()
	if r.err != nil {
		return t, r.err
	}
	if t.Type, err = quant.Parse(id); err != nil {
		return t, err
	}
	if t.Bytes, err = sizeOf(t.Shape, t.Type); err != nil {
		return t, err
	}
	if offset > math.MaxInt64 || offset%uint64(align) != 0 {
		return t, fmt.Errorf("offset %d is not aligned to %d bytes: the file is damaged", offset, align)
	}
	t.Offset = int64(offset)
	return t, nil
}

// sizeOf is the size of a tensor in bytes.
func sizeOf(shape []int64, t quant.Type) (int64, error) {
	if len(shape) > maxDims {
		return 0, fmt.Errorf("shape %v has %d dimensions, the most is %d", shape, len(shape), maxDims)
	}
	elements, ok := int64(1), true
	for _, d := range shape {
		if d < 1 {
			return 0, fmt.Errorf("shape %v has an empty dimension", shape)
		}
		if elements, ok = multiply(elements, d); !ok {
			return 0, fmt.Errorf("shape %v has more elements than can be", shape)
		}
	}
	row := int64(1)
	if len(shape) > 0 {
		row = shape[0]
	}
	if row%int64(t.BlockSize()) != 0 {
		return 0, fmt.Errorf("shape %v: rows of %d are not whole %v blocks of %d", shape, row, t, t.BlockSize())
	}
	size, ok := multiply(elements/int64(t.BlockSize()), int64(t.BlockBytes()))
	if !ok {
		return 0, fmt.Errorf("shape %v has more bytes than can be", shape)
	}
	return size, nil
}

// multiply says whether the product of two positive numbers fits.
func multiply(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	return int64(lo), hi == 0 && lo <= math.MaxInt64
}

// placeTensors makes the offsets count from the start of the file, where the
// first tensor can lie at first.
func (f *File) placeTensors(first int64) error {
	size := int64(len(f.data))
	byOffset := make([]int, len(f.Tensors))
	var last *Tensor // of those that pass the end, the one that does furthest
	for i := range f.Tensors {
		t := &f.Tensors[i]
		if t.Offset > math.MaxInt64-first || t.Bytes > math.MaxInt64-first-t.Offset {
			return fmt.Errorf("tensor %q: offset %d is out of range: the file is damaged", t.Name, t.Offset)
		}
		t.Offset += first
		if end := t.Offset + t.Bytes; end > size && (last == nil || end > last.Offset+last.Bytes) {
			last = t
		}
		byOffset[i] = i
	}
	if last != nil {
		end := last.Offset + last.Bytes
		return fmt.Errorf("%d bytes are missing: tensor %q ends at byte %d, the file has %d: %w", end-size, last.Name, end, size, ErrTruncated)
	}
	slices.SortFunc(byOffset, func(a, b int) int { return cmp.Compare(f.Tensors[a].Offset, f.Tensors[b].Offset) })
	for i := 1; i < len(byOffset); i++ {
		a, b := f.Tensors[byOffset[i-1]], f.Tensors[byOffset[i]]
		if a.Offset+a.Bytes > b.Offset {
			return fmt.Errorf("tensors %q and %q overlap at byte %d: the file is damaged", a.Name, b.Name, b.Offset)
		}
	}
	return nil
}
