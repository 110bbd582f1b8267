package eval

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode"
)

// countWords stands for a tokenizer: words, numbers digit by digit, and signs.
func countWords(text string) (n int) {
	inWord := false
	for _, r := range text {
		letter := unicode.IsLetter(r)
		if r > ' ' && !(letter && inWord) {
			n++
		}
		inWord = letter
	}
	return n
}

var opticks = sync.OnceValues(func() (*Haystack, error) { return Opticks(context.Background()) })

func prosePile(t *testing.T) *Haystack {
	t.Helper()
	h, err := opticks()
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func generate(t *testing.T, name string, o TaskOptions) Sample {
	t.Helper()
	task, err := TaskNamed(name)
	if err != nil {
		t.Fatal(err)
	}
	o.Count, o.Haystack = countWords, prosePile(t)
	s, err := task.Generate(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestTasks: what holds for every task at several lengths.
func TestTasks(t *testing.T) {
	for _, task := range Tasks() {
		for _, length := range []int{3000, 8000, 20000} {
			s := generate(t, task.Name, TaskOptions{Seed: 7, Index: 3, Length: length})
			n := countWords(s.Context)
			// Common words grows by 3 words of a list of long numbers, the others by
			// less than a long sentence.
			if n > length || n < length-300 {
				t.Errorf("%s: %d tokens, want just under %d", s.ID, n, length)
			}
			if (s.Source != "") != task.RealText {
				t.Errorf("%s: made of %q", s.ID, s.Source)
			}
			want := DefaultFacts
			if task.Name == "common-words" {
				want = 1
			}
			if len(s.Questions) != want {
				t.Errorf("%s: %d questions, want %d", s.ID, len(s.Questions), want)
			}
			ids := map[string]bool{}
			for _, q := range s.Questions {
				ids[q.ID] = true
				checkQuestion(t, s, q)
			}
			if len(ids) != want {
				t.Errorf("%s: question ids %v", s.ID, ids)
			}
		}
	}
}

func checkQuestion(t *testing.T, s Sample, q Question) {
	t.Helper()
	if q.Text == "" || q.MaxTokens <= 0 || len(q.Needles) == 0 {
		t.Errorf("%s %s: incomplete: %+v", s.ID, q.ID, q)
		return
	}
	if want := float64(q.Needles[0].Start) / float64(len(s.Context)); q.Depth != want {
		t.Errorf("%s %s: depth %v, want %v", s.ID, q.ID, q.Depth, want)
	}
	var needles []string
	for i, at := range q.Needles {
		needles = append(needles, s.Context[at.Start:at.End])
		if i > 0 && at.Start < q.Needles[i-1].End {
			t.Errorf("%s %s: needles overlap or are out of order: %v", s.ID, q.ID, q.Needles)
		}
	}
	text := strings.Join(needles, "\n")
	for _, a := range q.Answers {
		if !strings.Contains(text, a) {
			t.Errorf("%s %s: the needles %q lack the answer %q", s.ID, q.ID, text, a)
		}
		if strings.Count(s.Context, a) != strings.Count(text, a) && s.Task != "common-words" {
			t.Errorf("%s %s: the answer %q also stands elsewhere", s.ID, q.ID, a)
		}
	}
	if score, err := Score(q, " "+strings.Join(q.Answers, ", ")+"."); err != nil || score != 1 {
		t.Errorf("%s %s: the right answer scores %v, %v", s.ID, q.ID, score, err)
	}
	if score, err := Score(q, " 98 nothing"); err != nil || score != 0 {
		t.Errorf("%s %s: a wrong answer scores %v, %v", s.ID, q.ID, score, err)
	}
}

// TestDepths: the facts of a text are spread over it evenly, one in each part,
// and the questions come in another order.
func TestDepths(t *testing.T) {
	for _, name := range []string{"passkey", "number-string", "key-value", "needle"} {
		s := generate(t, name, TaskOptions{Seed: 1, Length: 12000})
		depths := []float64{}
		for _, q := range s.Questions {
			depths = append(depths, q.Depth)
		}
		if slices.IsSorted(depths) {
			t.Errorf("%s: questions in the order of the text", name)
		}
		slices.Sort(depths)
		for i, d := range depths {
			if low, high := float64(i)/10, float64(i+1)/10; d < low-0.02 || d > high+0.02 {
				t.Errorf("%s: the fact %d is at %.3f, want between %.1f and %.1f", name, i, d, low, high)
			}
		}
	}
	for _, q := range generate(t, "multi-needle", TaskOptions{Seed: 1, Length: 12000}).Questions {
		if len(q.Needles) != valuesPerKey || q.Needles[3].Start-q.Needles[0].Start < 12000 {
			t.Errorf("multi-needle: values stand too close or are missing: %v", q.Needles)
		}
	}
}

// TestVariables follows the assignments and must find the answers.
func TestVariables(t *testing.T) {
	s := generate(t, "variables", TaskOptions{Seed: 5, Length: 4000})
	value := map[string]string{}
	for _, m := range regexp.MustCompile(`VAR (\w+) = (?:VAR )?(\w+)\.`).FindAllStringSubmatch(s.Context, -1) {
		right := m[2]
		if v, ok := value[right]; ok {
			right = v
		} else if _, err := strconv.Atoi(right); err != nil {
			t.Errorf("%s is assigned before it has a value", right)
		}
		value[m[1]] = right
	}
	if len(value) != DefaultFacts*(hops+1) {
		t.Fatalf("%d variables, want %d", len(value), DefaultFacts*(hops+1))
	}
	for _, q := range s.Questions {
		for _, name := range q.Answers {
			if !strings.Contains(q.Text, value[name]) {
				t.Errorf("%q: %s has the value %s", q.Text, name, value[name])
			}
		}
	}
}

// TestCommonWords counts the words.
func TestCommonWords(t *testing.T) {
	for length, times := range map[int][2]int{3000: {6, 1}, 8000: {30, 3}} {
		s := generate(t, "common-words", TaskOptions{Seed: 5, Length: length})
		count := map[string]int{}
		for _, m := range regexp.MustCompile(`\d+\. (\w+)`).FindAllStringSubmatch(s.Context, -1) {
			count[m[1]]++
		}
		for word, n := range count {
			want := times[1]
			if slices.Contains(s.Questions[0].Answers, word) {
				want = times[0]
			}
			if n != want {
				t.Errorf("%d tokens: %s comes %d times, want %d", length, word, n, want)
			}
		}
		if len(s.Questions[0].Needles) != commonest*times[0] {
			t.Errorf("%d needles", len(s.Questions[0].Needles))
		}
	}
}

func TestProseIsNotRepeated(t *testing.T) {
	s := generate(t, "needle", TaskOptions{Seed: 2, Length: 60000})
	seen := map[string]bool{}
	for p := range strings.SplitSeq(s.Context, "\n\n") {
		if seen[p] {
			t.Errorf("comes twice: %q", p)
		}
		seen[p] = true
	}
}

// TestSamplesAreReproducible: the same options give the same text, others
// another one, and no change of the code changes texts unseen.
func TestSamplesAreReproducible(t *testing.T) {
	for _, task := range Tasks() {
		o := TaskOptions{Seed: 7, Index: 1, Length: 3000}
		s := generate(t, task.Name, o)
		if again := generate(t, task.Name, o); !reflect.DeepEqual(s, again) {
			t.Errorf("%s: the same options give another text", task.Name)
		}
		for _, other := range []TaskOptions{{Seed: 8, Index: 1, Length: 3000}, {Seed: 7, Index: 2, Length: 3000}} {
			o := generate(t, task.Name, other)
			if o.ID == s.ID || o.Questions[0].Answers[0] == s.Questions[0].Answers[0] {
				t.Errorf("%s: other options give the same text", task.Name)
			}
		}
	}
	const want = "ca3bfd993bfb"
	s := generate(t, "passkey", TaskOptions{Seed: 1, Length: 2000})
	if got := fmt.Sprintf("%x", sha256.Sum256([]byte(s.Context)))[:12]; got != want {
		t.Errorf("the text of %s has the hash %s, want %s: results before this change cannot be compared with those after it", s.ID, got, want)
	}
}

func TestNumberStringsRepeat(t *testing.T) {
	for _, q := range generate(t, "number-string", TaskOptions{Length: 3000}).Questions {
		runs := 1
		for i := 1; i < len(q.Answers[0]); i++ {
			if q.Answers[0][i] != q.Answers[0][i-1] {
				runs++
			}
		}
		if len(q.Answers[0]) != 10 || runs > 5 {
			t.Errorf("%s: want ten digits of which five repeat a neighbour", q.Answers[0])
		}
	}
}

func TestTaskErrors(t *testing.T) {
	h := prosePile(t)
	for _, task := range Tasks() {
		if _, err := task.Generate(TaskOptions{Length: 40, Count: countWords, Haystack: h}); !errors.Is(err, ErrTooShort) {
			t.Errorf("%s with 40 tokens: %v", task.Name, err)
		}
		if _, err := task.Generate(TaskOptions{Length: 200_000, Count: countWords, Haystack: h}); task.RealText != errors.Is(err, ErrUsedUp) {
			t.Errorf("%s with 200,000 tokens: %v", task.Name, err)
		}
		if _, err := task.Generate(TaskOptions{Length: 3000, Count: countWords}); task.RealText != (err != nil) {
			t.Errorf("%s without a haystack: %v", task.Name, err)
		}
	}
	if _, err := TaskNamed("haystack"); err == nil || !strings.Contains(err.Error(), "multi-needle") {
		t.Errorf("unknown task: %v", err)
	}
	passkey, _ := TaskNamed("passkey")
	if _, err := passkey.Generate(TaskOptions{Length: 90000, Facts: 1000, Count: countWords}); err == nil || !strings.Contains(err.Error(), "names for facts") {
		t.Errorf("1000 facts: %v", err)
	}
}

func TestUUID(t *testing.T) {
	g := newGenerator("key-value", TaskOptions{})
	for range 100 {
		if u := g.uuid(); !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(u) {
			t.Fatalf("%s is no UUID of version 4", u)
		}
	}
	if sum := slices.Max(g.depths(4)); sum < 0.75 || sum >= 1 || math.IsNaN(sum) {
		t.Errorf("the last of four depths is %v", sum)
	}
}
