package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"fovea/app/engine"
	"fovea/model/actqkv"
)

type askCmd struct {
	Words        []string `arg:"" name:"question" help:"The question, in quotation marks. With --doc, more documents may stand before it."`
	JSON         bool     `name:"json" help:"Print one JSON object instead of text."`
	QuestionLast bool     `help:"Read the documents without knowing the question, as chat does."`

	talkOptions
}

// askResult is an answer with what led to it, in JSON.
type askResult struct {
	Question  string          `json:"question"`
	Answer    *engine.Answer  `json:"answer"`
	Model     string          `json:"model"`
	Device    string          `json:"device"`
	Settings  actqkv.Settings `json:"settings"`
	Documents []askedDocument `json:"documents"`
	Reading   askedReading    `json:"reading"`
	Memory    askedMemory     `json:"memory"`
}

type askedDocument struct {
	Path   string `json:"path"`
	Title  string `json:"title"`
	Pages  int    `json:"pages"`
	NoText []int  `json:"pages_without_text"`
	Joined bool   `json:"joined"` // taken as it was read alone, without the documents before it
}

type askedReading struct {
	Tokens   int     `json:"tokens"`
	Restored int     `json:"restored_tokens"` // of them, from a snapshot
	Seconds  float64 `json:"seconds"`
	Rate     float64 `json:"tokens_per_second"`
}

type askedMemory struct {
	Weights int64 `json:"weights_bytes"`
	Store   int64 `json:"kv_store_bytes"`
	Working int64 `json:"working_bytes"`
	Host    int64 `json:"kv_host_bytes"`
	Disk    int64 `json:"kv_disk_bytes"`
	Lent    int64 `json:"kv_snapshot_bytes"` // blocks that are read from snapshots
}

func (c *askCmd) Run(ctx context.Context, std *streams) (err error) {
	question, err := c.question()
	if err != nil {
		return err
	}
	known := question
	if c.QuestionLast {
		known = ""
	}
	t, err := c.begin(ctx, std, known)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	if err := t.conversation.Check(question); err != nil {
		return err
	}
	if err := t.read(ctx); err != nil {
		return err
	}
	if c.JSON {
		return t.json(ctx, question)
	}
	return t.ask(ctx, question)
}

// question takes the question from the words of the command line; what stands
// before it are documents.
func (c *askCmd) question() (string, error) {
	last := len(c.Words) - 1
	more, question := c.Words[:last], c.Words[last]
	if len(more) > 0 && len(c.Doc) == 0 {
		return "", fmt.Errorf("%d words besides the question %q; put the question in quotation marks, and give documents with --doc", last, question)
	}
	if strings.TrimSpace(question) == "" {
		return "", errors.New("the question is empty; write it in quotation marks behind the options")
	}
	for _, path := range more {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("%q is no document; put the question in quotation marks: %w", path, err)
		}
	}
	c.Doc = append(c.Doc, more...)
	return question, nil
}

func (t *talk) json(ctx context.Context, question string) error {
	answer, err := t.conversation.Ask(ctx, question, engine.Listener{})
	if err != nil {
		return err
	}
	mem := t.conversation.Memory()
	r := askResult{
		Question: question, Answer: answer, Model: t.engine.Name, Device: t.engine.Info.Name, Settings: t.settings,
		Documents: []askedDocument{},
		Reading:   askedReading{Tokens: t.tokens, Restored: t.restored, Seconds: t.seconds, Rate: rate(t.tokens-t.restored, t.seconds)},
		Memory:    askedMemory{Weights: t.engine.Model.WeightBytes(), Store: mem.Store, Working: mem.Fixed, Host: mem.Host, Disk: mem.Disk, Lent: mem.Lent},
	}
	joined := t.conversation.Joined()
	for i, d := range t.docs {
		r.Documents = append(r.Documents, askedDocument{
			Path: d.Path, Title: d.Title, Pages: len(d.Pages), NoText: append([]int{}, d.NoTextPages()...), Joined: slices.Contains(joined, i),
		})
	}
	return writeJSON(t.std.out, r)
}

// rate is n per second.
func rate(n int, seconds float64) float64 {
	if seconds <= 0 {
		return 0
	}
	return float64(n) / seconds
}
