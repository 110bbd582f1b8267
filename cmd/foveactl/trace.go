package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"fovea/internal/tracerun"
	"fovea/model"
)

type traceCmd struct {
	Tokens  string `required:"" placeholder:"FILE" help:"Prompt: a JSON array of token ids."`
	Predict int    `default:"32" help:"Tokens to continue with; end tokens do not end them."`
	Out     string `required:"" placeholder:"FILE" help:"JSON file to write."`

	modelOptions
	methodOptions
}

func (c *traceCmd) Run(ctx context.Context, std *streams) (err error) {
	s, err := c.settings()
	if err != nil {
		return err
	}
	ids, err := readIDs(c.Tokens)
	if err != nil {
		return err
	}
	if c.Predict < 1 {
		return fmt.Errorf("--predict is %d, must be 1 or more", c.Predict)
	}
	st := newStatus(std.err)
	defer st.clear()
	c.Exact = true // traces serve to compare
	e, err := c.open(ctx, st)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	ses, err := e.Model.NewSession(model.SessionOptions{Settings: s, KV: c.kv(), Capacity: len(ids) + c.Predict})
	if err != nil {
		return err
	}
	defer ses.Close()
	file, err := tracerun.Run(ctx, ses, ids, tracerun.Options{
		Predict: c.Predict, Decode: e.Tokenizer.Decode,
		Progress: func(done, of int) { st.set(fmt.Sprintf("%d of %d tokens", done, of)) },
	})
	if err != nil {
		return err
	}
	file.Model = e.Name
	return writeFile(c.Out, file)
}

func readIDs(path string) ([]int32, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	var ids []int32
	if err := json.Unmarshal(data, &ids); err != nil {
		return nil, fmt.Errorf("tokens: %s must be a JSON array of token ids: %w", path, err)
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("tokens: %s has no token ids", path)
	}
	return ids, nil
}

// writeFile writes v as JSON; a file that cannot be written whole is removed.
func writeFile(path string, v any) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := errors.Join(json.NewEncoder(f).Encode(v), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(path))
	}
	return nil
}
