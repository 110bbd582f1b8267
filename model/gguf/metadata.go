package gguf

import (
	"math"
	"reflect"
)

// Value gives the value of a key.
func (f *File) Value(key string) (v any, ok bool) {
	i, ok := f.keys[key]
	if !ok {
		return nil, false
	}
	return f.Metadata[i].Value, true
}

// Has says whether the key is present, with a value of any kind.
func (f *File) Has(key string) bool {
	_, ok := f.keys[key]
	return ok
}

// String gives a text. Like all of the following, it returns false where the
// key is absent or has a value of another kind; Has tells these apart.
func (f *File) String(key string) (string, bool) { return get[string](f, key) }

// Bool gives a truth value.
func (f *File) Bool(key string) (v, ok bool) { return get[bool](f, key) }

// Strings gives a list of texts, which is not to be written to.
func (f *File) Strings(key string) ([]string, bool) { return get[[]string](f, key) }

func get[T any](f *File, key string) (T, bool) {
	v, _ := f.Value(key)
	t, ok := v.(T)
	return t, ok
}

// Uint gives an integer of any width that is not negative.
func (f *File) Uint(key string) (uint64, bool) {
	switch v := f.reflected(key); {
	case v.CanUint():
		return v.Uint(), true
	case v.CanInt() && v.Int() >= 0:
		return uint64(v.Int()), true
	}
	return 0, false
}

// Float gives a number of any kind, rounded to float64.
func (f *File) Float(key string) (float64, bool) { return float(f.reflected(key)) }

// Ints gives a list of integers of any width that all fit int64.
func (f *File) Ints(key string) ([]int64, bool) {
	return list(f.reflected(key), func(v reflect.Value) (int64, bool) {
		switch {
		case v.CanInt():
			return v.Int(), true
		case v.CanUint() && v.Uint() <= math.MaxInt64:
			return int64(v.Uint()), true
		}
		return 0, false
	})
}

// Floats gives a list of numbers of any kind, rounded to float64.
func (f *File) Floats(key string) ([]float64, bool) { return list(f.reflected(key), float) }

// reflected is an empty struct, which no getter takes, where the key is absent.
func (f *File) reflected(key string) reflect.Value {
	v, ok := f.Value(key)
	if !ok {
		return reflect.ValueOf(struct{}{})
	}
	return reflect.ValueOf(v)
}

func float(v reflect.Value) (float64, bool) {
	switch {
	case v.CanFloat():
		return v.Float(), true
	case v.CanInt():
		return float64(v.Int()), true
	case v.CanUint():
		return float64(v.Uint()), true
	}
	return 0, false
}

// list converts a slice whose elements are all convertible. An empty one must
// at least be of a kind that is.
func list[T any](v reflect.Value, convert func(reflect.Value) (T, bool)) ([]T, bool) {
	if v.Kind() != reflect.Slice {
		return nil, false
	}
	if _, ok := convert(reflect.Zero(v.Type().Elem())); !ok {
		return nil, false
	}
	out := make([]T, v.Len())
	for i := range out {
		var ok bool
		if out[i], ok = convert(v.Index(i)); !ok {
			return nil, false
		}
	}
	return out, true
}
