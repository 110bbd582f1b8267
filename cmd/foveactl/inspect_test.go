package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"fovea/gpu/quant"
	"fovea/internal/testutil"
	"fovea/model/gguf"
)

// inspectJSON is what a program sees of a file.
func inspectJSON(t *testing.T, path string) inspection {
	t.Helper()
	var in inspection
	if err := json.Unmarshal([]byte(succeed(t, "", "inspect", path, "--json")), &in); err != nil {
		t.Fatal(err)
	}
	return in
}

func TestInspectModel(t *testing.T) {
	path := testutil.ModelPath(t)
	in := inspectJSON(t, path)
	if !in.Runs || len(in.Reasons) != 0 || in.Version != 3 || in.Bytes != 98_362_432 || in.Arch != "llama" || in.Parameters != 134_515_008 {
		t.Errorf("%+v", in)
	}
	for name, want := range map[string]int{
		"layers": 30, "width": 576, "feed_forward": 1536, "heads": 9, "kv_heads": 3, "window": 8192, "vocabulary": 49152,
	} {
		if in.Shape[name] != want {
			t.Errorf("%s is %d, want %d", name, in.Shape[name], want)
		}
	}
	if len(in.Tensors) != 272 || in.Tensors[0].Name != "token_embd.weight" || in.Tensors[0].Format != "Q8_0" || in.Tensors[0].Bytes != 30_081_024 {
		t.Errorf("%d tensors, the first is %+v", len(in.Tensors), in.Tensors[0])
	}
	for _, e := range in.Metadata {
		if e.Key == "tokenizer.ggml.tokens" {
			if list, ok := e.Value.([]any); !ok || *e.Length != 49152 || len(list) != 8 || list[1] != "<|im_start|>" {
				t.Errorf("tokens are %+v", e)
			}
		}
	}
	out := succeed(t, "", "inspect", path)
	for _, want := range []string{"Runs          yes", "210 Q4_1", "string[49152]", "blk.29.attn_v.weight", "heads 9", "[576 49152]"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%.3000s", want, out)
		}
	}
}

// write makes a GGUF file with one small tensor.
func write(t *testing.T, metadata ...gguf.KV) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.gguf")
	tensor := gguf.TensorData{Name: "w\x1b[2J", Shape: []int64{32, 2}, Type: quant.F32, Data: make([]byte, 256)}
	if err := gguf.Write(path, metadata, []gguf.TensorData{tensor}); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInspectForeign(t *testing.T) {
	path := write(t, gguf.KV{Key: "general.architecture", Value: "mamba"}, gguf.KV{Key: "mamba.block_count", Value: uint32(7)},
		gguf.KV{Key: "mamba.context_length", Value: uint64(math.MaxUint64)})
	in := inspectJSON(t, path)
	if in.Runs || len(in.Reasons) == 0 || !strings.Contains(in.Reasons[0], `"mamba" is not supported`) || in.Shape["layers"] != 7 {
		t.Errorf("%+v", in)
	}
	out := succeed(t, "", "inspect", path)
	if !strings.Contains(out, "mamba") || !strings.Contains(out, "no: ") || !strings.Contains(out, "layers 7") {
		t.Errorf("output %q", out)
	}
}

// TestInspectStrangeValues covers what JSON or a terminal would stumble over.
func TestInspectStrangeValues(t *testing.T) {
	path := write(t,
		gguf.KV{Key: "general.name", Value: "evil\x1b]0;title\a\n\xff"},
		gguf.KV{Key: "k\x1b[31m", Value: math.NaN()},
		gguf.KV{Key: "inf", Value: []float32{float32(math.Inf(-1)), 1.5}},
		gguf.KV{Key: "bytes", Value: []uint8{1, 2, 3}},
		gguf.KV{Key: "empty", Value: []string{}},
		gguf.KV{Key: "flag", Value: true},
		gguf.KV{Key: "long", Value: strings.Repeat("x", 10_000)},
	)
	in := inspectJSON(t, path)
	values := map[string]string{}
	for _, e := range in.Metadata {
		text, err := json.Marshal(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		values[e.Key] = string(text)
	}
	for key, want := range map[string]string{
		"k\x1b[31m": `"NaN"`, "inf": `["-Inf",1.5]`, "bytes": "[1,2,3]", "empty": "[]", "flag": "true",
	} {
		if values[key] != want {
			t.Errorf("%q is %s, want %s", key, values[key], want)
		}
	}
	if in.Runs || len(in.Reasons) < 2 {
		t.Errorf("reasons %q, want those of the model and of the tokenizer", in.Reasons)
	}
	out := succeed(t, "", "inspect", path)
	if strings.ContainsAny(out, "\x1b\a") || !utf8.ValidString(out) {
		t.Errorf("output %q could steer a terminal", out)
	}
	for line := range strings.Lines(out) {
		if len(line) > 250 {
			t.Errorf("a line of %d bytes: %q", len(line), line)
		}
	}
}

func TestInspectErrors(t *testing.T) {
	dir := t.TempDir()
	whole, err := os.ReadFile(write(t, gguf.KV{Key: "general.architecture", Value: "llama"}))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"empty": nil, "cut": whole[:len(whole)-1], "head": whole[:20], "text": []byte("hello")} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		fail(t, path, "inspect", path)
	}
	fail(t, "no such file", "inspect", filepath.Join(dir, "none"))
	fail(t, "give a .gguf file", "inspect", dir)
}
