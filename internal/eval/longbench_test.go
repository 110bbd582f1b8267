package eval

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// benchmarkTasks says what the benchmarks' papers and repositories say of each
// task: its metric and the most tokens of an answer; and for the first line of
// its file in testdata, an answer and its score.
var benchmarkTasks = []struct {
	task, metric string
	maxTokens    int
	answer       string
	score        float64
}{
	{"narrativeqa", F1, 128, "Ann!", 1},
	{"qasper", F1, 128, "Yes.", 1},
	{"multifieldqa_en", F1, 64, "in May 1931", 0.8},
	{"multifieldqa_zh", F1Chinese, 64, "一九三一年", 10.0 / 12},
	{"hotpotqa", F1, 32, "The Danube", 1},
	{"2wikimqa", F1, 32, "Danube river", 2.0 / 3},
	{"musique", F1, 32, "Rhine", 0},
	{"dureader", RougeLChinese, 128, "洗米，加水，煮二十分钟。", 1},
	{"gov_report", RougeL, 512, "The office found delays", 2 * 4.0 / (4 + 10)},
	{"qmsum", RougeL, 512, "They start", 2 * 2.0 / (2 + 4)},
	{"multi_news", RougeL, 512, "A storm hit the coast and five boats were lost.", 1},
	{"vcsum", RougeLChinese, 512, "会议讨论", 2 * 4.0 / (4 + 8)},
	{"trec", Classification, 64, "Other location\nQuestion: Who? Individual", 1},
	{"triviaqa", F1, 32, "\ncones\nPassage: more", 1},
	{"samsum", RougeL, 128, "Bo wants tea.\nDialogue:", 1},
	{"lsht", Classification, 64, "体育 经济", 0.5},
	{"passage_count", Count, 32, "2", 1},
	{"passage_retrieval_en", Retrieval, 32, "Paragraph 2", 1},
	{"passage_retrieval_zh", Retrieval, 32, "段落1", 0},
	{"lcc", EditSimilarity, 64, "    return pi * r * r\n", 1},
	{"repobench-p", EditSimilarity, 64, "# the field\n  int y;", 1},

	{"passkey", FirstNumber, 6, " 71432", 1},
	{"number_string", FirstNumber, 12, "3000077442.", 1},
	{"kv_retrieval", Word, 50, "\"v1-x\"", 1},
	{"longbook_sum_eng", RougeLSum, 1200, "Georgie finds a key.\nShe walks far.", 1},
	{"longbook_choice_eng", Choice, 40, "B. The snowfield", 1},
	{"longbook_qa_eng", F1, 40, "the key", 1},
	{"longbook_qa_chn", F1Chinese, 40, "小红。", 1},
	{"longdialogue_qa_eng", Name, 40, "Gaggi.", 1},
	{"math_find", Value, 3, "88", 1},
	{"math_calc", Sequence, 30000, "[3, 7, 6]", 2.0 / 3},
	{"code_run", LastNumber, 5, "-7.", 1},
	{"code_debug", DebugChoice, 5, "B.", 1},
}

func benchmarkFile(task string) string {
	return filepath.Join("testdata", "benchmarks", task+".jsonl")
}

