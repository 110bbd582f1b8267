package eval

import (
	"fmt"
	"slices"
	"strings"
)

// Names of metrics, for Question.Metric. Each gives a score from 0 to 1. Where
// a question has several answers, the best score counts, unless the comment
// says otherwise.
const (
	// Of generated tasks.
	Contains    = "contains"     // the answer occurs, whatever its case
	ContainsAll = "contains-all" // the share of the answers that occur, whatever their case
	Exact       = "exact"        // equal, but for case, punctuation, articles and spaces

	// Of LongBench.
	F1             = "f1"              // of English words: bags of words, without case, punctuation and articles
	F1Chinese      = "f1-zh"           // of characters, without case, punctuation and spaces; see below
	RougeL         = "rouge-l"         // of English words
	RougeLChinese  = "rouge-l-zh"      // of Chinese characters and Latin words; see below
	EditSimilarity = "edit-similarity" // of the first line of code
	Classification = "classification"  // one divided by the number of classes that are named, where the right one is
	Retrieval      = "retrieval"       // the share of the named numbers that are the right paragraph's
	Count          = "count"           // the share of the named numbers that are the right one

	// Of infinity-Bench. Answers of choices are an option's text and its letter.
	FirstNumber = "first-number" // the first digits are the answer
	LastNumber  = "last-number"  // the last word is the answer, a number
	Value       = "value"        // the first number, with its decimals, equals the answer
	Word        = "word"         // the answer is one of the words
	Name        = "name"         // the first answer is one of the words, in capitals
	Choice      = "choice"       // the letter or the text of the right option
	DebugChoice = "debug-choice" // the same, for answers that reason before they choose
	Sequence    = "sequence"     // the share of the answers, all numbers, that are right up to the first that is not
	RougeLSum   = "rouge-lsum"   // summary-level ROUGE-L over lines
)

// LongBench cuts Chinese into words with a dictionary of its own choice before
// it compares; f1-zh and rouge-l-zh compare characters, as infinity-Bench does.
// Scores of LongBench's Chinese tasks are therefore not those of its tables.

// metrics are the functions that compare an answer with one right answer.
var metrics = map[string]func(answer, right string) float64{
	Contains:       contains,
	Exact:          exact,
	F1:             f1English,
	F1Chinese:      f1Chinese,
	RougeL:         rougeL,
	RougeLChinese:  rougeLChinese,
	RougeLSum:      rougeLSum,
	EditSimilarity: editSimilarity,
	Retrieval:      shareOfNumbers,
	Count:          shareOfNumbers,
	FirstNumber:    firstNumber,
	LastNumber:     lastNumber,
	Value:          value,
	Word:           word,
	Name:           name,
}

// metricsOfAll are the functions that look at all right answers at once.
var metricsOfAll = map[string]func(answer string, q Question) float64{
	ContainsAll:    containsAll,
	Classification: classification,
	Choice:         choice,
	DebugChoice:    debugChoice,
	Sequence:       sequence,
}

// Metrics are the names of all metrics, sorted.
func Metrics() []string {
	var names []string
	for n := range metrics {
		names = append(names, n)
	}
	for n := range metricsOfAll {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Score is how right an answer to a question is: 0 wrong, 1 right. It fails
// for a metric that does not exist and a question without answers.
func Score(q Question, answer string) (float64, error) {
	if len(q.Answers) == 0 {
		return 0, fmt.Errorf("eval: question %s has no answers; give it at least one", q.ID)
	}
	if q.FirstLine {
		answer, _, _ = strings.Cut(strings.TrimLeft(answer, "\n"), "\n")
	}
	if all, ok := metricsOfAll[q.Metric]; ok {
		return all(answer, q), nil
	}
	one, ok := metrics[q.Metric]
	if !ok {
		return 0, fmt.Errorf("eval: question %s has the metric %q, which does not exist; use one of %s", q.ID, q.Metric, strings.Join(Metrics(), ", "))
	}
	// One name in capitals is looked for; the others are its spellings.
	if q.Metric == Name {
		return one(answer, q.Answers[0]), nil
	}
	best := 0.0
	for _, right := range q.Answers {
		best = max(best, one(answer, right))
	}
	return best, nil
}

// truth is 1 for true.
func truth(ok bool) float64 {
	if ok {
		return 1
	}
	return 0
}

func contains(answer, right string) float64 {
	return truth(strings.Contains(strings.ToLower(answer), strings.ToLower(right)))
}

func containsAll(answer string, q Question) float64 {
	found := 0.0
	for _, right := range q.Answers {
		found += contains(answer, right)
	}
	return found / float64(len(q.Answers))
}

func exact(answer, right string) float64 {
	return truth(slices.Equal(englishWords(answer), englishWords(right)))
}
