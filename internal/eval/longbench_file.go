package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// ReadOptions say how a benchmark's file is read.
type ReadOptions struct {
	Lines   int               // at most so many; 0: all
	Prompts map[string]string // by task, instead of ours; see ReadPrompts
}

// ReadBenchmark reads a file of LongBench or infinity-Bench, JSON lines named as
// the benchmark names them: qasper.jsonl, or qasper_e.jsonl of LongBench-E.
// Lines with the same text become questions of one sample. The file's texts are
// in memory, all at once. Errors name the file and the line.
func ReadBenchmark(path string, o ReadOptions) ([]Sample, error) {
	task := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".jsonl"), "_e")
	all := slices.Concat(LongBench(), InfiniteBench())
	at := slices.IndexFunc(all, func(b Benchmark) bool { return b.Task == task })
	if at < 0 {
		return nil, fmt.Errorf("eval: %s is named like no task of LongBench or infinity-Bench; name it as the benchmark does, such as qasper.jsonl or passkey.jsonl", path)
	}
	b := all[at]
	if p, ok := o.Prompts[task]; ok {
		b.Prompt, b.Lead = p, ""
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("eval: benchmark file: %w", err)
	}
	defer f.Close()
	samples, err := b.read(f, o.Lines)
	if err != nil {
		return nil, fmt.Errorf("eval: %s: %w", path, err)
	}
	return samples, nil
}

// read makes samples of lines.
func (b Benchmark) read(r io.Reader, most int) (samples []Sample, err error) {
	in := bufio.NewReader(r)
	known := map[string]int{} // samples by text
	for number, lines := 1, 0; most == 0 || lines < most; number++ {
		line, err := in.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		end := err != nil
		if len(bytes.TrimSpace(line)) > 0 {
			lines++
			s, err := b.sample(line, number)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", number, err)
			}
			if at, ok := known[s.Context]; ok {
				samples[at].Questions = append(samples[at].Questions, s.Questions...)
			} else {
				known[s.Context] = len(samples)
				samples = append(samples, s)
			}
		}
		if end {
			break
		}
	}
	if len(samples) == 0 {
		return nil, errors.New("it has no lines; download it again")
	}
	return samples, nil
}

// sample makes a sample with one question of a line.
func (b Benchmark) sample(line []byte, number int) (Sample, error) {
	fill := b.longBenchLine
	if b.Suite != "LongBench" {
		fill = b.infiniteBenchLine
	}
	q := Question{ID: fmt.Sprintf("line-%d", number), Metric: b.Metric, MaxTokens: b.MaxTokens, FirstLine: b.FirstLine, Depth: -1}
	texts, err := fill(line, &q)
	if err != nil {
		return Sample{}, err
	}
	s := Sample{Task: b.Task, ID: fmt.Sprintf("%s-%d", b.Task, number), Raw: b.Raw, Source: b.Suite}
	before, after, ok := strings.Cut(b.Prompt, "{context}")
	if !ok {
		return Sample{}, fmt.Errorf("the prompt of the task %s lacks {context}; add it", b.Task)
	}
	replace := strings.NewReplacer(texts...)
	s.Context = replace.Replace(before)
	text := len(s.Context)
	s.Context += texts[1]
	if q.Lead = b.Lead; b.Lead != "" {
		q.Lead = replace.Replace(b.Lead)
	}
	rest := strings.TrimLeftFunc(after, unicode.IsSpace)
	q.Text, q.Joint = replace.Replace(rest), after[:len(after)-len(rest)]
	if q.Joint == "" {
		q.Joint = "\n" // an empty one would stand for a blank line
		s.Context = strings.TrimSuffix(s.Context, "\n")
	}
	for i := range q.Needles {
		q.Needles[i].Start += text
		q.Needles[i].End += text
	}
	if len(q.Needles) > 0 {
		q.Depth = float64(q.Needles[0].Start) / float64(len(s.Context))
	}
	s.Questions = []Question{q}
	return s, nil
}

// longBenchLine takes the answers of a line of LongBench, and gives its texts by
// their names in braces, {context} first.
func (b Benchmark) longBenchLine(line []byte, q *Question) ([]string, error) {
	var l struct {
		Input   string   `json:"input"`
		Context string   `json:"context"`
		Answers []string `json:"answers"`
		Dataset string   `json:"dataset"`
		Classes []string `json:"all_classes"`
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return nil, fmt.Errorf("no line of LongBench: %w; download the file again", err)
	}
	switch {
	case l.Context == "" || len(l.Answers) == 0:
		return nil, errors.New("no line of LongBench: context or answers are missing; download the file again")
	case strings.TrimSuffix(l.Dataset, "_e") != b.Task:
		return nil, fmt.Errorf("it belongs to the task %q, not %s; name the file after the task", l.Dataset, b.Task)
	case b.Metric == Classification && len(l.Classes) == 0:
		return nil, errors.New("all_classes is missing, which the metric needs; download the file again")
	}
	q.Answers, q.Classes = l.Answers, l.Classes
	return []string{"{context}", l.Context, "{input}", l.Input}, nil
}

var placeholder = regexp.MustCompile(`\{[A-Za-z_]+\}`)

// ReadPrompts reads prompts by task from a JSON object, such as LongBench's
// dataset2prompt.json. Use the benchmark's own prompts to compare with its
// tables. Known are {context} and {input}, and for infinity-Bench {question},
// {OPTION_A} to {OPTION_D}, {func}, {func_call} and {prefix}.
func ReadPrompts(path string) (map[string]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("eval: prompts: %w", err)
	}
	prompts := map[string]string{}
	if err := json.Unmarshal(data, &prompts); err != nil {
		return nil, fmt.Errorf("eval: prompts: %s: %w; write a JSON object from task to prompt", path, err)
	}
	names := []string{"{context}", "{input}", "{question}", "{OPTION_A}", "{OPTION_B}", "{OPTION_C}", "{OPTION_D}", "{func}", "{func_call}", "{prefix}"}
	for task, p := range prompts {
		if strings.Count(p, "{context}") != 1 {
			return nil, fmt.Errorf("eval: prompts: %s: the prompt of %s needs {context}, once", path, task)
		}
		for _, name := range placeholder.FindAllString(p, -1) {
			if !slices.Contains(names, name) {
				return nil, fmt.Errorf("eval: prompts: %s: the prompt of %s has %s; known are %s", path, task, name, strings.Join(names, " "))
			}
		}
	}
	return prompts, nil
}