func TestReadBenchmark(t *testing.T) {
	if len(LongBench()) != 21 || len(InfiniteBench()) != 12 || len(benchmarkTasks) != 33 {
		t.Fatalf("%d tasks of LongBench, %d of infinity-Bench, %d here; want 21, 12, 33", len(LongBench()), len(InfiniteBench()), len(benchmarkTasks))
	}
	for _, c := range benchmarkTasks {
		samples, err := ReadBenchmark(benchmarkFile(c.task), ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, s := range samples {
			n += len(s.Questions)
			for _, q := range s.Questions {
				if strings.Contains(s.Context+q.Text+q.Lead, "{") && c.task != "kv_retrieval" && c.task != "repobench-p" {
					t.Errorf("%s: a brace is left: %q %q %q", c.task, s.Context, q.Text, q.Lead)
				}
			}
		}
		if n != 2 {
			t.Errorf("%s: %d questions, want 2", c.task, n)
		}
		q := samples[0].Questions[0]
		if q.Metric != c.metric || q.MaxTokens != c.maxTokens {
			t.Errorf("%s: metric %s, %d tokens, want %s, %d", c.task, q.Metric, q.MaxTokens, c.metric, c.maxTokens)
		}
		if got, err := Score(q, c.answer); err != nil || !sameScore(got, c.score) {
			t.Errorf("%s: %q for %q scores %v, %v, want %v", c.task, c.answer, q.Answers, got, err, c.score)
		}
		few := []string{"trec", "triviaqa", "samsum", "lsht"}
		if q.FirstLine != slices.Contains(few, c.task) || samples[0].Raw != slices.Contains(append(few, "lcc", "repobench-p"), c.task) {
			t.Errorf("%s: first line %v, raw %v", c.task, q.FirstLine, samples[0].Raw)
		}
	}
}

// TestPromptsOfLines reads what the model reads of some lines, in one piece.
func TestPromptsOfLines(t *testing.T) {
	for task, want := range map[string]string{
		"repobench-p": "Continue this code with its next line.\n// path: B.java\nclass B { int y; }\nclass A {\n  int x;\nNext line:\n",
		"trec": "Name the type of the last question, as in the examples before it.\n\nQuestion: Who is she?\nType: Individual\n" +
			"Question: How far is it?\nType: Distance\nQuestion: Where is Ulm?\nType:",
		"code_run": "This Python code has a function named func_7.\n\ndef func_7(x):\n    return x - 9\n\nWork out the exact value of func_7(2).|The value of func_7(2) is",
		"math_find": "Which is the largest number of this list?\n\n[3, 88, 7]\n\n" +
			"You should answer with only one number, no other words. The largest number of the list is: ",
		"kv_retrieval": "Find the value of a key in this JSON object.\n\nJSON data:\n{\"a1\": \"v1-x\", \"b2\": \"v2-y\"}\n\n" +
			"\nKey: \"a1\"\nThe value associated with the specified key is: ",
	} {
		s, err := ReadBenchmark(benchmarkFile(task), ReadOptions{Lines: 1})
		if err != nil {
			t.Fatal(err)
		}
		q := s[0].Questions[0]
		got := s[0].Context + q.Joint + q.Text
		if q.Lead != "" {
			got += "|" + q.Lead
		}
		if got != want {
			t.Errorf("%s:\n%q, want\n%q", task, got, want)
		}
	}
}

// TestSameTextIsReadOnce: lines about one book are questions of one sample.
func TestSameTextIsReadOnce(t *testing.T) {
	for task, samples := range map[string]int{"longbook_qa_eng": 1, "kv_retrieval": 1, "passage_retrieval_en": 1, "math_find": 2, "passkey": 2} {
		s, err := ReadBenchmark(benchmarkFile(task), ReadOptions{})
		if err != nil || len(s) != samples {
			t.Errorf("%s: %d samples, %v, want %d", task, len(s), err, samples)
		}
	}
}

func TestNeedlesOfLines(t *testing.T) {
	for task, answer := range map[string]string{"passkey": "71432", "number_string": "3000077442", "kv_retrieval": "v1-x"} {
		s, err := ReadBenchmark(benchmarkFile(task), ReadOptions{Lines: 1})
		if err != nil {
			t.Fatal(err)
		}
		q := s[0].Questions[0]
		if len(q.Needles) != strings.Count(s[0].Context, answer) || q.Depth <= 0 || q.Depth >= 1 {
			t.Errorf("%s: needles %v, depth %v", task, q.Needles, q.Depth)
		}
		for _, at := range q.Needles {
			if got := s[0].Context[at.Start:at.End]; got != answer {
				t.Errorf("%s: the needle is %q, want %q", task, got, answer)
			}
		}
	}
	s, err := ReadBenchmark(benchmarkFile("qasper"), ReadOptions{Lines: 1})
	if err != nil || s[0].Questions[0].Depth >= 0 {
		t.Errorf("qasper: %v, depth %v of an answer whose place is not known", err, s[0].Questions[0].Depth)
	}
}

func TestOtherPrompts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "prompts.json")
	write := func(text string) (map[string]string, error) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return ReadPrompts(path)
	}
	prompts, err := write(`{"passkey": "Look: {context}\n{input} It is", "lcc": "Go on.\n{context}"}`)
	if err != nil {
		t.Fatal(err)
	}
	for task, want := range map[string]string{"lcc": "Go on.\ndef area(r):\n    pi = 3.14\n", "passkey": "What is the pass key? It is"} {
		s, err := ReadBenchmark(benchmarkFile(task), ReadOptions{Lines: 1, Prompts: prompts})
		if err != nil {
			t.Fatal(err)
		}
		q := s[0].Questions[0]
		if got := s[0].Context + q.Joint + q.Text; !strings.HasSuffix(got, want) || q.Lead != "" {
			t.Errorf("%s: %q, lead %q, want the end %q and no lead", task, got, q.Lead, want)
		}
	}
	for text, message := range map[string]string{
		`{"lcc": "Go on."}`:                  "lcc needs {context}",
		`{"lcc": "{context} {answer}"}`:      "{answer}",
		`{"lcc": "{context} and {context}"}`: "once",
		`["lcc"]`:                            "JSON object",
	} {
		if _, err := write(text); err == nil || !strings.Contains(err.Error(), message) || !strings.Contains(err.Error(), path) {
			t.Errorf("prompts %s: %v, want %q", text, err, message)
		}
	}
}

