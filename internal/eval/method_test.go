package eval

import (
	"strings"
	"testing"

	"fovea/model/actqkv"
)

// Methods are compared at equal totals, whatever the budget.
func TestEqualBudgets(t *testing.T) {
	for _, budget := range []int{128, 256, 512, 768, 1024, 2048, 4096} {
		for _, m := range Methods() {
			s, err := m.Settings(budget)
			if err != nil {
				t.Fatal(err)
			}
			if !m.Dense() && s.Budget() != budget {
				t.Errorf("%s attends %d tokens at a budget of %d", m.Name, s.Budget(), budget)
			}
			if s.Method == actqkv.ActQKV && budget > 256 && s.KMin >= s.TopK {
				t.Errorf("%s at %d: a layer recalls %d blocks at least and %d on average", m.Name, budget, s.KMin, s.TopK)
			}
		}
	}
}

// At the published budget the settings are the published ones.
func TestPublishedSettings(t *testing.T) {
	for name, preset := range map[string]string{"paper": "paper", Fovea: "fovea"} {
		want, err := actqkv.New(actqkv.ActQKV, preset)
		if err != nil {
			t.Fatal(err)
		}
		methods, err := MethodsNamed([]string{name})
		if err != nil || len(methods) != 1 {
			t.Fatal(methods, err)
		}
		if got, err := methods[0].Settings(2048); err != nil || got != want {
			t.Errorf("%s is %+v, %v; want %+v", name, got, err, want)
		}
	}
}

// Each part that is switched off is the only difference.
func TestPartsDiffer(t *testing.T) {
	methods := map[string]actqkv.Settings{}
	for _, m := range Methods() {
		s, err := m.Settings(1024)
		if err != nil {
			t.Fatal(err)
		}
		methods[m.Name] = s
	}
	for name, restore := range map[string]func(*actqkv.Settings){
		"fovea-no-bias":   func(s *actqkv.Settings) { s.MeanProbe = false },
		"fovea-no-cutoff": func(s *actqkv.Settings) { s.FixedK = false },
		"fovea-entropy":   func(s *actqkv.Settings) { s.Spread, s.History = true, 100 },
		NoQuestion:        func(s *actqkv.Settings) { s.QuestionWeight, s.AskWeight = 4, 1 },
		"fovea-small-blocks": func(s *actqkv.Settings) {
			s.BlockSize, s.TopK, s.KMin, s.KMax = 32, s.TopK/2, s.KMin/2, s.KMax/2
		},
		OneLook: func(s *actqkv.Settings) { s.AskTopK = 2 * s.TopK },
	} {
		s, base := methods[name], OneLook
		if name == OneLook {
			base = Fovea
		}
		if s == methods[base] {
			t.Errorf("%s is %s", name, base)
		}
		if restore(&s); s != methods[base] {
			t.Errorf("%s differs from %s in more than its part: %+v", name, base, s)
		}
	}
}

func TestMethodErrors(t *testing.T) {
	if _, err := MethodsNamed([]string{Full, "none"}); err == nil || !strings.Contains(err.Error(), "fovea-no-bias") {
		t.Errorf("error %v, want the methods that there are", err)
	}
	for _, budget := range []int{0, 64, 1000, -128} {
		if _, err := Methods()[1].Settings(budget); err == nil || !strings.Contains(err.Error(), "multiple of 64") {
			t.Errorf("budget %d: error %v", budget, err)
		}
	}
}
