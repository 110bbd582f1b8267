package kvcache

import (
	"errors"
	"fmt"

	"fovea/gpu"
	"fovea/model/actqkv"
	"fovea/model/trace"
	"fovea/shaders"
)

// Watch says what Report reads from the device.
type Watch struct {
	Scores bool // of all blocks
	Bias   bool // activation bias per query; of decode steps with Cache.StepWatch
	Mass   bool // of recalled blocks; decode steps only, with Cache.StepWatch
}

// Report tells what the step of n tokens did that ran last, before End.
func (c *Cache) Report(n int, watch Watch) (*trace.Step, error) {
	s, t := c.Settings, c.stepTold(c.Places, n)
	if s.Method == actqkv.Full {
		return t, nil
	}
	reports, err := c.reported(c.reports, c.told)
	if err != nil {
		return nil, err
	}
	if c.window == 1 && (watch.Bias && !c.StepWatch.Bias || watch.Mass && !c.StepWatch.Mass) {
		return nil, errors.New("kvcache: no activation bias or no mass was asked for when the step was recorded; set StepWatch before")
	}
	if watch.Scores && c.window == 1 && c.supers() > 0 {
		return nil, fmt.Errorf("kvcache: two-level selection scores %d blocks exactly, not all; choose 0 candidates to see the scores of all", s.Candidates)
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
			l.Mass = floats(mass[int64(i)*c.massRow:][:l.K*4])
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

// stepTold is what is known of a step of n tokens at some places beforehand.
func (c *Cache) stepTold(at actqkv.Places, n int) *trace.Step {
	step, _ := c.Settings.Step(at, n, c.ring)
	return &trace.Step{
		Pos: at.Pos, Queries: n, Inits: at.Inits, Blocks: at.Blocks,
		RemFirst: int(step.RemFirst), RemEnd: int(step.RemEnd), BlockSize: c.Settings.BlockSize, InitEnd: c.Settings.Init,
	}
}

// reported reads reports, or their copy, where there is one.
func (c *Cache) reported(reports, told gpu.Buffer) ([]byte, error) {
	if told != nil {
		reports = told
	}
	return c.read(reports, true)
}

// readView reads a view.
func (c *Cache) readView(v gpu.View) ([]byte, error) {
	first, end := v.Range()
	b := make([]byte, end-first)
	return b, c.dev.Read(v.Buffer, first, b)
}

// read reads a buffer where it is wanted.
func (c *Cache) read(from gpu.Buffer, wanted bool) ([]byte, error) {
	if !wanted {
		return nil, nil
	}
	return c.readView(gpu.Whole(from))
}

// decision reads what the cut-off of a layer decided.
func (c *Cache) decision(l *trace.Layer, b []byte) error {
	*l = trace.Layer{
		K: int(word(b, 0)), Entropy: float(b, 2), H: float(b, 3), Left: float(b, 4),
		Top: float(b, 5), Low: float(b, 6), Gap: float(b, 7),
	}
	var err error
	l.IDs, err = c.recalled(b)
	return err
}

// recalled is the blocks of a layer's report.
func (c *Cache) recalled(b []byte) ([]int32, error) {
	k := int(word(b, 0))
	if most := min(c.Settings.MaxBlocks(), len(b)/4-shaders.ReportWords); k > most {
		return nil, fmt.Errorf("the device recalled %d blocks of at most %d; its memory or driver is at fault", k, most)
	}
	ids := make([]int32, k)
	for j := range ids {
		ids[j] = int32(word(b, shaders.ReportWords+j))
	}
	return ids, nil
}

func floats(b []byte) []float32 {
	f := make([]float32, len(b)/4)
	for i := range f {
		f[i] = float(b, i)
	}
	return f
}
