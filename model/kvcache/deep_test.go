package kvcache

import (
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/fixture"
	"fovea/internal/gputest"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// TestMillion reads the last tokens of a text of a million with the default
// model's heads: keys and values far beyond gpu.SafeBuffer are written where
// they belong and attended right.
func TestMillion(t *testing.T) {
	gputest.Each(t, func(t *testing.T, dev gpu.Device) {
		const (
			tokens, read = 1_000_000, 24
			width, kv, d = 9, 3, 64
			row          = (width + 2*kv) * d
		)
		settings, err := actqkv.New(actqkv.Streaming, "fovea")
		if err != nil {
			t.Fatal(err)
		}
		settings.Init, settings.Local, settings.Window = 0, 1, 32 // all but a query's own key is the remainder
		heads := shaders.Heads{KV: kv, Group: width / kv, Octets: d / 8}
		c, err := New(dev, Shape{Layers: 1, Heads: heads, HeadDim: d, Pairs: d / 2}, settings, Tiers{}, tokens)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		if n := c.layers[0].k.Size(); n <= gpu.SafeBuffer {
			t.Fatalf("the keys take %d bytes: the text is too short", n)
		}
		random := rand.New(rand.NewPCG(5, 6))
		qkv := make([]float32, settings.Window*row)
		for i := range qkv {
			qkv[i] = float32(random.IntN(17)-8) / 4 // exact as halves
		}
		b, err := dev.Alloc(gpu.Align(int64(len(qkv))*4), gpu.Local)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Free)
		if err := dev.Write(b, 0, bytesOf(qkv)); err != nil {
			t.Fatal(err)
		}
		c.Places = actqkv.Places{Pos: tokens - read, RemFirst: tokens - read}
		r := gpu.NewRecording(t.Name())
		place(r, dev.Info().SubgroupSize, c, identity(t, dev, heads), 0, b, settings.Window)
		c.RecordChoice(r, dev.Info().SubgroupSize, 0, settings.Window)
		c.RecordAttention(r, dev.Info().SubgroupSize, 0, settings.Window)
		c.RecordQuestion(r, dev.Info().SubgroupSize, 0, settings.Window)
		c.Begin(make([]int32, read), settings.Window, func(_ int, row []byte) {
			for i := range d / 2 { // nothing turns, so that keys can be compared
				copy(row[8*i:], bytesOf([]float32{1, 0}))
			}
		})
		if err := dev.Submit(context.Background(), r); err != nil {
			t.Fatal(err)
		}
		dev.Release(r)
		part := func(token, head int) []float32 { return qkv[token*row+head*d:][:d] }
		for i := range read {
			pos := tokens - read + i
			for what, at := range map[string]struct {
				buffer    gpu.Buffer
				row, head int
			}{
				"key": {c.layers[0].k, c.ring + pos, width}, "key in the ring": {c.layers[0].k, pos % c.ring, width}, "value": {c.layers[0].v, pos, width + kv},
			} {
				raw := make([]byte, heads.RowBytes())
				if err := dev.Read(at.buffer, int64(at.row)*heads.RowBytes(), raw); err != nil {
					t.Fatal(err)
				}
				for h := range kv {
					if want := halves(part(i, at.head+h)); !slices.Equal(raw[2*h*d:][:2*d], want) {
						t.Fatalf("%s of position %d, head %d: %x, want %x", what, pos, h, raw[2*h*d:][:2*d], want)
					}
				}
			}
		}
		out := make([]byte, read*width*d*4)
		if err := dev.Read(c.out, 0, out); err != nil {
			t.Fatal(err)
		}
		fixture.Matches(t, "attention", floats(out), attention(read, width, kv, part), fixture.Tolerance)
	})
}

// attention of n tokens over each other, causal: part gives a token's heads,
// of queries, then of keys, then of values.
func attention(n, width, kv int, part func(token, head int) []float32) (out []float32) {
	dot := func(a, b []float32) (sum float64) {
		for i := range a {
			sum += float64(a[i]) * float64(b[i])
		}
		return sum / math.Sqrt(float64(len(a)))
	}
	for i := range n {
		for h := range width {
			total, sum, at := 0.0, make([]float64, len(part(0, 0))), h*kv/width
			for j := range i + 1 {
				w := math.Exp(dot(part(i, h), part(j, width+at)))
				total += w
				for e, v := range part(j, width+kv+at) {
					sum[e] += w * float64(v)
				}
			}
			for _, v := range sum {
				out = append(out, float32(v/total))
			}
		}
	}
	return out
}

// halves are small multiples of 1/4 as binary16.
func halves(v []float32) (b []byte) {
	for _, x := range v {
		u := math.Float32bits(x)
		h := uint16(u>>31) << 15
		if x != 0 {
			h |= uint16(u>>23&0xff-112)<<10 | uint16(u>>13&0x3ff)
		}
		b = binary.LittleEndian.AppendUint16(b, h)
	}
	return b
}
