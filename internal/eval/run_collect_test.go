package eval

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

// counted gives most texts of two questions each.
func counted(task string, fixed bool, most int) Source {
	return Source{Task: task, Fixed: fixed, Sample: func(length, index int) (Sample, error) {
		if index == most {
			return Sample{}, io.EOF
		}
		s := Sample{Task: task, ID: fmt.Sprint(task, length, index), Length: length}
		s.Questions = []Question{{ID: "1"}, {ID: "2"}}
		return s, nil
	}}
}

// Every task and length gets as many questions as wanted, or as there are.
func TestCollect(t *testing.T) {
	all, err := Collect([]Source{counted("a", false, 9), counted("b", true, 9), counted("c", false, 1)}, []int{100, 200}, 3)
	if err != nil {
		t.Fatal(err)
	}
	questions := map[string]int{}
	for _, s := range all {
		questions[fmt.Sprint(s.Task, s.Length)] += len(s.Questions)
	}
	want := map[string]int{"a100": 3, "a200": 3, "b0": 3, "c100": 2, "c200": 2}
	if fmt.Sprint(questions) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", questions, want)
	}
}

func TestCollectErrors(t *testing.T) {
	wrong := errors.New("wrong")
	for says, sample := range map[string]func(int, int) (Sample, error){
		"text 1 of task a of 100 tokens": func(int, int) (Sample, error) { return Sample{}, wrong },
		"has no question":                func(int, int) (Sample, error) { return Sample{}, nil },
	} {
		if _, err := Collect([]Source{{Task: "a", Sample: sample}}, []int{100}, 1); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want %q", err, says)
		}
	}
}

// Progress only grows, and ends with all questions.
func TestProgress(t *testing.T) {
	s, path := tiny(t), filepath.Join(t.TempDir(), "progress.jsonl")
	methods, err := MethodsNamed([]string{"streaming", Fovea})
	if err != nil {
		t.Fatal(err)
	}
	for _, before := range []bool{false, true} {
		last := Progress{}
		o := Options{Samples: []Sample{tell("a", 400)}, Methods: methods, Budgets: []int{128}, Before: before, Progress: func(p Progress) {
			if p.Done < last.Done || p.Of != 4 || p.Left < 0 || !strings.Contains(p.Doing, "a#") {
				t.Errorf("%+v after %+v", p, last)
			}
			last = p
		}}
		if err := Run(t.Context(), s, openLog(t, path+fmt.Sprint(before), o.Header), o); err != nil {
			t.Fatal(err)
		}
		if last.Done != 4 {
			t.Errorf("the last that was told is %+v", last)
		}
	}
}