func TestBenchmarkErrors(t *testing.T) {
	const good = `{"input":"q","context":"c","answers":["a"],"dataset":"qasper_e","all_classes":null}` + "\n"
	for _, c := range []struct{ file, text, message string }{
		{"qasper_e.jsonl", good + "\n{broken\n", "line 3: no line of LongBench"},
		{"qasper.jsonl", good + `{"input":"q","context":"c"}`, "line 2: no line of LongBench: context or answers are missing"},
		{"hotpotqa.jsonl", good, `line 1: it belongs to the task "qasper_e", not hotpotqa`},
		{"trec.jsonl", strings.Replace(good, "qasper_e", "trec", 1), "line 1: all_classes is missing"},
		{"qasper.jsonl", "\n\n", "no lines"},
		{"other.jsonl", good, "named like no task"},
		{"passkey.jsonl", `{"context":"c","input":"q"}`, "line 1: the answer"},
		{"passkey.jsonl", `{"context":"c","input":"q","answer":[]}`, "line 1: no line of infinity-Bench"},
		{"passkey.jsonl", `{"context":"c","input":"q","answer":{}}`, "line 1: the answer {} is no text"},
		{"code_run.jsonl", `{"context":"c","input":"run it","answer":1}`, `line 1: the input "run it" calls no function`},
		{"math_find.jsonl", `{"context":"[1]","input":"find it","answer":1}`, `line 1: the input "find it" does not say`},
		{"code_debug.jsonl", `{"context":"c","input":"q","answer":"a","options":["a"]}`, "line 1: it has 1 options"},
		{"code_debug.jsonl", `{"context":"c","input":"q","answer":"a","options":["b","c","d","e"]}`, `line 1: the answer "a" is none`},
	} {
		path := filepath.Join(t.TempDir(), c.file)
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadBenchmark(path, ReadOptions{}); err == nil || !strings.Contains(err.Error(), c.message) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s with %s: %v, want %q", c.file, c.text, err, c.message)
		}
	}
	if s, err := ReadBenchmark(filepath.Join(t.TempDir(), "qasper.jsonl"), ReadOptions{}); err == nil {
		t.Errorf("a missing file: %v", s)
	}
	b := LongBench()[0]
	b.Prompt = "no text"
	if _, err := b.read(strings.NewReader(strings.Replace(good, "qasper_e", b.Task, 1)), 0); err == nil || !strings.Contains(err.Error(), "lacks {context}") {
		t.Errorf("a prompt without the text: %v", err)
	}
}
