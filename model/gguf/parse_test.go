package gguf

import (
	"errors"
	"math"
	"strings"
	"testing"

	"fovea/gpu/quant"
)

// file is a file as it could be, right or wrong.
type file struct {
	version uint32
	kv      []KV
	tensors []entry
	data    []byte // from the first tensor on

	// Counts and raw metadata that lie, where set.
	tensorCount, kvCount uint64
	raw                  []byte
}

// entry is an entry of the table of tensors.
type entry struct {
	name   string
	dims   []uint64
	typ    uint32
	offset uint64
}

// bytes writes the file without any of the package's own writing.
func (f file) bytes() []byte {
	b := []byte("GGUF")
	u32 := func(v uint32) { b = append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24)) }
	u64 := func(v uint64) { u32(uint32(v)); u32(uint32(v >> 32)) }
	text := func(s string) { u64(uint64(len(s))); b = append(b, s...) }
	u32(f.version)
	u64(max(f.tensorCount, uint64(len(f.tensors))))
	u64(max(f.kvCount, uint64(len(f.kv))))
	for _, kv := range f.kv {
		text(kv.Key)
		switch v := kv.Value.(type) {
		case string:
			u32(8)
			text(v)
		case uint32:
			u32(4)
			u32(v)
		case []string:
			u32(9)
			u32(8)
			u64(uint64(len(v)))
			for _, s := range v {
				text(s)
			}
		case []int32:
			u32(9)
			u32(5)
			u64(uint64(len(v)))
			for _, n := range v {
				u32(uint32(n))
			}
		default: // kinds that TestSample and TestWrite check
			var err error
			if b, err = appendValue(b, v); err != nil {
				panic(err)
			}
		}
	}
	b = append(b, f.raw...)
	for _, t := range f.tensors {
		text(t.name)
		u32(uint32(len(t.dims)))
		for _, d := range t.dims {
			u64(d)
		}
		u32(t.typ)
		u64(t.offset)
	}
	if len(f.data) > 0 {
		for len(b)%32 != 0 {
			b = append(b, 0)
		}
	}
	return append(b, f.data...)
}

// small is a sound file with a bit of everything.
func small(version uint32) file {
	data := make([]byte, 64+34)
	for i := range data {
		data[i] = byte(i)
	}
	return file{
		version: version,
		kv:      []KV{{"general.architecture", "llama"}, {"n", uint32(5)}, {"list", []string{"a", "bc"}}, {"types", []int32{1, -1}}},
		tensors: []entry{{"a", []uint64{3, 5}, 0, 0}, {"b", []uint64{32}, 8, 64}},
		data:    data,
	}
}

func TestVersions(t *testing.T) {
	for _, version := range []uint32{2, 3} {
		b := small(version).bytes()
		f, err := parse(b)
		if err != nil {
			t.Fatal(err)
		}
		n, _ := f.Uint("n")
		list, _ := f.Strings("list")
		types, _ := f.Ints("types")
		if f.Version != version || n != 5 || strings.Join(list, ",") != "a,bc" || len(types) != 2 || types[1] != -1 {
			t.Errorf("version %d: %+v", version, f)
		}
		x, ok := f.Tensor("b")
		if data := f.Data(x); !ok || x.Type != quant.Q8_0 || x.Bytes != 34 || data[0] != 64 || len(data) != 34 || cap(data) != 34 {
			t.Errorf("version %d: tensor b is %+v", version, x)
		}
	}
}

// TestTruncated cuts a file after each of its bytes.
func TestTruncated(t *testing.T) {
	b := small(3).bytes()
	for n := range b {
		_, err := parse(b[:n:n])
		if !errors.Is(err, ErrTruncated) || !strings.Contains(err.Error(), "bytes are missing") {
			t.Errorf("the first %d of %d bytes: %v", n, len(b), err)
		}
	}
	_, err := parse(b[:len(b)-5])
	if err == nil || !strings.Contains(err.Error(), `5 bytes are missing: tensor "b"`) {
		t.Errorf("5 bytes less: %v", err)
	}
	_, err = parse(b[:len(b)-40])
	if err == nil || !strings.Contains(err.Error(), `40 bytes are missing: tensor "b"`) {
		t.Errorf("40 bytes less: %v", err)
	}
}

