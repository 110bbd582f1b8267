package eval

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

func sameScore(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

// TestMetricsByHand has scores worked out with pen and paper.
func TestMetricsByHand(t *testing.T) {
	for _, c := range []struct {
		metric, answer string
		right          []string
		score          float64
		why            string
	}{
		{Contains, "It is 4839271, I think.", []string{"4839271"}, 1, "it occurs"},
		{Contains, "the CITY of oslo", []string{"Bergen", "Oslo"}, 1, "the second answer occurs, in another case"},
		{Contains, "483927", []string{"4839271"}, 0, "a digit is missing"},
		{ContainsAll, "abc, ghi", []string{"ABC", "DEF", "GHI", "JKL"}, 0.5, "2 of 4"},
		{Exact, "The  Prime Minister!", []string{"prime minister"}, 1, "case, article, spaces and punctuation do not count"},
		{Exact, "prime minister of Norway", []string{"prime minister"}, 0, "two words too many"},

		{F1, "The cat sat on the mat.", []string{"a cat on a mat"}, 6.0 / 7, "cat sat on mat / cat on mat: 3 in common, precision 3/4, recall 1"},
		{F1, "no no no", []string{"no"}, 0.5, "one of three counts: precision 1/3, recall 1"},
		{F1, "", []string{"cat"}, 0, "nothing in common"},
		{F1, "a the an", []string{"the"}, 0, "articles are no words"},
		{F1, "x", []string{"dog", "x y"}, 2.0 / 3, "the best answer counts: precision 1, recall 1/2"},
		{F1, "well-known", []string{"wellknown"}, 1, "a hyphen goes without a space"},
		{F1, "an anthem", []string{"anthem"}, 1, "only whole words are articles"},
		{F1Chinese, "北京，中国。", []string{"中国北京市"}, 8.0 / 9, "4 characters in common of 4 and 5"},
		{F1Chinese, "上海", []string{"北京"}, 0, "nothing in common"},

		{RougeL, "the cat sat", []string{"the cat ran away"}, 4.0 / 7, "the cat: precision 2/3, recall 2/4"},
		{RougeL, "w1 w2 w6 w7 w8. w1 w3 w8 w9 w5", []string{"w1 w2 w3 w4 w5"}, 2 * 0.5 * 0.8 / 1.3, "the union w1 w2 w3 w5 of Lin's paper: 4 of 8 different words and 4 of 5"},
		{RougeL, "...", []string{"a"}, 0, "no sentence"},
		{RougeL, "a a a a", []string{"a"}, 1, "words count once"},
		{RougeLChinese, "天气 很好", []string{"天气不好"}, 0.75, "天 气 好: 3 of 4 and of 4"},
		{RougeLChinese, "2023年", []string{"2023 年 底"}, 0.8, "2023 年: 2 of 2, 2 of 3"},
		{RougeLSum, "w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", []string{"w1 w2 w3 w4 w5"}, 2 * 0.4 * 0.8 / 1.2, "the same, of all 10 words and of 5"},
		{RougeLSum, "a a a a", []string{"A!"}, 0.4, "a word counts as often as both have it: 1 of 4 and 1 of 1"},

		{EditSimilarity, "\n\n# a comment\nreturn x\nmore", []string{"return y"}, 0.88, "7 characters match: 14/16 is 87.5 percent, rounded to even"},
		{EditSimilarity, "```\nx = 1", []string{"x = 1"}, 1, "the fence is passed over"},
		{EditSimilarity, "# only a comment", []string{"x = 1"}, 0, "no line of code"},
		{EditSimilarity, "abcd", []string{"bcde"}, 0.75, "bcd: 6/8"},

		{Retrieval, "Paragraph 12", []string{"Paragraph 12"}, 1, "the one number is right"},
		{Retrieval, "Paragraph 12 or 7", []string{"Paragraph 12"}, 0.5, "one of two numbers"},
		{Retrieval, "段落1", []string{"段落12"}, 0, "1 is not 12"},
		{Retrieval, "none", []string{"Paragraph 1"}, 0, "no number"},
		{Count, "17 17 3", []string{"17"}, 2.0 / 3, "two of three numbers"},

		{FirstNumber, " 71432. The grass", []string{"71432"}, 1, "the first digits"},
		{FirstNumber, "1 71432", []string{"71432"}, 0, "other digits come first"},
		{LastNumber, "it returns: -12.\n", []string{"-12"}, 1, "the last word"},
		{LastNumber, "12 apples", []string{"12"}, 0, "the last word is no number"},
		{LastNumber, "", []string{"12"}, 0, "no word"},
		{Value, "It is 88, not 7", []string{"88"}, 1, "the first number"},
		{Value, "5.0", []string{"5"}, 0, "a whole number has no decimals"},
		{Value, "5", []string{"5.0"}, 1, "decimals are compared as numbers"},
		{Value, "none", []string{"5"}, 0, "no number"},
		{Word, "\"ab-1\".\n", []string{"ab-1"}, 1, "marks part words"},
		{Word, "ab-12", []string{"ab-1"}, 0, "another word"},
		{Name, "It's Ace: Rothstein", []string{"ACE", "nobody"}, 1, "in capitals"},
		{Name, "nobody", []string{"ACE", "NOBODY"}, 0, "only the first name is looked for"},
		{Sequence, "[1, 4, 8, 9]", []string{"1", "4", "8"}, 1, "what comes after does not count"},
		{Sequence, "1 4 7 9", []string{"1", "4", "8", "9"}, 0.5, "two before the first error"},
		{Sequence, "1", []string{"1", "2", "3", "4"}, 0.25, "the others are missing"},
	} {
		got, err := Score(Question{Metric: c.metric, Answers: c.right}, c.answer)
		if err != nil || !sameScore(got, c.score) {
			t.Errorf("%s of %q for %q: %v, %v, want %v: %s", c.metric, c.answer, c.right, got, err, c.score, c.why)
		}
	}
}

func TestChoices(t *testing.T) {
	right := []string{"Snowfield", "C"}
	for _, c := range []struct {
		metric, answer string
		score          float64
	}{
		{Choice, "C", 1},
		{Choice, "C. Snowfield", 1},
		{Choice, "B or C", 0}, // the first letter
		{Choice, "Snowfield", 1},
		{Choice, "The answer is Snowfield.", 1}, // the character behind the phrase is passed over
		{Choice, "my answer is: Snowfield", 1},
		{Choice, "my answer is: Snow", 0},
		{Choice, "my answer is:", 0},
		{Choice, "perhaps \"C\"", 1},
		{Choice, "perhaps \"D\"", 0},
		{Choice, "", 0},
		{DebugChoice, "C.", 1},
		{DebugChoice, "C: it fails", 1},
		{DebugChoice, "C", 0}, // only with a full stop or a colon
		{DebugChoice, "The correct option is: `C`", 1},
		{DebugChoice, "The answer is: Option C", 1},
		{DebugChoice, "The answer is: D", 0},
		{DebugChoice, "I found Snowfield", 0},
	} {
		got, err := Score(Question{Metric: c.metric, Answers: right}, c.answer)
		if err != nil || got != c.score {
			t.Errorf("%s of %q: %v, %v, want %v", c.metric, c.answer, got, err, c.score)
		}
	}
}

func TestClassification(t *testing.T) {
	q := Question{Metric: Classification, Answers: []string{"Other location"}, Classes: []string{"Country", "City", "location", "Other location"}}
	for answer, want := range map[string]float64{
		"Other location":          1, // "location" is a part of it and does not count
		"Other location, Country": 0.5,
		"Country":                 0,
		"":                        0,
	} {
		if got, err := Score(q, answer); err != nil || got != want {
			t.Errorf("%q: %v, %v, want %v", answer, got, err, want)
		}
	}
}

func TestFirstLine(t *testing.T) {
	q := Question{Metric: Exact, Answers: []string{"Paris"}, FirstLine: true}
	if got, err := Score(q, "\n\nParis\nDialogue: ..."); err != nil || got != 1 {
		t.Errorf("first line only: %v, %v, want 1", got, err)
	}
	q.FirstLine = false
	if got, err := Score(q, "Paris\nDialogue: ..."); err != nil || got != 0 {
		t.Errorf("all lines: %v, %v, want 0", got, err)
	}
}

// TestMetricsOfOthers has scores that other programs give to random words and
// code: package rouge 1.0.1 (rouge-l), package rouge-score 0.1.2 (rouge-lsum),
// difflib of Python 3.11 (edit-similarity, in whole percents), and Python's
// Counter (f1). They also say what is done where there are several longest
// common subsequences.
func TestMetricsOfOthers(t *testing.T) {
	data, err := os.ReadFile("testdata/metrics.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Metric, Answer, Right string
		Score                 float64
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, c := range cases {
		got, err := Score(Question{Metric: c.Metric, Answers: []string{c.Right}}, c.Answer)
		if err != nil || !sameScore(got, c.Score) {
			t.Errorf("%s of %q for %q: %v, %v, want %v", c.Metric, c.Answer, c.Right, got, err, c.Score)
		}
		seen[c.Metric]++
	}
	for _, m := range []string{F1, RougeL, RougeLSum, EditSimilarity} {
		if seen[m] < 8 {
			t.Errorf("%d cases of %s, want at least 8", seen[m], m)
		}
	}
}

// TestPerfectAnswer: every metric gives a right answer 1.
func TestPerfectAnswer(t *testing.T) {
	for _, m := range Metrics() {
		q := Question{Metric: m, Answers: []string{"12"}, Classes: []string{"12", "13"}}
		answer := "12"
		switch m {
		case Choice, DebugChoice:
			q.Answers, answer = []string{"f", "B"}, "B."
		}
		if got, err := Score(q, answer); err != nil || !sameScore(got, 1) {
			t.Errorf("%s: %v, %v, want 1", m, got, err)
		}
		q.Answers = []string{"34", "C"}
		if got, err := Score(q, answer); err != nil || got != 0 {
			t.Errorf("%s of a wrong answer: %v, %v, want 0", m, got, err)
		}
	}
}

func TestScoreErrors(t *testing.T) {
	if _, err := Score(Question{ID: "q07", Metric: "bleu", Answers: []string{"x"}}, ""); err == nil || !strings.Contains(err.Error(), "q07") || !strings.Contains(err.Error(), RougeL) {
		t.Errorf("unknown metric: %v", err)
	}
	if _, err := Score(Question{ID: "q07", Metric: F1}, ""); err == nil || !strings.Contains(err.Error(), "q07") {
		t.Errorf("no answers: %v", err)
	}
	if !slices.IsSorted(Metrics()) || len(Metrics()) != len(metrics)+len(metricsOfAll) {
		t.Errorf("metrics %v", Metrics())
	}
}
