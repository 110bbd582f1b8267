package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/dustin/go-humanize"

	"fovea/app/document"
	"fovea/app/engine"
	"fovea/app/models"
	"fovea/model/actqkv"
	"fovea/model/sample"
	"fovea/shaders"
)

// modelOptions choose a model and a device.
type modelOptions struct {
	Model        string `placeholder:"FILE" help:"GGUF file, or a name that the command models shows (default: the default model)."`
	Device       string `placeholder:"DEVICE" help:"Number or part of the name of a device, as the command devices lists them (default: the best)."`
	DeviceMemory string `placeholder:"SIZE" help:"Most memory of the device to use, such as 2GiB (default: all)."`
	HostMemory   string `placeholder:"SIZE" help:"Most memory of the computer to use; keys and values that fit nowhere else lie in a file (default: what is free, or half of it all beside a device with memory of its own)."`
	Exact        bool   `help:"Read with products of floats, without a graphics card's matrices of halves and without integers: slower."`
	ColdKV       string `name:"cold-kv" enum:"same,q8,q4" default:"same" help:"Number format of keys and values that the device has no room for: ${enum}; same loses nothing."`
}

// open loads the model; st shows how far it is.
func (o *modelOptions) open(ctx context.Context, st *status) (*engine.Engine, error) {
	path, err := modelPath(o.Model)
	if err != nil {
		return nil, err
	}
	limit, err := size("--device-memory", o.DeviceMemory)
	if err != nil {
		return nil, err
	}
	host, err := size("--host-memory", o.HostMemory)
	if err != nil {
		return nil, err
	}
	defer st.clear()
	return engine.Open(ctx, engine.Options{
		Model: path, Device: o.Device, CacheDir: models.CacheDir(), MemoryLimit: limit, HostMemory: host, Exact: o.Exact,
		ColdBits: map[string]int{"q8": 8, "q4": 4}[o.ColdKV],
	}, func(done float64) { st.set(fmt.Sprintf("loading the model: %.0f %%", 100*done)) })
}

// size is the bytes that an option gives, 0 where it is not given.
func size(option, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := humanize.ParseBytes(text)
	if err != nil || n == 0 || n > 1<<62 {
		return 0, fmt.Errorf("%s %q is no size; write one such as 512MiB or 2GiB", option, text)
	}
	return int64(n), nil
}

// modelPath is the file of a model, which is given as its path or by a name
// that the command models shows; "" means the default one.
func modelPath(model string) (string, error) {
	if model == "" {
		return models.Default()
	}
	info, err := os.Stat(model)
	if filepath.IsAbs(model) || err == nil && !info.IsDir() {
		return model, nil
	}
	path, err := models.Named(context.Background(), model) // an interrupt ends the process
	if errors.Is(err, models.ErrMissing) && strings.ContainsRune(model, filepath.Separator) {
		return model, nil // a path: opening it says what is wrong with it
	}
	return path, err
}

// methodOptions choose what every layer attends. The numbers are pointers
// where the method or the preset has a default.
type methodOptions struct {
	Method string `enum:"actqkv,infllm,streaming,full" default:"actqkv" help:"How the attended tokens are chosen: ${enum}."`
	Preset string `enum:"fovea,paper" default:"fovea" help:"Settings to start from: paper computes exactly what is published, fovea lets the cut-off act."`
	Budget int    `placeholder:"TOKENS" help:"Tokens that a layer attends on average; sets --top-k, --k-min and --k-max (default: 2048)."`
	KV     string `name:"kv" enum:"f16,f32" default:"${kv}" help:"Number format of keys and values: ${enum} (default: ${default})."`

	Block   int  `default:"32" help:"Tokens of a block."`
	NInit   int  `name:"n-init" default:"64" help:"Initial tokens, always attended."`
	NLocal  int  `name:"n-local" default:"512" help:"Recent tokens, always attended."`
	Window  int  `default:"256" help:"Tokens read in one step."`
	TopK    int  `name:"top-k" placeholder:"46" help:"Blocks recalled per layer, on average."`
	KMin    *int `name:"k-min" placeholder:"23" help:"Least blocks of a layer; wins over --k-max (default: half of --top-k; with --preset paper 32, at most --top-k)."`
	KMax    *int `name:"k-max" placeholder:"92" help:"Most blocks of a layer (default: twice --top-k)."`
	History int  `default:"100" help:"Entropies remembered per layer."`
	Repr    int  `default:"4" help:"Representative tokens per block and head."`

	Candidates *int `placeholder:"768" help:"Blocks scored exactly for each token that is written, where there is room for 131,072 tokens or more; 0: all (default: 16 times --top-k and at least 768; with --preset paper 0)."`
	Refresh    int  `default:"1" help:"Written tokens for which a layer uses a list of such blocks; more than 1 is faster and recalls other blocks."`

	QuestionWeight float32  `name:"question-weight" default:"4" help:"Weight of the question in the scores of blocks while text behind it is read."`
	AskWeight      *float32 `name:"ask-weight" placeholder:"1" help:"The same while an answer is written (default: by --preset; with paper 0)."`
	AskTopK        *int     `name:"ask-top-k" placeholder:"92" help:"The same as --top-k while the question is read, with bounds in proportion; 0: as otherwise (default: twice --top-k; with --preset paper 0)."`
	Tau            *float32 `placeholder:"0.05" help:"Temperature of the softmax whose entropy drives the cut-off (default: by --preset)."`
}

