package model_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fovea/gpu"
	"fovea/gpu/quant"
	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/model/gguf"
	"fovea/model/trace"
	"fovea/shaders"
)

// small makes a few dozen tokens pass through all places.
func small(t testing.TB, method actqkv.Method) actqkv.Settings {
	s := settings(t, method, "fovea")
	s.BlockSize, s.Init, s.Local, s.Window, s.Repr, s.History = 4, 3, 12, 8, 2, 3
	s.SetTopK(3)
	return s
}

// likeQ4KM has weights of the formats that such files have.
func likeQ4KM(s *tinymodel.Shape) {
	s.Dim, s.FFN, s.Type, s.MixedV, s.VType = 256, 256, quant.Q4_K, true, quant.Q6_K
	s.Heads, s.KVHeads, s.HeadDim = 4, 2, 64
}

// text is n token ids.
func text(n int) []int32 {
	ids := make([]int32, n)
	for i := range ids {
		ids[i] = int32((i*i*7 + i*13 + 5) % 256)
	}
	return ids
}

// run reads all but the last six ids in windows, and those as decode steps, and
// returns all logits that were seen.
func run(t testing.TB, m *model.Model, s actqkv.Settings, kv shaders.KV, ids []int32) (out [][]float32, steps []*trace.Step) {
	t.Helper()
	ses, err := m.NewSession(model.SessionOptions{Settings: s, KV: kv, Capacity: len(ids)})
	if err != nil {
		t.Fatal(err)
	}
	defer ses.Close()
	last := len(ids) - 6
	if err := ses.Prefill(context.Background(), ids[:last], func(_ int, s *trace.Step) { steps = append(steps, s) }); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids[last:] {
		got, step, err := ses.Step(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		out, steps = append(out, append([]float32(nil), got...)), append(steps, step)
	}
	return out, steps
}

// close requires logits that differ by at most tol.
func requireClose(t testing.TB, got, want [][]float32, tol float64) {
	t.Helper()
	worst := 0.0
	for i := range want {
		for j := range want[i] {
			d := math.Abs(float64(got[i][j] - want[i][j]))
			if math.IsNaN(d) {
				d = math.Inf(1)
			}
			worst = max(worst, d)
		}
	}
	if worst > tol {
		t.Errorf("logits differ by up to %v, at most %v is allowed", worst, tol)
	}
}

// The Vulkan device computes what the reference device does, for every shape,
// format and method.
func TestDevicesAgree(t *testing.T) {
	cases := map[string]func(*tinymodel.Shape){
		"default":     func(*tinymodel.Shape) {},
		"untied":      func(s *tinymodel.Shape) { s.Untied = true },
		"one KV head": func(s *tinymodel.Shape) { s.KVHeads = 1 },
		"no groups":   func(s *tinymodel.Shape) { s.KVHeads = 4 },
		// Rows and columns that do not fill tiles or blocks, padded heads.
		"odd sizes":    func(s *tinymodel.Shape) { s.Dim, s.FFN, s.HeadDim = 60, 70, 20 },
		"heads of 64":  func(s *tinymodel.Shape) { s.HeadDim = 64 },
		"heads of 128": func(s *tinymodel.Shape) { s.Heads, s.KVHeads, s.HeadDim = 2, 1, 128 },
		"rotated in part": func(s *tinymodel.Shape) {
			s.Extra = []gguf.KV{{Key: "llama.rope.dimension_count", Value: uint32(8)}}
		},
		"linear scaling": func(s *tinymodel.Shape) {
			s.Extra = []gguf.KV{
				{Key: "llama.rope.scaling.type", Value: "linear"}, {Key: "llama.rope.scaling.factor", Value: float32(4)},
			}
		},
		"llama3 scaling": func(s *tinymodel.Shape) {
			s.Extra = []gguf.KV{
				{Key: "llama.rope.scaling.type", Value: "llama3"},
				{Key: "llama.rope.scaling.factor", Value: float32(8)},
				{Key: "llama.rope.scaling.original_context_length", Value: uint32(64)},
			}
		},
		"RoPE factors": func(s *tinymodel.Shape) { s.RopeFactors = []float32{1, 1, 1.5, 2, 3, 4, 6, 8} },
		"like Q4_K_M":  likeQ4KM,
	}
	for _, typ := range quant.Types {
		cases[typ.String()] = func(s *tinymodel.Shape) {
			s.Dim, s.FFN, s.Heads, s.KVHeads, s.HeadDim, s.Type = 256, 256, 4, 2, 64, typ
		}
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			shape := tinymodel.Default()
			change(&shape)
			path := tinymodel.Write(t, shape)
			want, _ := run(t, load(t, gputest.Reference(t), path), small(t, actqkv.ActQKV), shaders.KV32, text(61))
			got, _ := run(t, load(t, gputest.Open(t), path), small(t, actqkv.ActQKV), shaders.KV32, text(61))
			requireClose(t, got, want, 2e-4)
		})
	}
}

