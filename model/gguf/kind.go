package gguf

import (
	"encoding/binary"
	"fmt"
)

var le = binary.LittleEndian

// Numbers of value kinds that are not numbers themselves.
const (
	kindBool   = 7
	kindString = 8
	kindArray  = 9
)

// kind is a kind of metadata value with a fixed size.
type kind struct {
	size   int // bytes
	scalar func(b []byte) any
	array  func(b []byte) any // b is whole elements
	is     func(v any) (scalar, array bool)
}

// kinds by their number in files; strings and arrays are apart.
var kinds = map[uint32]kind{
	0: fixed[uint8](), 1: fixed[int8](), 2: fixed[uint16](), 3: fixed[int16](),
	4: fixed[uint32](), 5: fixed[int32](), 6: fixed[float32](), kindBool: fixed[bool](),
	10: fixed[uint64](), 11: fixed[int64](), 12: fixed[float64](),
}

func fixed[T any]() kind {
	var zero T
	size := binary.Size(zero)
	return kind{
		size: size,
		scalar: func(b []byte) any {
			var v T
			mustDecode(b, &v)
			return v
		},
		array: func(b []byte) any {
			v := make([]T, len(b)/size)
			mustDecode(b, v)
			return v
		},
		is: func(v any) (scalar, array bool) {
			_, scalar = v.(T)
			_, array = v.([]T)
			return scalar, array
		},
	}
}

// mustDecode reads b, which has the size of v.
func mustDecode(b []byte, v any) {
	if _, err := binary.Decode(b, le, v); err != nil {
		panic(fmt.Sprintf("gguf: %T from %d bytes: %v", v, len(b), err))
	}
}

// kindOf finds the kind of a value, or of its elements.
func kindOf(v any) (id uint32, array, ok bool) {
	switch v.(type) {
	case string:
		return kindString, false, true
	case []string:
		return kindString, true, true
	}
	for id, k := range kinds {
		if scalar, array := k.is(v); scalar || array {
			return id, array, true
		}
	}
	return 0, false, false
}
