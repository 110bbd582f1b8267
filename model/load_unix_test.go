//go:build unix

package model_test

import (
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"fovea/gpu"
	"fovea/gpu/quant"
	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/model/gguf"
)

// reportCPU returns what reports the time of all processors since it was called.
func reportCPU(b *testing.B) func() {
	used := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	start := used()
	return func() { b.ReportMetric(float64(used()-start)/1e6/float64(b.N), "cpu-ms/op") }
}

// BenchmarkLoad compares loading a model with reading as many packed bytes from
// a file, as a cache of packed weights would. Both files are in the system's
// cache. It also reports the processors' time, which other work moves less.
func BenchmarkLoad(b *testing.B) {
	for _, typ := range []quant.Type{quant.Q4_1, quant.Q4_K, quant.Q6_K} {
		dev := gputest.Open(b)
		path := tinymodel.Write(b, tinymodel.Shape{Layers: 8, Dim: 2048, FFN: 8192, Heads: 32, KVHeads: 8, HeadDim: 64, Context: 512, Type: typ})
		var size int64
		b.Run(typ.String()+"/pack", func(b *testing.B) {
			defer reportCPU(b)()
			for b.Loop() {
				f, err := gguf.Open(path)
				if err != nil {
					b.Fatal(err)
				}
				m, err := model.Load(b.Context(), dev, f, nil)
				if err != nil {
					b.Fatal(err)
				}
				size = m.WeightBytes()
				m.Close()
				f.Close()
			}
			b.SetBytes(size)
		})
		cache := filepath.Join(b.TempDir(), "packed")
		if err := os.WriteFile(cache, make([]byte, size), 0o644); err != nil {
			b.Fatal(err)
		}
		b.Run(typ.String()+"/read", func(b *testing.B) {
			defer reportCPU(b)()
			for b.Loop() {
				readPacked(b, dev, cache)
			}
			b.SetBytes(size)
		})
	}
}

// readPacked reads a file into buffers of a device, with a checksum.
func readPacked(b *testing.B, dev gpu.Device, path string) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	part, sum := make([]byte, 1<<20), crc32.New(crc32.MakeTable(crc32.Castagnoli))
	var buffers []gpu.Buffer
	defer func() {
		for _, buffer := range buffers {
			buffer.Free()
		}
	}()
	for at := int64(0); ; at += int64(len(part)) {
		n, err := io.ReadFull(f, part)
		if n == 0 {
			return
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			b.Fatal(err)
		}
		if at%(32<<20) == 0 {
			buffer, err := dev.Alloc(32<<20, gpu.Local)
			if err != nil {
				b.Fatal(err)
			}
			buffers = append(buffers, buffer)
		}
		sum.Write(part[:n])
		if err := dev.Write(buffers[len(buffers)-1], at%(32<<20), part[:n]); err != nil {
			b.Fatal(err)
		}
	}
}