// TestDamaged requires an error that names what is wrong.
func TestDamaged(t *testing.T) {
	u64 := func(v uint64) string { return string(le.AppendUint64(nil, v)) }
	value := func(kind byte, rest string) string { return u64(1) + "k" + string([]byte{kind, 0, 0, 0}) + rest }
	array := func(kind byte, n uint64) string { return value(9, string([]byte{kind, 0, 0, 0})+u64(n)) }
	raw := func(s string) file { return file{version: 3, kvCount: 1, raw: []byte(s)} }
	with := func(e ...entry) file { f := small(3); f.tensors = e; return f }
	one := func(typ uint32, offset uint64, dims ...uint64) file { return with(entry{"w", dims, typ, offset}) }
	padded := func(f file) file { f.raw = append(f.raw, make([]byte, 1<<20)...); return f }

	for name, c := range map[string]struct {
		f    file
		want string
	}{
		"version 1":                {file{version: 1}, "version 1 is not supported"},
		"version 4":                {file{version: 4}, "version 4 is not supported"},
		"version 0":                {file{}, "version 0 is not supported"},
		"big-endian":               {file{version: 3 << 24}, "big-endian file (version 3)"},
		"tensor count":             {file{version: 3, tensorCount: 1 << 62}, "bytes are missing"},
		"metadata count":           {file{version: 3, kvCount: math.MaxUint64}, "bytes are missing"},
		"many metadata entries":    {padded(file{version: 3, kvCount: 1<<16 + 1}), "65537 metadata entries, the most is"},
		"key length":               {raw(u64(1<<63) + "kkkkkkkk"), "bytes are missing"},
		"long key":                 {padded(raw(u64(1 << 17))), "text of 131072 bytes"},
		"kind":                     {raw(value(13, "xxxxxxxx")), `key "k": a value of unknown kind 13`},
		"string length":            {raw(value(8, u64(math.MaxUint64))), "bytes are missing"},
		"truth value":              {raw(value(7, "\x02")), "truth value of 2"},
		"array kind":               {raw(array(200, 1)), "array of unknown kind 200"},
		"array of arrays":          {raw(array(9, 1)), "array of arrays"},
		"array length":             {raw(array(4, 1<<62)), "bytes are missing"},
		"array length overflow":    {raw(array(10, 1<<61+1)), "bytes are missing"},
		"string array length":      {raw(array(8, 1<<61+1)), "bytes are missing"},
		"truth values":             {raw(array(7, 2) + "\x01\xff"), "truth value of 255"},
		"key twice":                {file{version: 3, kv: []KV{{"a", "x"}, {"a", "y"}}}, `key "a" is there twice`},
		"alignment 0":              {file{version: 3, kv: []KV{{"general.alignment", uint32(0)}}}, "general.alignment is 0"},
		"alignment 48":             {file{version: 3, kv: []KV{{"general.alignment", uint32(48)}}}, "general.alignment is 48"},
		"alignment 2^31":           {file{version: 3, kv: []KV{{"general.alignment", uint32(1 << 31)}}}, "general.alignment is 2147483648"},
		"alignment of text":        {file{version: 3, kv: []KV{{"general.alignment", "32"}}}, "general.alignment is 32"},
		"5 dimensions":             {one(0, 0, 1, 1, 1, 1, 1), "5 dimensions"},
		"dimension 0":              {one(0, 0, 4, 0), "empty dimension"},
		"dimension 2^63":           {one(0, 0, 1<<63), "dimension 0 is 9223372036854775808"},
		"elements overflow":        {one(0, 0, 1<<32, 1<<32), "more elements than can be"},
		"elements overflow to 0":   {one(0, 0, 1<<62, 4), "more elements than can be"},
		"bytes overflow":           {one(0, 0, 1<<62), "more bytes than can be"},
		"part of a block":          {one(12, 0, 128, 2), "whole Q4_K blocks of 256"},
		"unsupported format":       {one(17, 0, 256), `tensor 1 of 1 "w": quant: format IQ2_XS is not supported`},
		"unknown format":           {one(99, 0, 256), "format 99 (unknown)"},
		"misaligned":               {one(0, 4, 1), "offset 4 is not aligned to 32"},
		"offset 2^63":              {one(0, 1<<63, 1), "offset 9223372036854775808 is not"},
		"offset overflow":          {one(0, 1<<63-32, 1), "out of range"},
		"size overflow":            {one(0, 1<<62, 1<<60), "out of range"},
		"past the end":             {one(0, 96, 1), `tensor "w" ends`},
		"far past the end":         {one(0, 0, 1<<40), `tensor "w" ends`},
		"tensor twice":             {with(entry{"w", []uint64{1}, 0, 0}, entry{"w", []uint64{1}, 0, 32}), `tensor "w" is there twice`},
		"overlap":                  {with(entry{"v", []uint64{9}, 0, 0}, entry{"w", []uint64{1}, 0, 32}), `tensors "v" and "w" overlap`},
		"overlap in another order": {with(entry{"v", []uint64{1}, 0, 32}, entry{"w", []uint64{9}, 0, 0}), `tensors "w" and "v" overlap`},
	} {
		f, err := parse(c.f.bytes())
		if err == nil || f != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if _, err := parse([]byte("<!DOCTYPE html>")); err == nil || !strings.Contains(err.Error(), `not a GGUF file: it begins with "<!DO"`) {
		t.Errorf("another file: %v", err)
	}
}

// TestFlips changes each byte of a file: that must never panic, and what still
// parses must have its tensors inside.
func TestFlips(t *testing.T) {
	b := small(3).bytes()
	for i, old := range b {
		for _, v := range []byte{0, 1, 0x7f, 0x80, 0xff, old ^ 1, old ^ 0x10} {
			b[i] = v
			checkParsed(t, b)
		}
		b[i] = old
	}
}

// checkParsed parses b; what is sound can be written and read back.
func checkParsed(t *testing.T, b []byte) {
	f, err := parse(b)
	if err != nil {
		return
	}
	var tensors []TensorData
	for _, x := range f.Tensors {
		tensors = append(tensors, TensorData{x.Name, x.Shape, x.Type, f.Data(x)})
	}
	first := encoded(t, f.Metadata, tensors)
	g, err := parse(first)
	if err != nil {
		t.Fatalf("written again: %v", err)
	}
	for i, x := range g.Tensors {
		tensors[i].Data = g.Data(x)
	}
	if second := encoded(t, g.Metadata, tensors); string(first) != string(second) {
		t.Fatalf("written twice: %x and %x", first, second)
	}
}

func encoded(t *testing.T, kv []KV, tensors []TensorData) []byte {
	var b strings.Builder
	if err := encode(&b, kv, tensors); err != nil {
		t.Fatalf("sound contents cannot be written: %v", err)
	}
	return []byte(b.String())
}

func FuzzParse(f *testing.F) {
	f.Add(small(2).bytes())
	f.Add(small(3).bytes())
	f.Add(file{version: 3}.bytes())
	f.Add(file{version: 3, kv: []KV{{"general.alignment", uint32(8)}, {"b", []bool{true}}, {"f", []float64{1}}}}.bytes())
	f.Fuzz(func(t *testing.T, b []byte) { checkParsed(t, b) })
}
