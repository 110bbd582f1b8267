package eval

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
)

// ErrTooShort is that a text cannot be so short, ErrUsedUp that the haystack
// has no more prose.
var (
	ErrTooShort = errors.New("the length is too small")
	ErrUsedUp   = errors.New("the haystack is used up")
)

// DefaultFacts is the number of questions to a text where TaskOptions give none.
const DefaultFacts = 10

// Task makes texts with questions from a seed. The texts have the form of RULER's
// and infinity-Bench's, in words of our own, and several independent facts each,
// so that one reading of a text serves many questions.
type Task struct {
	Name  string
	About string // what it asks, for a person
	// RealText says that the texts are made of TaskOptions.Haystack.
	RealText bool

	generate func(g *generator) error
}

// TaskOptions choose a text. The same options give the same text.
type TaskOptions struct {
	Seed   uint64
	Index  int // which of the texts of this seed and length
	Length int // tokens of the text at most; it has few less
	// Count is the number of tokens of a text, beginning of text not among them.
	Count    func(string) int
	Haystack *Haystack // of tasks with RealText
	// Facts is the number of questions to a text: 0 means DefaultFacts. They are
	// about facts at depths that are spread evenly: in the i-th of Facts equal
	// parts of the text lies one, at random. Common words has one question.
	Facts int
}

// Tasks are the tasks that are generated.
func Tasks() []Task {
	return []Task{
		{Name: "passkey", About: "a pass key and other facts, each of its own kind, said twice in noise", generate: passkey},
		{Name: "number-string", About: "ten digits with repetitions hidden in noise", generate: numberString},
		{Name: "key-value", About: "the value of a key in a JSON object of random identifiers", generate: keyValue},
		{Name: "needle", About: "facts, each of its own kind, hidden in prose", RealText: true, generate: needle},
		{Name: "multi-needle", About: "four values of one key, far apart in prose", RealText: true, generate: multiNeedle},
		{Name: "variables", About: "all variables that got one value, through chains of assignments in noise", generate: variables},
		{Name: "common-words", About: "the ten most frequent words of a list", RealText: true, generate: commonWords},
	}
}

// TaskNamed finds a task. Its error lists the names.
func TaskNamed(name string) (Task, error) {
	var names []string
	for _, t := range Tasks() {
		if t.Name == name {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return Task{}, fmt.Errorf("eval: there is no task %q; use one of %s", name, strings.Join(names, ", "))
}

// Generate makes a text. Its errors wrap ErrTooShort or ErrUsedUp where another
// length helps.
func (t Task) Generate(o TaskOptions) (Sample, error) {
	if o.Count == nil {
		panic("eval: TaskOptions.Count is nil")
	}
	if !t.RealText {
		o.Haystack = nil // so that texts are the same for whatever tasks it is there
	} else if o.Haystack == nil {
		return Sample{}, fmt.Errorf("eval: the task %s needs a haystack; name text files to take prose from", t.Name)
	}
	g := newGenerator(t.Name, o)
	if t.RealText {
		g.sample.Source = o.Haystack.Name
	}
	if err := t.generate(g); err != nil {
		return Sample{}, fmt.Errorf("eval: task %s with %d tokens and %d facts: %w", t.Name, g.Length, g.Facts, err)
	}
	g.finish()
	return g.sample, nil
}

// generator is a text in the making.
type generator struct {
	TaskOptions
	rng    *rand.Rand
	sample Sample
}

// newGenerator begins a text, with random numbers that depend on all options.
func newGenerator(task string, o TaskOptions) *generator {
	if o.Facts == 0 {
		o.Facts = DefaultFacts
	}
	stream := fnv.New64a()
	fmt.Fprintf(stream, "%s/%d/%d", task, o.Length, o.Index)
	return &generator{TaskOptions: o, rng: rand.New(rand.NewPCG(o.Seed, stream.Sum64())), sample: Sample{
		Task: task, ID: fmt.Sprintf("%s-%d-%d-%d", task, o.Length, o.Seed, o.Index), Length: o.Length,
	}}
}

// finish numbers the questions in random order and tells their depths.
func (g *generator) finish() {
	s := &g.sample
	g.rng.Shuffle(len(s.Questions), func(i, j int) { s.Questions[i], s.Questions[j] = s.Questions[j], s.Questions[i] })
	for i := range s.Questions {
		q := &s.Questions[i]
		q.ID = fmt.Sprintf("q%02d", i+1)
		slices.SortFunc(q.Needles, func(a, b Range) int { return a.Start - b.Start })
		q.Depth = float64(q.Needles[0].Start) / float64(len(s.Context))
	}
}

// fit is the largest n, at most most, for which a text has no more tokens than
// Length. render makes the text with n pieces.
func (g *generator) fit(most int, render func(n int) string) (int, error) {
	fits := func(n int) bool { return g.Count(render(n)) <= g.Length }
	if !fits(0) {
		return 0, fmt.Errorf("%w; choose more tokens or fewer facts", ErrTooShort)
	}
	low, high := 0, 1 // low fits
	for high <= most && fits(high) {
		low, high = high, 2*high
	}
	if high > most {
		if fits(most) {
			return most, nil
		}
		high = most
	}
	for high-low > 1 { // high does not fit
		if mid := (low + high) / 2; fits(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	return low, nil
}

// depths are n depths from 0 to 1, one at random in each of n equal parts.
func (g *generator) depths(n int) []float64 {
	d := make([]float64, n)
	for i := range d {
		d[i] = (float64(i) + g.rng.Float64()) / float64(n)
	}
	return d
}

// digits are n random digits, the first of them not 0.
func (g *generator) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + g.rng.IntN(10))
	}
	b[0] = byte('1' + g.rng.IntN(9))
	return string(b)
}

// distinct are n different results of make.
func distinct(n int, make func() string) []string {
	seen, all := map[string]bool{}, []string{}
	for len(all) < n {
		if s := make(); !seen[s] {
			seen[s] = true
			all = append(all, s)
		}
	}
	return all
}
