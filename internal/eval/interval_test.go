package eval

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// The wanted values solve |p - x/n| = z sqrt(p(1-p)/n) for p: the definition of
// the score interval, here checked by putting the bounds in.
func TestWilson(t *testing.T) {
	for _, c := range [][2]int{{1, 10}, {6, 10}, {95, 100}, {10, 40}} {
		in := Wilson(c[0], c[1])
		share, n := float64(c[0])/float64(c[1]), float64(c[1])
		for _, p := range []float64{in.Low, in.High} {
			near(t, "distance in standard errors", math.Abs(p-share)/math.Sqrt(p*(1-p)/n), 1.959963984540054, 1e-9)
		}
		if in.Low >= share || in.High <= share || in.Value != share || in.N != c[1] {
			t.Errorf("%v: %+v", c, in)
		}
	}
	// z^2/(n+z^2) is the known closed form for no successes.
	near(t, "upper bound of 0 of 10", Wilson(0, 10).High, 3.841458820694124/13.841458820694124, 1e-12)
	if in := Wilson(10, 10); in.High != 1 || in.Low < 0.72 || in.Low > 0.73 {
		t.Errorf("10 of 10: %+v", in)
	}
	if in := Wilson(0, 0); in.Low != 0 || in.High != 1 {
		t.Errorf("0 of 0: %+v", in)
	}
}

// For many independent values the interval is the normal one, and groups of
// equal values count once.
func TestBootstrap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var single, grouped [][]float64
	for range 400 {
		v := r.NormFloat64()
		single, grouped = append(single, []float64{v}), append(grouped, []float64{v, v, v, v})
	}
	in, g := Bootstrap(single), Bootstrap(grouped)
	near(t, "width", in.High-in.Low, 2*1.96/20, 0.03)
	near(t, "value in groups", g.Value, in.Value, 1e-12)
	near(t, "lower bound in groups", g.Low, in.Low, 1e-12)
	if in.N != 400 || g.N != 1600 || in != Bootstrap(single) {
		t.Errorf("%+v, %+v", in, g)
	}
	if none := Bootstrap(nil); !math.IsNaN(none.Value) {
		t.Errorf("of nothing: %+v", none)
	}
	if same := Bootstrap([][]float64{{2}, {2}, {2}}); same.Value != 2 || same.Low != 2 || same.High != 2 {
		t.Errorf("of equal values: %+v", same)
	}
}

func TestBootstrapRatio(t *testing.T) {
	in := BootstrapRatio([][]float64{{1, 2}, {3}}, [][]float64{{2, 4}, {6}})
	if in.Value != 0.5 || in.Low != 0.5 || in.High != 0.5 || in.N != 3 {
		t.Errorf("%+v", in)
	}
	if in := BootstrapRatio([][]float64{{1}}, [][]float64{{0}}); !math.IsNaN(in.Low) {
		t.Errorf("over nothing: %+v", in)
	}
}

func TestSignTest(t *testing.T) {
	near(t, "9 to 1", SignTest(9, 1), 2*11.0/1024, 1e-12)
	near(t, "0 to 5", SignTest(0, 5), 2.0/32, 1e-12)
	for _, c := range [][2]int{{0, 0}, {3, 3}} {
		near(t, "a draw", SignTest(c[0], c[1]), 1, 0)
	}
}
