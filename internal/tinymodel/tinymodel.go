// Package tinymodel makes model files with random weights for tests: small
// enough for the reference device, of every shape and format that the engine
// serves.
package tinymodel

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"fovea/gpu/quant"
	"fovea/model/gguf"
)

// Shape is a model's. Zero numbers take the ones of Default.
type Shape struct {
	Layers, Dim, FFN int
	Heads, KVHeads   int
	HeadDim          int
	Context          int // tokens
	Untied           bool
	Type             quant.Type // of matrices
	VType            quant.Type // of the value projection, where MixedV is set, as in Q4_K_M files
	MixedV           bool
	RopeFactors      []float32 // tensor rope_freqs.weight; nil: none
	// Rows reorders the rows of a head of queries and keys; nil does not.
	Rows func(headDim, i int) int
	// Edit changes the file before it is written.
	Edit func(metadata []gguf.KV, tensors []gguf.TensorData) ([]gguf.KV, []gguf.TensorData)
	// Extra metadata, which goes before that of the shape where keys are equal.
	Extra []gguf.KV
}

// Default is the shape of which each test changes what it is about.
func Default() Shape {
	return Shape{Layers: 2, Dim: 64, FFN: 96, Heads: 4, KVHeads: 2, HeadDim: 16, Context: 512}
}

// Vocab is the number of tokens: a byte each, the special ones, and a merge.
const Vocab = 256 + 4 + 1

// Template is the chat template of the files.
const Template = `{% for m in messages %}<|im_start|>{{ m.role }}
{{ m.content }}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}`

// Write makes a file in a folder of the test and returns its path.
func Write(t testing.TB, s Shape) string {
	t.Helper()
	metadata, tensors := s.metadata(), s.tensors()
	if s.Edit != nil {
		metadata, tensors = s.Edit(metadata, tensors)
	}
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	if err := gguf.Write(path, metadata, tensors); err != nil {
		t.Fatal(err)
	}
	return path
}

func (s Shape) metadata() []gguf.KV {
	tokens, types := vocabulary()
	list := append(slices.Clone(s.Extra),
		gguf.KV{Key: "general.architecture", Value: "llama"},
		gguf.KV{Key: "general.name", Value: "Tiny"},
		gguf.KV{Key: "llama.block_count", Value: uint32(s.Layers)},
		gguf.KV{Key: "llama.embedding_length", Value: uint32(s.Dim)},
		gguf.KV{Key: "llama.feed_forward_length", Value: uint32(s.FFN)},
		gguf.KV{Key: "llama.attention.head_count", Value: uint32(s.Heads)},
		gguf.KV{Key: "llama.attention.head_count_kv", Value: uint32(s.KVHeads)},
		gguf.KV{Key: "llama.attention.key_length", Value: uint32(s.HeadDim)},
		gguf.KV{Key: "llama.attention.value_length", Value: uint32(s.HeadDim)},
		gguf.KV{Key: "llama.attention.layer_norm_rms_epsilon", Value: float32(1e-5)},
		gguf.KV{Key: "llama.context_length", Value: uint32(s.Context)},
		gguf.KV{Key: "llama.rope.freq_base", Value: float32(10000)},
		gguf.KV{Key: "tokenizer.ggml.model", Value: "gpt2"},
		gguf.KV{Key: "tokenizer.ggml.pre", Value: "smollm"},
		gguf.KV{Key: "tokenizer.ggml.tokens", Value: tokens},
		gguf.KV{Key: "tokenizer.ggml.token_type", Value: types},
		gguf.KV{Key: "tokenizer.ggml.merges", Value: []string{"t h"}},
		gguf.KV{Key: "tokenizer.ggml.bos_token_id", Value: uint32(256)},
		gguf.KV{Key: "tokenizer.ggml.eos_token_id", Value: uint32(257)},
		gguf.KV{Key: "tokenizer.chat_template", Value: Template},
	)
	var unique []gguf.KV
	for _, kv := range list {
		if !slices.ContainsFunc(unique, func(o gguf.KV) bool { return o.Key == kv.Key }) {
			unique = append(unique, kv)
		}
	}
	return unique
}

// vocabulary has the bytes as byte-level BPE writes them, and marks of chats.
func vocabulary() (tokens []string, types []int32) {
	next := rune(256)
	for b := range rune(256) {
		if b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae {
			tokens = append(tokens, string(b))
		} else {
			tokens = append(tokens, string(next))
			next++
		}
		types = append(types, 1)
	}
	for _, special := range []string{"<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|pad|>"} {
		tokens, types = append(tokens, special), append(types, 3)
	}
	return append(tokens, "th"), append(types, 1)
}

