package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"fovea/app/document"
	"fovea/app/engine"
	"fovea/app/models"
	"fovea/model/actqkv"
)

// talk is a conversation in the terminal.
type talk struct {
	std          *streams
	status       *status
	engine       *engine.Engine
	conversation *engine.Conversation
	settings     actqkv.Settings
	docs         []*document.Document

	tokens   int // of the documents, and how many of them a snapshot had
	restored int
	seconds  float64 // that it took to have them read
}

// talkOptions are what ask and chat have in common.
type talkOptions struct {
	documentOptions
	modelOptions
	methodOptions
	answerOptions

	Join     bool  `negatable:"" default:"true" help:"Take a document behind others as it was read alone before, where that is kept, which is not the same as reading it there; --no-join reads it."`
	Lookup   *bool `negatable:"" help:"Look up in the text what an answer may go on with, and read several tokens at once where it was there before; the answer is the same (default: on graphics cards)."`
	Snapshot bool  `negatable:"" default:"true" help:"Keep what is read without knowing the question, and do not read it again the next time; --no-snapshot neither keeps it nor uses what was kept."`
}

// begin opens the documents and the model. question, where it is known
// already, is read before the documents.
func (o *talkOptions) begin(ctx context.Context, std *streams, question string) (_ *talk, err error) {
	t := &talk{std: std, status: newStatus(std.err)}
	if t.settings, err = o.settings(); err != nil {
		return nil, err
	}
	if t.docs, err = o.documentOptions.read(ctx, std, t.status); err != nil {
		return nil, err
	}
	if t.engine, err = o.modelOptions.open(ctx, t.status); err != nil {
		return nil, err
	}
	options := engine.ConversationOptions{
		Settings: t.settings, KV: o.kv(), Sampling: o.sampling(), System: o.System, MaxTokens: o.MaxTokens, Question: question,
		Exact: !o.Join, Lookup: o.lookup(),
	}
	if o.Snapshot {
		if options.Snapshots, err = engine.OpenSnapshots(engine.SnapshotFolder(models.DataDir())); err != nil {
			return nil, err
		}
		options.Snapshots.Notice = func(err error) {
			t.status.clear()
			line := oneLine(err.Error())
			if errors.Is(err, engine.ErrJoined) {
				line += "; --no-join reads it behind them"
			}
			fmt.Fprintln(std.err, line)
		}
	}
	t.conversation = t.engine.NewConversation(options, t.docs...)
	return t, nil
}

// lookup is the choice of --lookup.
func (o *talkOptions) lookup() engine.Lookup {
	switch {
	case o.Lookup == nil:
		return engine.LookupAuto
	case *o.Lookup:
		return engine.LookupOn
	}
	return engine.LookupOff
}

func (t *talk) close() error {
	t.conversation.Close()
	return t.engine.Close()
}

// read reads the documents into the model.
func (t *talk) read(ctx context.Context) error {
	defer t.status.clear()
	start := time.Now()
	err := t.conversation.Read(ctx, func(r engine.Reading) { t.status.set(readingLine(r)) })
	t.tokens, t.restored, t.seconds = t.conversation.Pos(), t.conversation.Restored(), time.Since(start).Seconds()
	return err
}

// ask writes the answer as it comes, the pages consulted, and to the standard
// error what it took.
func (t *talk) ask(ctx context.Context, question string) error {
	a, err := t.conversation.Ask(ctx, question, engine.Listener{Text: func(piece string) { io.WriteString(t.std.out, piece) }})
	if a != nil && a.Text != "" {
		fmt.Fprintln(t.std.out)
	}
	if err != nil {
		return err
	}
	if a.Text == "" {
		fmt.Fprintln(t.std.out, "(The model ended its answer before the first word.)")
	}
	if pages := t.pages(a); pages != "" {
		fmt.Fprintf(t.std.out, "\n%s", pages)
	}
	t.meter(a)
	return nil
}

// pages lists the pages consulted, and those that were in view all the time.
func (t *talk) pages(a *engine.Answer) string {
	var b strings.Builder
	if len(a.Pages) > 0 {
		b.WriteString("Pages consulted: ")
		for i, p := range a.Pages {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%s (%.0f %%)", t.pageName(p), 100*p.Share)
		}
		b.WriteString("\n")
	}
	if len(a.InView) > 0 {
		b.WriteString("Always in view: ")
		b.WriteString(t.ranges(a.InView))
		b.WriteString("\n")
	}
	return b.String()
}

func (t *talk) pageName(p engine.Page) string {
	if len(t.docs) > 1 {
		return fmt.Sprintf("%s, page %d", oneLine(p.Document), p.Page)
	}
	return fmt.Sprintf("page %d", p.Page)
}

// ranges writes sorted pages, neighbours joined: "page 1, pages 5 to 7".
func (t *talk) ranges(pages []engine.Page) string {
	var out []string
	for i := 0; i < len(pages); {
		j := i
		for j+1 < len(pages) && pages[j+1].Document == pages[i].Document && pages[j+1].Page == pages[j].Page+1 {
			j++
		}
		name := t.pageName(pages[i])
		if j > i {
			name = fmt.Sprintf("%s to %d", strings.Replace(name, "page ", "pages ", 1), pages[j].Page)
		}
		out = append(out, name)
		i = j + 1
	}
	return strings.Join(out, ", ")
}

// meter says what was read and attended, and how fast.
func (t *talk) meter(a *engine.Answer) {
	switch a.Stopped {
	case engine.StopLength:
		fmt.Fprintf(t.std.err, "The answer was cut after %d tokens; --max-tokens allows more.\n", a.Tokens)
	case engine.StopLoop:
		fmt.Fprintln(t.std.err, "The model began to repeat itself, so its answer was ended; a larger model or --repetition-penalty 1.1 may help.")
	}
	pages := 0
	for _, d := range t.docs {
		pages += len(d.Pages)
	}
	fmt.Fprintf(t.std.err, "Read %d of %d pages (%s tokens) %s; attended %s of %s tokens; wrote %d tokens at %.1f tokens/s on %s.\n",
		pages, pages, humanize.Comma(int64(t.tokens)), t.pace(),
		humanize.Comma(int64(a.Attended)), humanize.Comma(int64(a.Held)), a.Tokens, a.Rate, t.engine.Info.Name)
}

// pace says how fast the documents were read, or that they had been before.
func (t *talk) pace() string {
	switch t.restored {
	case 0:
		return fmt.Sprintf("at %.0f tokens/s", rate(t.tokens, t.seconds))
	case t.tokens:
		return fmt.Sprintf("before, taken up again in %.1f s", t.seconds)
	}
	return fmt.Sprintf("in %.1f s, %s of them before", t.seconds, humanize.Comma(int64(t.restored)))
}
