package kvcache

import (
	"fmt"

	"fovea/gpu"
	"fovea/model/actqkv"
	"fovea/model/trace"
	"fovea/shaders"
)

// Watch says what Report reads from the device.
type Watch struct {
	Scores bool // of all blocks
	Bias   bool // activation bias per query
	Mass   bool // of recalled blocks; decode steps only
}

// Report tells what the step of n tokens did that ran last, before End.
func (c *Cache) Report(n int, watch Watch) (*trace.Step, error) {
	s := c.Settings
	step, _ := s.Step(c.Places, n, c.ring)
	t := &trace.Step{
		Pos: c.Places.Pos, Queries: n, Inits: c.Places.Inits, Blocks: c.Places.Blocks,
		RemFirst: int(step.RemFirst), RemEnd: int(step.RemEnd), BlockSize: s.BlockSize, InitEnd: s.Init,
	}
	if s.Method == actqkv.Full {
		return t, nil
	}
	reports, err := c.read(c.reports, true)
	if err != nil {
		return nil, err
	}
	bias, err := c.read(c.bias, watch.Bias && s.Biased())
	if err != nil {
		return nil, err
	}
	mass, err := c.read(c.mass, watch.Mass && s.Recalls() && c.window == 1)
	if err != nil {
		return nil, err
	}
	t.Layers = make([]trace.Layer, c.Shape.Layers)
	for i := range t.Layers {
		l := &t.Layers[i]
		if err := c.decision(l, reports[int64(i)*c.reportRow:]); err != nil {
			return nil, fmt.Errorf("kvcache: layer %d: %w", i, err)
		}
		if bias != nil {
			l.Bias = floats(bias[int64(i)*c.biasRow:][:n*4])
		}
		if mass != nil {
			l.Mass = c.massOf(l.K, mass[int64(i)*c.massAt:])
		}
		if watch.Scores && s.Recalls() {
			b := make([]byte, c.Places.Blocks*4)
			if err := c.dev.Read(c.layers[i].scores, 0, b); err != nil {
				return nil, err
			}
			l.Scores = floats(b)
		}
	}
	return t, nil
}

// read reads a buffer where it is wanted.
func (c *Cache) read(from gpu.Buffer, wanted bool) ([]byte, error) {
	if !wanted {
		return nil, nil
	}
	b := make([]byte, from.Size())
	return b, c.dev.Read(from, 0, b)
}

// decision reads what the cut-off of a layer decided.
func (c *Cache) decision(l *trace.Layer, b []byte) error {
	*l = trace.Layer{
		K: int(word(b, 0)), Entropy: float(b, 2), H: float(b, 3), Left: float(b, 4),
		Top: float(b, 5), Low: float(b, 6), Gap: float(b, 7),
	}
	if most := c.Settings.MaxBlocks(); l.K > most {
		return fmt.Errorf("the device recalled %d blocks of at most %d; its memory or driver is at fault", l.K, most)
	}
	l.IDs = make([]int32, l.K)
	for j := range l.IDs {
		l.IDs[j] = int32(word(b, shaders.ReportWords+j))
	}
	return nil
}

// massOf adds up the weight of each of k recalled blocks over heads and keys.
func (c *Cache) massOf(k int, b []byte) []float32 {
	rows, slots, size := c.Shape.Heads.MassRows(), c.slots(), c.Settings.BlockSize
	mass := make([]float32, k)
	for j := range mass {
		for row := range rows {
			for key := range size {
				mass[j] += float(b, row*slots+c.Places.Inits+j*size+key)
			}
		}
	}
	return mass
}

func floats(b []byte) []float32 {
	f := make([]float32, len(b)/4)
	for i := range f {
		f[i] = float(b, i)
	}
	return f
}
