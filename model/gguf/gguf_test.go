package gguf

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"fovea/gpu/quant"
)

// TestSample reads what another implementation wrote (testdata/make.py).
func TestSample(t *testing.T) {
	f, err := Open("testdata/sample.bin")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := []KV{
		{"general.architecture", "llama"},
		{"general.alignment", uint32(64)},
		{"kind.uint8", uint8(200)},
		{"kind.int8", int8(-100)},
		{"kind.uint16", uint16(60000)},
		{"kind.int16", int16(-30000)},
		{"kind.uint32", uint32(4000000000)},
		{"kind.int32", int32(-2000000000)},
		{"kind.uint64", uint64(1<<64 - 1)},
		{"kind.int64", int64(-1 << 63)},
		{"kind.float32", float32(0.1)},
		{"kind.float64", 0.1},
		{"kind.true", true},
		{"kind.false", false},
		{"kind.string", "grüße 😀"},
		{"array.strings", []string{"a", "", "Ġb"}},
		{"array.int32", []int32{1, -2, 3}},
		{"array.uint8", []uint8{1, 255}},
		{"array.float32", []float32{0.5, -1.5}},
		{"array.bool", []bool{true, false}},
	}
	if f.Version != 3 || !reflect.DeepEqual(f.Metadata, want) {
		t.Errorf("version %d, metadata %v", f.Version, f.Metadata)
	}
	shapes := []struct {
		name  string
		shape []int64
		typ   quant.Type
		bytes int64
	}{
		{"f32", []int64{3, 2}, quant.F32, 24}, {"f16", []int64{4, 3, 2}, quant.F16, 48}, {"q8_0", []int64{32, 3}, quant.Q8_0, 102},
	}
	if len(f.Tensors) != len(shapes) {
		t.Fatalf("%d tensors", len(f.Tensors))
	}
	for i, w := range shapes {
		got, ok := f.Tensor(w.name)
		if !ok || !reflect.DeepEqual(got, f.Tensors[i]) || !reflect.DeepEqual(got.Shape, w.shape) || got.Type != w.typ || got.Bytes != w.bytes || got.Offset%64 != 0 {
			t.Errorf("tensor %s: got %+v", w.name, got)
		}
	}
	for i, tensor := range f.Tensors[:2] {
		v := make([]float32, []int{6, 24}[i])
		quant.Dequantize(tensor.Type, f.Data(tensor), v)
		for j := range v {
			if v[j] != float32(j) {
				t.Fatalf("tensor %s: got %v", tensor.Name, v)
			}
		}
	}
	for i, b := range f.Data(f.Tensors[2]) {
		if int(b) != i {
			t.Fatalf("byte %d of q8_0 is %d", i, b)
		}
	}
}

func TestGetters(t *testing.T) {
	f, err := parse(file{version: 3, kv: []KV{
		{"u8", uint8(7)},
		{"i32", int32(7)},
		{"negative", int64(-1)},
		{"huge", uint64(1 << 63)},
		{"f32", float32(0.5)},
		{"true", true},
		{"text", "x"},
		{"texts", []string{"x"}},
		{"i16s", []int16{-1, 2}},
		{"u64s", []uint64{1, 1 << 63}},
		{"f64s", []float64{0.25}},
		{"none", []uint32{}},
		{"no texts", []string{}},
		{"bools", []bool{true}},
	}}.bytes())
	if err != nil {
		t.Fatal(err)
	}
	check := func(name, key string, v any, ok bool, want any) {
		t.Helper()
		if ok != (want != nil) || ok && !reflect.DeepEqual(v, want) {
			t.Errorf("%s(%q): got %v, %v, want %v", name, key, v, ok, want)
		}
	}
	wants := map[string]map[string]any{
		"Uint":    {"u8": uint64(7), "i32": uint64(7), "huge": uint64(1 << 63)},
		"Float":   {"u8": 7.0, "i32": 7.0, "negative": -1.0, "huge": 0x1p63, "f32": 0.5},
		"Bool":    {"true": true},
		"String":  {"text": "x"},
		"Strings": {"texts": []string{"x"}, "no texts": []string{}},
		"Ints":    {"i16s": []int64{-1, 2}, "none": []int64{}},
		"Floats":  {"i16s": []float64{-1, 2}, "u64s": []float64{1, 0x1p63}, "f64s": []float64{0.25}, "none": []float64{}},
	}
	keys := []string{"absent"}
	for _, kv := range f.Metadata {
		keys = append(keys, kv.Key)
	}
	for _, k := range keys {
		u, ok := f.Uint(k)
		check("Uint", k, u, ok, wants["Uint"][k])
		x, ok := f.Float(k)
		check("Float", k, x, ok, wants["Float"][k])
		b, ok := f.Bool(k)
		check("Bool", k, b, ok, wants["Bool"][k])
		s, ok := f.String(k)
		check("String", k, s, ok, wants["String"][k])
		ss, ok := f.Strings(k)
		check("Strings", k, ss, ok, wants["Strings"][k])
		is, ok := f.Ints(k)
		check("Ints", k, is, ok, wants["Ints"][k])
		fs, ok := f.Floats(k)
		check("Floats", k, fs, ok, wants["Floats"][k])
		if f.Has(k) == (k == "absent") {
			t.Errorf("Has(%q) is %v", k, f.Has(k))
		}
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty.gguf")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{empty, dir, filepath.Join(dir, "absent.gguf")} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := Open(filepath.Join(dir, "absent.gguf")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("absent file: %v", err)
	}
}

