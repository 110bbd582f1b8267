// Package template renders the chat templates of model files, and tells where
// in the rendered text the messages are.
//
// The language is in package jinja, which bounds what a template may do.
package template

import (
	"errors"
	"fmt"
	"time"

	"github.com/ncruces/go-strftime"

	"fovea/model/template/jinja"
)

// ErrRefused is wrapped by the error of a template that does not take the
// messages, for instance because it knows no system role
// (raise_exception). The error's text has the template's reason.
var ErrRefused = errors.New("the model's chat template refuses the messages")

// Message is one message of a chat.
type Message struct {
	Role    string // "system", "user" or "assistant"
	Content string
}

// Options are what a template is told beside the messages.
type Options struct {
	AddGenerationPrompt bool      // end with the beginning of the assistant's answer
	BOSToken, EOSToken  string    // texts of the tokens; empty: none
	Now                 time.Time // what strftime_now gives; zero: the current time
}

// Template is a parsed chat template. It may be used by several goroutines.
type Template struct{ parsed *jinja.Template }

// New parses a template. The error has the line and what is wrong there.
func New(source string) (*Template, error) {
	t, err := jinja.Parse(source, jinja.DefaultLimits)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	return &Template{t}, nil
}

// copies is how many times a template may handle the messages' text: it is
// allowed that many bytes beyond the fixed limit.
const copies = 64

// Render gives the text of a chat. Tools and documents are not defined in the
// template.
func (t *Template) Render(messages []Message, o Options) (string, error) {
	list := make([]any, len(messages))
	size := 0
	for i, m := range messages {
		list[i] = jinja.NewDict("role", m.Role, "content", m.Content)
		size += len(m.Content)
	}
	out, err := t.parsed.Render(map[string]any{
		"messages":              list,
		"add_generation_prompt": o.AddGenerationPrompt,
		"bos_token":             o.BOSToken,
		"eos_token":             o.EOSToken,
		"raise_exception":       jinja.Func(raise),
		"strftime_now":          jinja.Func(o.strftime),
	}, copies*size)
	if err != nil {
		return "", fmt.Errorf("template: %w", err)
	}
	return out, nil
}

func raise(args []any) (any, error) {
	if len(args) == 1 {
		if reason, ok := args[0].(string); ok {
			return nil, fmt.Errorf("%w: %.500s", ErrRefused, reason)
		}
	}
	return nil, ErrRefused
}

func (o Options) strftime(args []any) (any, error) {
	if len(args) == 1 {
		if format, ok := args[0].(string); ok && len(format) <= 1000 {
			now := o.Now
			if now.IsZero() {
				now = time.Now()
			}
			return strftime.Format(format, now), nil
		}
	}
	return nil, errors.New("strftime_now takes one format string")
}