func TestMethodsAgree(t *testing.T) {
	path := tinymodel.Write(t, tinymodel.Default())
	vulkan, reference := load(t, gputest.Open(t), path), load(t, gputest.Reference(t), path)
	for _, method := range actqkv.Methods() {
		for name, kv := range map[string]shaders.KV{"f16": shaders.KV16, "f32": shaders.KV32} {
			t.Run(method+" "+name, func(t *testing.T) {
				s := small(t, actqkv.Method(method))
				want, wantSteps := run(t, reference, s, kv, text(73))
				got, gotSteps := run(t, vulkan, s, kv, text(73))
				requireClose(t, got, want, 2e-3)
				for i, w := range wantSteps {
					for l := range w.Layers {
						if g, w := gotSteps[i].Layers[l], w.Layers[l]; g.K != w.K || math.Abs(float64(g.H-w.H)) > 1e-3 {
							t.Errorf("step %d, layer %d: k = %d and h = %v, want %d and %v", i, l, g.K, g.H, w.K, w.H)
						}
					}
				}
			})
		}
	}
}

// A device whose memory the host cannot reach computes and tells the same to the
// bit.
func TestStaged(t *testing.T) {
	path := tinymodel.Write(t, tinymodel.Default())
	for _, method := range actqkv.Methods() {
		s := small(t, actqkv.Method(method))
		want, wantSteps := run(t, load(t, gputest.Open(t), path), s, shaders.KV16, text(73))
		got, gotSteps := run(t, load(t, gputest.Staged(t), path), s, shaders.KV16, text(73))
		requireClose(t, got, want, 0)
		if !reflect.DeepEqual(gotSteps, wantSteps) {
			t.Errorf("%s: steps tell something else", method)
		}
	}
}

// TestCrew has steps that several devices share give what one gives, to the bit, while
// blocks fill up and when all of them have also been the work of one.
func TestCrew(t *testing.T) {
	path := tinymodel.Write(t, tinymodel.Default())
	s, ids := small(t, actqkv.ActQKV), text(150)
	sessions := []*model.Session{}
	for _, dev := range []gpu.Device{gputest.Open(t), gputest.Crew(t, 2), gputest.Crew(t, 3)} {
		ses, err := load(t, dev, path).NewSession(model.SessionOptions{Settings: s, KV: shaders.KV16, Capacity: len(ids)})
		if err != nil {
			t.Fatal(err)
		}
		defer ses.Close()
		if err := ses.Prefill(context.Background(), ids[:50], nil); err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, ses)
	}
	for i, id := range ids[50:] {
		var want []float32
		var wantStep *trace.Step
		for n, ses := range sessions {
			got, step, err := ses.Step(context.Background(), id)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				want, wantStep = slices.Clone(got), step
			} else if !slices.Equal(got, want) || !reflect.DeepEqual(step, wantStep) {
				t.Fatalf("step %d of a crew of %d differs", i, n+1)
			}
		}
	}
}

// The model is the same whether its file has rotary pairs as neighbours or as
// halves, if the architecture says so.
func TestNeox(t *testing.T) {
	s := tinymodel.Default()
	dev := gputest.Open(t)
	want, _ := run(t, load(t, dev, tinymodel.Write(t, s)), small(t, actqkv.ActQKV), shaders.KV32, text(40))
	s.Rows = func(d, i int) int { return i/2 + i%2*d/2 }
	s.Edit = func(kv []gguf.KV, tensors []gguf.TensorData) ([]gguf.KV, []gguf.TensorData) {
		for i := range kv {
			if kv[i].Key == "general.architecture" {
				kv[i].Value = "neoxtest"
			} else if rest, ok := strings.CutPrefix(kv[i].Key, "llama."); ok {
				kv[i].Key = "neoxtest." + rest
			}
		}
		return kv, tensors
	}
	got, _ := run(t, load(t, dev, tinymodel.Write(t, s)), small(t, actqkv.ActQKV), shaders.KV32, text(40))
	requireClose(t, got, want, 0)
}

