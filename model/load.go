package model

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"fovea/gpu"
	"fovea/gpu/quant"
	"fovea/model/gguf"
	"fovea/shaders"
)

// chunkBytes is about how much of a matrix is packed at a time: so little that
// it is still in the processor's cache when it is written to the device.
const chunkBytes = 1 << 20

// loader executes a plan. Goroutines, one a core, pack chunks of matrices; the
// device, which is one goroutine's, is given them in between.
type loader struct {
	ctx      context.Context // of Load
	dev      gpu.Device
	file     *gguf.File
	lanes    int
	progress func(float64)

	w    *weights
	done int64 // bytes on the device
	size int64 // bytes there will be
}

// part is the rows of a packing from first on that have a buffer of their own.
type part struct {
	*packing
	from, rows int
	buffer     gpu.Buffer
}

// chunk is whole tiles of a part.
type chunk struct {
	*part
	at, rows int // rows of the part
	data     []byte
	err      error
}

func (l *loader) load(p plan) error {
	l.size = p.bytes(l.lanes)
	if info := l.dev.Info(); l.size > info.Memory && info.Memory > 0 {
		return fmt.Errorf("the weights need %d MiB, device %s has %d MiB: %w", l.size>>20, info.Name, info.Memory>>20, gpu.ErrOutOfMemory)
	}
	for _, v := range p.vectors {
		if err := l.vector(v); err != nil {
			return fmt.Errorf("tensor %q: %w", v.tensor.Name, err)
		}
	}
	parts, chunks := divide(p.matrices, l.lanes)
	if err := l.run(chunks); err != nil {
		return err
	}
	for _, part := range parts {
		*part.to = append(*part.to, part.matrix())
	}
	return nil
}

func (p *part) matrix() matrix {
	m := matrix{shaders.Weights{View: gpu.Whole(p.buffer), Format: p.format, Rows: p.rows, Cols: p.cols}, p.first + p.from}
	if p.ffn > 0 { // two rows a product, and padding
		m.first /= 2
		m.Rows = min(m.Rows, 2*(p.ffn-m.first))
	}
	return m
}

// floats dequantises a vector.
func floats(f *gguf.File, t gguf.Tensor) []float32 {
	v := make([]float32, t.Shape[0])
	quant.Dequantize(t.Type, f.Data(t), v)
	return v
}

func (l *loader) vector(v vector) error {
	b := make([]byte, v.bytes())
	for i, f := range floats(l.file, v.tensor) {
		binary.LittleEndian.PutUint32(b[4*i:], math.Float32bits(f))
	}
	buffer, err := l.alloc(int64(len(b)))
	if err != nil {
		return err
	}
	*v.to = gpu.Whole(buffer)
	return l.write(buffer, 0, b)
}

func (l *loader) alloc(bytes int64) (gpu.Buffer, error) {
	b, err := l.dev.Alloc(gpu.Align(bytes), gpu.Local)
	if err == nil {
		l.w.buffers = append(l.w.buffers, b)
	}
	return b, err
}

func (l *loader) write(b gpu.Buffer, offset int64, data []byte) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	if err := l.dev.Write(b, offset, data); err != nil {
		return err
	}
	l.done += int64(len(data))
	if l.progress != nil {
		l.progress(float64(l.done) / float64(l.size))
	}
	return nil
}

// divide divides matrices into parts of at most gpu.SafeBuffer bytes, and those
// into chunks.
func divide(all []packing, lanes int) (parts []*part, chunks []chunk) {
	tile := 4 * lanes
	for i := range all {
		p := &all[i]
		tileBytes := quant.PackedBytes(p.format, tile, p.cols, lanes)
		perPart, perChunk := int(gpu.SafeBuffer/tileBytes)*tile, int(max(1, chunkBytes/tileBytes))*tile
		for from := 0; from < p.rows; from += perPart {
			part := &part{packing: p, from: from, rows: min(perPart, p.rows-from)}
			parts = append(parts, part)
			for at := 0; at < part.rows; at += perChunk {
				chunks = append(chunks, chunk{part: part, at: at, rows: min(perChunk, part.rows-at)})
				p.chunks++
			}
		}
	}
	return parts, chunks
}

// run packs all chunks and writes them to the device.
func (l *loader) run(chunks []chunk) error {
	workers := min(runtime.GOMAXPROCS(0), len(chunks))
	free, packed, stop := make(chan []byte, 2*workers), make(chan *chunk), make(chan struct{})
	for range 2 * workers { // one to pack into, one that the device is given
		free <- nil
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	defer wait.Wait() // the workers read the file, which the caller may close
	defer close(stop)
	for range workers {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(chunks); i = int(next.Add(1)) - 1 {
				c := &chunks[i]
				select {
				case c.data = <-free:
				case <-stop:
					return
				}
				c.pack(l.lanes)
				select {
				case packed <- c:
				case <-stop:
					return
				}
			}
		})
	}
	for range chunks {
		c := <-packed
		if err := l.take(c); err != nil {
			return fmt.Errorf("tensor %q: %w", c.sources[0].tensor.Name, err)
		}
		free <- c.data
		c.data = nil
	}
	return nil
}

// pack packs a chunk into its data, made larger where need be.
func (c *chunk) pack(lanes int) {
	n := int(quant.PackedBytes(c.format, c.rows, c.cols, lanes))
	if cap(c.data) < n {
		c.data = make([]byte, max(n, chunkBytes))
	}
	c.data = c.data[:n]
	first := c.from + c.at
	c.err = quant.Pack(c.format, c.rows, c.cols, lanes, func(i int) (quant.Type, []byte) { return c.row(first + i) }, c.data)
	if c.err != nil {
		c.err = fmt.Errorf("from row %d on: %w", first, c.err)
	}
}

// take gives a packed chunk to the device.
func (l *loader) take(c *chunk) (err error) {
	if c.err != nil {
		return c.err
	}
	if c.buffer == nil {
		if c.buffer, err = l.alloc(quant.PackedBytes(c.format, c.part.rows, c.cols, l.lanes)); err != nil {
			return err
		}
	}
	if err := l.write(c.buffer, quant.PackedBytes(c.format, c.at, c.cols, l.lanes), c.data); err != nil {
		return err
	}
	if c.chunks--; c.chunks == 0 {
		for _, s := range c.sources {
			l.file.Release(s.tensor)
		}
	}
	return nil
}
