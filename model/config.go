package model

import (
	"fmt"
	"strings"

	"fovea/model/gguf"
	"fovea/shaders"
)

// Config is the shape of a model, from the metadata of its GGUF file.
type Config struct {
	Arch     string
	Layers   int
	Dim      int // of the residual stream
	FFN      int // hidden size of the feed-forward network
	Heads    int // query heads
	KVHeads  int
	HeadDim  int
	Vocab    int
	Context  int // tokens of the model's trained window
	NormEps  float32
	RopeDim  int // rotated dimensions of a head
	RopeBase float64
	// RopeScale divides positions (linear scaling); 1 without.
	RopeScale float64
	Llama3    *Llama3Scaling
	// Neox says that pairs are (i, i+RopeDim/2) instead of neighbours.
	Neox bool
}

// architectures says which ones run, and whether their rotary pairs are
// NEOX-style in GGUF files.
var architectures = map[string]bool{"llama": false}

// heads is the attention's shape as the kernels see it.
func (c *Config) heads(kv shaders.KV) shaders.Heads {
	return shaders.Heads{KV: c.KVHeads, Group: c.Heads / c.KVHeads, Octets: shaders.PadHead(c.HeadDim), KVType: kv}
}

// ReadConfig reads the shape of a model and checks that the file has it: every
// tensor that will be loaded.
func ReadConfig(f *gguf.File) (Config, error) {
	arch, ok := f.String("general.architecture")
	if !ok {
		return Config{}, fmt.Errorf("model: the file names no architecture (general.architecture)")
	}
	neox, ok := architectures[arch]
	if !ok {
		names := make([]string, 0, len(architectures))
		for n := range architectures {
			names = append(names, n)
		}
		return Config{}, fmt.Errorf("model: architecture %q is not supported (supported: %s)", arch, strings.Join(names, ", "))
	}
	m := metadata{f: f, prefix: arch + "."}
	c := Config{
		Arch: arch, Neox: neox,
		Layers: m.uint("block_count", -1), Dim: m.uint("embedding_length", -1), FFN: m.uint("feed_forward_length", -1),
		Heads: m.uint("attention.head_count", -1), Context: m.uint("context_length", -1),
		NormEps: float32(m.float("attention.layer_norm_rms_epsilon", -1)),
	}
	c.KVHeads = m.uint("attention.head_count_kv", c.Heads)
	if m.err == nil && (c.Heads < 1 || c.Dim%c.Heads != 0 && !m.has("attention.key_length")) {
		return c, fmt.Errorf("model: %d dimensions do not divide into %d heads", c.Dim, c.Heads)
	}
	c.HeadDim = m.uint("attention.key_length", c.Dim/max(c.Heads, 1))
	if v := m.uint("attention.value_length", c.HeadDim); v != c.HeadDim {
		return c, fmt.Errorf("model: keys of %d and values of %d dimensions a head are not supported", c.HeadDim, v)
	}
	c.RopeDim = m.uint("rope.dimension_count", c.HeadDim)
	c.RopeBase = m.float("rope.freq_base", 10000)
	if err := c.readScaling(&m); err != nil {
		return c, err
	}
	emb, ok := f.Tensor("token_embd.weight")
	if !ok || len(emb.Shape) != 2 {
		return c, fmt.Errorf("model: the file has no token embedding (token_embd.weight)")
	}
	c.Vocab = int(emb.Shape[1])
	if m.err != nil {
		return c, m.err
	}
	if err := c.check(); err != nil {
		return c, err
	}
	return c, c.checkTensors(f)
}

func (c *Config) readScaling(m *metadata) error {
	c.RopeScale = 1
	kind, _ := m.f.String(m.prefix + "rope.scaling.type")
	switch kind {
	case "", "none":
		if m.has("rope.scale_linear") {
			c.RopeScale = m.float("rope.scale_linear", 1)
		}
	case "linear":
		c.RopeScale = m.float("rope.scaling.factor", 1)
	case "llama3":
		c.Llama3 = &Llama3Scaling{
			Factor: m.float("rope.scaling.factor", 8), LowFreq: m.float("rope.scaling.low_freq_factor", 1),
			HighFreq: m.float("rope.scaling.high_freq_factor", 4),
			Context:  m.float("rope.scaling.original_context_length", 8192),
		}
	default:
		return fmt.Errorf("model: RoPE scaling %q is not supported (supported: none, linear, llama3)", kind)
	}
	return nil
}

// check refuses shapes that no model has, before they size anything.
func (c *Config) check() error {
	for _, v := range []struct {
		name    string
		v, most int
	}{
		{"block_count", c.Layers, 1 << 10},
		{"embedding_length", c.Dim, 1 << 16},
		{"feed_forward_length", c.FFN, 1 << 18},
		{"attention.head_count", c.Heads, 1 << 10},
		{"attention.head_count_kv", c.KVHeads, 1 << 10},
		{"attention.key_length", c.HeadDim, 256},
		{"context_length", c.Context, 1 << 30},
		{"vocabulary", c.Vocab, 1 << 22},
	} {
		if v.v < 1 || v.v > v.most {
			return fmt.Errorf("model: %s is %d, must be 1 to %d", v.name, v.v, v.most)
		}
	}
	switch {
	case c.Heads%c.KVHeads != 0:
		return fmt.Errorf("model: %d query heads do not divide among %d key-value heads", c.Heads, c.KVHeads)
	case c.RopeDim < 2 || c.RopeDim%2 != 0 || c.RopeDim > c.HeadDim:
		return fmt.Errorf("model: %d rotated dimensions in heads of %d", c.RopeDim, c.HeadDim)
	case c.heads(0).Features()%32 != 0:
		return fmt.Errorf("model: %d heads of %d dimensions do not fill rows of 32", c.Heads, c.HeadDim)
	case c.HeadDim%2 != 0:
		return fmt.Errorf("model: heads of %d dimensions, an odd number", c.HeadDim)
	case !(c.NormEps > 0) || c.NormEps > 1:
		return fmt.Errorf("model: RMSNorm epsilon is %v", c.NormEps)
	case !(c.RopeBase > 1) || !(c.RopeScale > 0):
		return fmt.Errorf("model: RoPE base %v, scale %v", c.RopeBase, c.RopeScale)
	case c.Llama3 != nil && (!(c.Llama3.Factor > 0) || !(c.Llama3.Context > 0) || c.Llama3.HighFreq <= c.Llama3.LowFreq):
		return fmt.Errorf("model: llama3 RoPE scaling %+v", *c.Llama3)
	}
	return nil
}

// metadata reads numbers under an architecture's prefix and keeps the first error.
type metadata struct {
	f      *gguf.File
	prefix string
	err    error
}

func (m *metadata) has(key string) bool { return m.f.Has(m.prefix + key) }

// uint reads a number; without one it returns def, or fails where def is negative.
func (m *metadata) uint(key string, def int) int {
	v, ok := m.f.Uint(m.prefix + key)
	if ok && v <= 1<<31 {
		return int(v)
	}
	if (ok || def < 0) && m.err == nil {
		m.err = fmt.Errorf("model: the file's %s%s is missing or out of range", m.prefix, key)
	}
	return def
}

func (m *metadata) float(key string, def float64) float64 {
	v, ok := m.f.Float(m.prefix + key)
	if ok {
		return v
	}
	if def < 0 && m.err == nil {
		m.err = fmt.Errorf("model: the file's %s%s is missing", m.prefix, key)
	}
	return def
}
