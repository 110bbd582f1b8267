// Package eval measures how well a method of KV retention answers questions
// about long texts: tasks generated from a seed or read from the files of known
// benchmarks, methods side by side at equal budgets, and reports of what came
// out.
package eval

// Sample is a text with questions about it. The text is read once; each
// question is asked from the state after it.
type Sample struct {
	Task    string // name of the task
	ID      string // unique within the task, the same for the same seed
	Length  int    // tokens that the text was made for; 0: it has the length that it has
	Source  string // what the text was made of; empty: of nothing foreign
	Context string
	// Raw samples are completed as they are, without the model's chat template.
	Raw       bool
	Questions []Question
}

// Question is a question about a text, with the answers that count as right.
type Question struct {
	ID      string // unique within the sample
	Text    string
	Answers []string // any of them is right, but for metrics that say otherwise
	Metric  string   // name of the measure, see Score
	// Classes are all answers that are possible, for the metric Classification.
	Classes []string
	// FirstLine says that only the answer's first line counts, empty ones aside,
	// so it may end there.
	FirstLine bool
	// Joint stands between the text and the question; empty: a blank line.
	Joint string
	// Lead is the beginning of the answer, which the model is given, as small
	// models need it; it is no part of what is scored.
	Lead string
	// MaxTokens is the most tokens of an answer.
	MaxTokens int
	// Needles are the bytes of the text that have the answer, where they are
	// known: ranges of Sample.Context.
	Needles []Range
	// Depth is where the first needle is: 0 at the beginning of the text, 1 at
	// its end; negative: not known.
	Depth float64
}

// Range is a range of bytes.
type Range struct{ Start, End int }
