package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"fovea/app/engine"
)

type chatCmd struct {
	More []string `arg:"" optional:"" name:"file" help:"More documents, as with --doc."`

	talkOptions
}

// maxLine is the longest question in bytes.
const maxLine = 1 << 20

func (c *chatCmd) Run(ctx context.Context, std *streams) (err error) {
	c.Doc = append(c.Doc, c.More...)
	t, err := c.begin(ctx, std, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	if err := t.read(ctx); err != nil {
		return err
	}
	fmt.Fprintf(std.err, "Read %d tokens. Ask a question a line; the end of input (Ctrl-D) ends the conversation.\n", t.tokens)
	lines := bufio.NewScanner(std.in)
	lines.Buffer(nil, maxLine)
	for {
		fmt.Fprint(std.err, "> ")
		if !lines.Scan() {
			break
		}
		question := strings.TrimSpace(lines.Text())
		if question == "" {
			continue
		}
		switch err := t.ask(ctx, question); {
		case errors.Is(err, engine.ErrQuestionTooLong):
			fmt.Fprintln(std.err, err) // the conversation can go on
		case err != nil:
			return err
		}
		fmt.Fprintln(std.out)
	}
	fmt.Fprintln(std.err)
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the question: %w", err)
	}
	return nil
}
