package kvcache

import (
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
	t.Layers = make([]trace.Layer, c.Shape.Layers)
	reports := make([]byte, c.reports.Size())
	if err := c.dev.Read(c.reports, 0, reports); err != nil {
		return nil, err
	}
	for i := range t.Layers {
		b := reports[int64(i)*c.reportRow:]
		l := &t.Layers[i]
		*l = trace.Layer{
			K: int(word(b, 0)), Entropy: float(b, 2), H: float(b, 3), Left: float(b, 4),
			Top: float(b, 5), Low: float(b, 6), Gap: float(b, 7),
		}
		l.IDs = make([]int32, l.K)
		for j := range l.IDs {
			l.IDs[j] = int32(word(b, shaders.ReportWords+j))
		}
		if err := c.watch(i, l, n, watch); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (c *Cache) watch(i int, l *trace.Layer, n int, watch Watch) error {
	if !c.Settings.Recalls() {
		return nil
	}
	if watch.Scores {
		b := make([]byte, c.Places.Blocks*4)
		if err := c.dev.Read(c.layers[i].scores, 0, b); err != nil {
			return err
		}
		l.Scores = floats(b)
	}
	if watch.Bias {
		b := make([]byte, n*4)
		if err := c.dev.Read(c.bias, int64(i)*c.biasRow, b); err != nil {
			return err
		}
		l.Bias = floats(b)
	}
	if watch.Mass && n == 1 {
		rows, slots, size := c.Shape.Heads.MassRows(), c.slots(), c.Settings.BlockSize
		b := make([]byte, rows*slots*4)
		if err := c.dev.Read(c.mass, int64(i)*c.massAt, b); err != nil {
			return err
		}
		l.Mass = make([]float32, l.K)
		for j := range l.Mass {
			for row := range rows {
				for key := range size {
					l.Mass[j] += float(b, row*slots+c.Places.Inits+j*size+key)
				}
			}
		}
	}
	return nil
}

func floats(b []byte) []float32 {
	f := make([]float32, len(b)/4)
	for i := range f {
		f[i] = float(b, i)
	}
	return f
}