// With room for everything, a method that recalls all blocks attends what dense
// attention does up to the local window, where global keys begin to differ.
func TestDenseWithinLocalWindow(t *testing.T) {
	m := load(t, gputest.Open(t), tinymodel.Write(t, tinymodel.Default()))
	ids := text(30)
	s := small(t, actqkv.ActQKV)
	s.Local = len(ids)
	full := small(t, actqkv.Full)
	want, _ := run(t, m, full, shaders.KV32, ids)
	got, _ := run(t, m, s, shaders.KV32, ids)
	requireClose(t, got, want, 1e-4)
}

// Reading in windows of any size, or token by token, gives the same with dense
// attention.
func TestWindowSizes(t *testing.T) {
	m := load(t, gputest.Open(t), tinymodel.Write(t, tinymodel.Default()))
	s := small(t, actqkv.Full)
	want, _ := run(t, m, s, shaders.KV32, text(50))
	for _, window := range []int{1, 3, 17, 64} {
		s.Window = window
		got, _ := run(t, m, s, shaders.KV32, text(50))
		requireClose(t, got, want, 1e-4)
	}
}

// All but the KV store has the same size however long the text is.
func TestMemory(t *testing.T) {
	m := load(t, gputest.Open(t), tinymodel.Write(t, tinymodel.Default()))
	short, long := newSession(t, m, settings(t, actqkv.ActQKV, "fovea"), 1000), newSession(t, m, settings(t, actqkv.ActQKV, "fovea"), 100_000)
	if a, b := short.Memory(), long.Memory(); a.Fixed != b.Fixed || b.Store < 90*a.Store {
		t.Errorf("a short session holds %+v, a long one %+v", a, b)
	}
	before := long.Memory()
	if err := long.Prefill(context.Background(), text(3000), nil); err != nil {
		t.Fatal(err)
	}
	if after := long.Memory(); after != before {
		t.Errorf("reading changes %+v to %+v", before, after)
	}
}

// A session that outgrows its room goes on as if it had had it from the start.
func TestGrow(t *testing.T) {
	m := load(t, gputest.Open(t), tinymodel.Write(t, tinymodel.Default()))
	s := small(t, actqkv.ActQKV)
	ids := text(150)
	var got [2][]float32
	for i, capacity := range []int{16, len(ids)} {
		ses := newSession(t, m, s, capacity)
		for _, id := range ids[:30] { // decode steps grow it, too
			next(t, ses, id)
		}
		got[i] = append([]float32(nil), logits(t, ses, ids[30:])...)
	}
	requireClose(t, got[:1], got[1:], 0)
}

func TestSessionErrors(t *testing.T) {
	m := load(t, gputest.Open(t), tinymodel.Write(t, tinymodel.Default()))
	s := newSession(t, m, small(t, actqkv.ActQKV), 100)
	if err := s.Prefill(context.Background(), []int32{1, -1}, nil); err == nil || !strings.Contains(err.Error(), "not in the vocabulary") {
		t.Errorf("a negative id: %v", err)
	}
	if _, _, err := s.Step(context.Background(), tinymodel.Vocab); err == nil || !strings.Contains(err.Error(), "not in the vocabulary") {
		t.Errorf("an id behind the vocabulary: %v", err)
	}
	stopped, stop := context.WithCancel(context.Background())
	stop()
	if err := s.Prefill(stopped, text(20), nil); !errors.Is(err, context.Canceled) || s.Pos() != 0 {
		t.Errorf("a stopped context: %v, at %d", err, s.Pos())
	}
	next(t, s, 1) // none of it did harm
	if _, err := m.NewSession(model.SessionOptions{Settings: settings(t, actqkv.Full, "paper"), Capacity: 513}); err == nil || !strings.Contains(err.Error(), "window of 512") {
		t.Errorf("dense attention beyond the window: %v", err)
	}
	if _, err := m.NewSession(model.SessionOptions{Settings: small(t, actqkv.ActQKV), Capacity: 1 << 30}); err == nil || !strings.Contains(err.Error(), "do not fit") {
		t.Errorf("a session too large for a buffer: %v", err)
	}
}