func (s Shape) tensors() []gguf.TensorData {
	r := &random{Rand: rand.New(rand.NewPCG(7, 11))}
	width, kv := s.Heads*s.HeadDim, s.KVHeads*s.HeadDim
	v := s.Type
	if s.MixedV {
		v = s.VType
	}
	list := []gguf.TensorData{r.matrix("token_embd.weight", Vocab, s.Dim, s.Type), r.vector("output_norm.weight", s.Dim)}
	if s.Untied {
		list = append(list, r.matrix("output.weight", Vocab, s.Dim, s.Type))
	}
	if s.RopeFactors != nil {
		list = append(list, floats("rope_freqs.weight", s.RopeFactors))
	}
	for i := range s.Layers {
		name := func(part string) string { return fmt.Sprintf("blk.%d.%s.weight", i, part) }
		list = append(list,
			r.vector(name("attn_norm"), s.Dim), r.vector(name("ffn_norm"), s.Dim),
			s.reordered(r.matrix(name("attn_q"), width, s.Dim, s.Type)), s.reordered(r.matrix(name("attn_k"), kv, s.Dim, s.Type)),
			r.matrix(name("attn_v"), kv, s.Dim, v), r.matrix(name("attn_output"), s.Dim, width, s.Type),
			r.matrix(name("ffn_gate"), s.FFN, s.Dim, s.Type), r.matrix(name("ffn_up"), s.FFN, s.Dim, s.Type),
			r.matrix(name("ffn_down"), s.Dim, s.FFN, v),
		)
	}
	return list
}

// reordered moves row i of every head to row Rows(i).
func (s Shape) reordered(t gguf.TensorData) gguf.TensorData {
	if s.Rows == nil {
		return t
	}
	rows := int(t.Shape[1])
	size := len(t.Data) / rows
	data := make([]byte, len(t.Data))
	for i := range rows {
		to := i/s.HeadDim*s.HeadDim + s.Rows(s.HeadDim, i%s.HeadDim)
		copy(data[to*size:][:size], t.Data[i*size:])
	}
	t.Data = data
	return t
}

type random struct{ *rand.Rand }

// matrix has entries of about 1/sqrt(cols), so that activations keep their size.
func (r *random) matrix(name string, rows, cols int, typ quant.Type) gguf.TensorData {
	data := make([]byte, rows*typ.RowBytes(cols))
	scale := 1 / math.Sqrt(float64(cols))
	switch typ {
	case quant.Q4_1, quant.Q4_K, quant.Q6_K:
		r.blocks(typ, data, scale)
	default:
		v := make([]float32, rows*cols)
		for i := range v {
			v[i] = float32(r.NormFloat64() * scale)
		}
		quant.Quantize(typ, v, data)
	}
	return gguf.TensorData{Name: name, Shape: []int64{int64(cols), int64(rows)}, Type: typ, Data: data}
}

// blocks fills formats that are only read with random quants and small scales.
func (r *random) blocks(typ quant.Type, data []byte, scale float64) {
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	size := typ.BlockBytes()
	half := func(at int, v float64) { quant.Quantize(quant.F16, []float32{float32(v)}, data[at:at+2]) }
	for at := 0; at < len(data); at += size {
		switch typ {
		case quant.Q4_1: // w = q d + m, q of 0 to 15
			half(at, scale/4)
			half(at+2, -scale*2)
		case quant.Q4_K: // w = q d s - dmin m, s and m of 0 to 63
			half(at, scale/512)
			half(at+2, scale/64)
		case quant.Q6_K: // w = (q - 32) d s, s of -128 to 127
			half(at+size-2, scale/1024)
		}
	}
}

// vector has entries around 1, as gains of norms have.
func (r *random) vector(name string, n int) gguf.TensorData {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(1 + 0.1*r.NormFloat64())
	}
	return floats(name, v)
}

func floats(name string, v []float32) gguf.TensorData {
	data := make([]byte, 4*len(v))
	for i, f := range v {
		binary.LittleEndian.PutUint32(data[4*i:], math.Float32bits(f))
	}
	return gguf.TensorData{Name: name, Shape: []int64{int64(len(v))}, Type: quant.F32, Data: data}
}
