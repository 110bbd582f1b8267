package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	call   = regexp.MustCompile(`(func_[0-9]+)\(-?[0-9]+\)`)
	sought = regexp.MustCompile(`The (.+) of`)
)

// infiniteBenchLine takes the answers of a line of infinity-Bench, and gives its
// texts by their names in braces, {context} first. Where the answer stands in
// the text as it is, its places are the needles.
func (b Benchmark) infiniteBenchLine(line []byte, q *Question) ([]string, error) {
	var l struct {
		Context string          `json:"context"`
		Content string          `json:"content"` // in older files
		Input   string          `json:"input"`
		Answer  json.RawMessage `json:"answer"`
		Options []string        `json:"options"`
	}
	if err := json.Unmarshal(line, &l); err != nil {
		return nil, fmt.Errorf("no line of infinity-Bench: %w; download the file again", err)
	}
	if l.Context == "" {
		l.Context = l.Content
	}
	var err error
	if q.Answers, err = answersOf(l.Answer); err != nil {
		return nil, err
	}
	if l.Context == "" || len(q.Answers) == 0 {
		return nil, errors.New("no line of infinity-Bench: context or answer is missing; download the file again")
	}
	texts := []string{"{context}", l.Context, "{input}", l.Input, "{question}", l.Input}
	switch b.Task {
	case "longbook_choice_eng", "code_debug":
		if q.Answers, err = withLetter(q.Answers, l.Options); err != nil {
			return nil, err
		}
		for i, option := range l.Options {
			texts = append(texts, fmt.Sprintf("{OPTION_%c}", 'A'+i), option)
		}
	case "code_run":
		m := call.FindStringSubmatch(l.Input)
		if m == nil {
			return nil, fmt.Errorf("the input %q calls no function such as func_1(2); download the file again", l.Input)
		}
		texts = append(texts, "{func}", m[1], "{func_call}", m[0])
	case "math_find":
		m := sought.FindStringSubmatch(l.Input)
		if m == nil {
			return nil, fmt.Errorf("the input %q does not say what to find, such as \"The largest number of the list is\"; download the file again", l.Input)
		}
		texts = append(texts, "{prefix}", fmt.Sprintf("Which is the %s of this list?", m[1]))
	case "passkey", "number_string", "kv_retrieval":
		for at := 0; ; {
			i := strings.Index(l.Context[at:], q.Answers[0])
			if i < 0 {
				break
			}
			q.Needles = append(q.Needles, Range{at + i, at + i + len(q.Answers[0])})
			at += i + len(q.Answers[0])
		}
	}
	return texts, nil
}

// answersOf are the answers of a line: one text or number, or a list of them,
// which older files have inside another list.
func answersOf(raw json.RawMessage) ([]string, error) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		var all []string
		for _, item := range list {
			some, err := answersOf(item)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
		return all, nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return []string{text}, nil
	}
	var number json.Number
	if err := json.Unmarshal(raw, &number); err != nil {
		return nil, fmt.Errorf("the answer %.40s is no text, number or list; download the file again", raw)
	}
	return []string{number.String()}, nil
}

// withLetter gives the text and the letter of the right option.
func withLetter(answers, options []string) ([]string, error) {
	if len(options) != 4 {
		return nil, fmt.Errorf("it has %d options instead of 4; download the file again", len(options))
	}
	i := slices.Index(options, answers[0])
	if i < 0 {
		return nil, fmt.Errorf("the answer %q is none of the options; download the file again", answers[0])
	}
	return []string{answers[0], string(rune('A' + i))}, nil
}
