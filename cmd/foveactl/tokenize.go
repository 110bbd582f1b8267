package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"fovea/model/gguf"
	"fovea/model/tokenizer"
)

type tokenizeCmd struct {
	Model     string `placeholder:"FILE" help:"GGUF file with the vocabulary, or a name that the command models shows (default: the default model)."`
	TextFile  string `required:"" placeholder:"FILE" help:"Text, taken as it is; - reads the standard input."`
	JSON      bool   `name:"json" help:"Print a JSON array of the ids instead of a line per token."`
	NoSpecial bool   `help:"Take marks such as <|im_start|> as ordinary characters."`
}

func (c *tokenizeCmd) Run(std *streams) error {
	text, err := readText(c.TextFile, std.in)
	if err != nil {
		return err
	}
	tok, err := openTokenizer(c.Model)
	if err != nil {
		return err
	}
	tokens := tok.Encode(text, !c.NoSpecial)
	if c.JSON {
		ids := make([]int32, len(tokens))
		for i, t := range tokens {
			ids[i] = t.ID
		}
		return json.NewEncoder(std.out).Encode(ids)
	}
	var b strings.Builder
	for _, t := range tokens {
		fmt.Fprintf(&b, "%d\t%s\n", t.ID, strconv.Quote(text[t.Start:t.End]))
	}
	_, err = io.WriteString(std.out, b.String())
	return err
}

func readText(path string, stdin io.Reader) (string, error) {
	var data []byte
	var err error
	if path == "-" {
		data, err = io.ReadAll(stdin)
	} else {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return "", fmt.Errorf("text: %w", err)
	}
	return string(data), nil
}

// openTokenizer reads the vocabulary of a model; path "" is the default model.
func openTokenizer(path string) (*tokenizer.Tokenizer, error) {
	path, err := modelPath(path)
	if err != nil {
		return nil, err
	}
	f, err := gguf.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	tok, err := tokenizer.FromGGUF(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return tok, nil
}