// TestClose uses a file after it is closed.
func TestClose(t *testing.T) {
	f, err := Open("testdata/sample.bin")
	if err != nil {
		t.Fatal(err)
	}
	tensor := f.Tensors[0]
	for range 2 {
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if s, _ := f.String("kind.string"); s != "grüße 😀" {
		t.Errorf("metadata after Close: %q", s)
	}
	defer func() {
		if recover() == nil {
			t.Error("Data after Close: no panic")
		}
	}()
	f.Data(tensor)
}

func TestWrite(t *testing.T) {
	in, err := Open("testdata/sample.bin")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var tensors []TensorData
	for _, tensor := range in.Tensors {
		tensors = append(tensors, TensorData{tensor.Name, tensor.Shape, tensor.Type, in.Data(tensor)})
	}
	tensors = append(tensors, TensorData{"scalar", []int64{}, quant.F32, []byte{1, 2, 3, 4}})
	metadata := append(in.Metadata[:len(in.Metadata):len(in.Metadata)], KV{"array.empty", []uint64{}}, KV{"array.int64", []int64{-5}})
	path := filepath.Join(t.TempDir(), "copy.gguf")
	if err := Write(path, metadata, tensors); err != nil {
		t.Fatal(err)
	}
	out, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if !reflect.DeepEqual(out.Metadata, metadata) {
		t.Errorf("metadata: got %v, want %v", out.Metadata, metadata)
	}
	for i, got := range out.Tensors {
		want := tensors[i]
		if got.Name != want.Name || !reflect.DeepEqual(got.Shape, want.Shape) || got.Type != want.Type || string(out.Data(got)) != string(want.Data) || got.Offset%64 != 0 {
			t.Errorf("tensor: got %+v, want %+v", got, want)
		}
	}
	if len(out.Tensors) != len(tensors) {
		t.Errorf("%d tensors of %d", len(out.Tensors), len(tensors))
	}
}

func TestWriteErrors(t *testing.T) {
	row := TensorData{"x", []int64{32}, quant.Q8_0, make([]byte, 34)}
	change := func(f func(*TensorData)) []TensorData {
		x := row
		f(&x)
		return []TensorData{x}
	}
	cases := []struct {
		what    string
		kv      []KV
		tensors []TensorData
	}{
		{"key \"a\"", []KV{{"a", true}, {"a", true}}, nil},
		{"too long", []KV{{strings.Repeat("k", 1<<16), true}}, nil},
		{"type int cannot", []KV{{"a", 1}}, nil},
		{"type <nil> cannot", []KV{{"a", nil}}, nil},
		{"general.alignment is 24", []KV{{"general.alignment", uint32(24)}}, nil},
		{"tensor \"x\"", nil, []TensorData{row, row}},
		{"needs 34 bytes, has 33", nil, change(func(x *TensorData) { x.Data = x.Data[1:] })},
		{"whole Q8_0 blocks", nil, change(func(x *TensorData) { x.Shape = []int64{16, 2} })},
		{"5 dimensions", nil, change(func(x *TensorData) { x.Shape = []int64{32, 1, 1, 1, 1} })},
		{"empty dimension", nil, change(func(x *TensorData) { x.Shape = []int64{32, 0} })},
	}
	path := filepath.Join(t.TempDir(), "x.gguf")
	for _, c := range cases {
		err := Write(path, c.kv, c.tensors)
		if err == nil || !strings.Contains(err.Error(), c.what) {
			t.Errorf("%s: %v", c.what, err)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the file is left: %v", c.what, err)
		}
	}
	if err := Write(filepath.Join(path, "in", "no", "directory"), nil, nil); err == nil {
		t.Error("no directory: no error")
	}
}