// settings puts the options together.
func (o *methodOptions) settings() (actqkv.Settings, error) {
	s, err := actqkv.New(actqkv.Method(o.Method), o.Preset)
	if err != nil {
		return s, err
	}
	s.BlockSize, s.Init, s.Local, s.Window = o.Block, o.NInit, o.NLocal, o.Window
	s.History, s.Repr, s.QuestionWeight = o.History, o.Repr, o.QuestionWeight
	if o.Budget != 0 && o.TopK != 0 {
		return s, errors.New("--budget and --top-k both say how many blocks are recalled; give one of them")
	}
	if o.Budget != 0 {
		if err := s.SetBudget(o.Budget); err != nil {
			return s, err
		}
	}
	if o.TopK != 0 {
		s.SetTopK(o.TopK)
	}
	if o.KMin != nil {
		s.KMin = *o.KMin
	}
	if o.KMax != nil {
		s.KMax = *o.KMax
	}
	if o.AskWeight != nil {
		s.AskWeight = *o.AskWeight
	}
	if o.AskTopK != nil {
		s.AskTopK = *o.AskTopK
	}
	if o.Candidates != nil {
		s.Candidates = *o.Candidates
	}
	if o.Refresh != 1 { // 0 stands for it
		s.Refresh = o.Refresh
	}
	if o.Tau != nil {
		s.Tau = *o.Tau
	}
	return s, s.Validate()
}

func (o *methodOptions) kv() shaders.KV {
	if o.KV == "f32" {
		return shaders.KV32
	}
	return shaders.KV16
}

// answerOptions choose how answers are written.
type answerOptions struct {
	System      string  `placeholder:"TEXT" help:"System prompt (default: the model's own)."`
	MaxTokens   int     `default:"512" help:"Most tokens of an answer."`
	Temperature float64 `default:"0" help:"0 always takes the most likely token; higher is more varied."`
	SampleTopK  int     `name:"sample-top-k" default:"40" help:"Draw from this many of the most likely tokens; 0: all."`
	TopP        float64 `name:"top-p" default:"0.95" help:"Draw from the most likely tokens of this joint probability."`
	MinP        float64 `name:"min-p" default:"0.05" help:"Draw from tokens at least this likely, relative to the most likely."`
	Repetition  float64 `name:"repetition-penalty" default:"1" help:"Above 1: makes tokens of late less likely."`
	Seed        uint64  `default:"1" help:"The same seed gives the same answer."`
}

func (o *answerOptions) sampling() sample.Options {
	return sample.Options{
		Temperature: o.Temperature, TopK: o.SampleTopK, TopP: o.TopP, MinP: o.MinP,
		RepetitionPenalty: o.Repetition, Seed: o.Seed,
	}
}

// documentOptions name what is read.
type documentOptions struct {
	Doc      []string `sep:"none" placeholder:"FILE" help:"Document to read: PDF, DOCX, EPUB, HTML, Markdown or plain text; may be given several times."`
	Encoding string   `placeholder:"NAME" help:"Encoding of text files (default: detected)."`
}

// read reads the documents' text and tells std.err what is missing of it.
func (o *documentOptions) read(ctx context.Context, std *streams, st *status) ([]*document.Document, error) {
	defer st.clear()
	var docs []*document.Document
	for _, path := range o.Doc {
		d, err := document.Read(ctx, path, document.Options{Encoding: o.Encoding, CacheDir: filepath.Join(models.CacheDir(), "wasm"), Progress: func(read, pages int) {
			st.set(fmt.Sprintf("opening %s: page %d of %d", path, read, pages))
		}})
		if err != nil {
			return nil, err
		}
		st.clear()
		for _, w := range d.Warnings {
			fmt.Fprintln(std.err, oneLine(fmt.Sprintf("%s: %s", path, w)))
		}
		docs = append(docs, d)
	}
	return docs, nil
}

// readingLine says how far the reading of documents is.
func readingLine(r engine.Reading) string {
	var b strings.Builder
	b.WriteString("reading")
	if r.OfPages > 0 {
		fmt.Fprintf(&b, " page %d of %d,", r.Page, r.OfPages)
	}
	fmt.Fprintf(&b, " %s of %s tokens, %.0f tokens/s", humanize.Comma(int64(r.Tokens)), humanize.Comma(int64(r.OfTokens)), r.PerSecond)
	if left := int(r.Left.Seconds() + 0.5); left > 0 {
		fmt.Fprintf(&b, ", %d:%02d left", left/60, left%60)
	}
	return b.String()
}
