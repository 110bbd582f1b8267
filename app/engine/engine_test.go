package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"fovea/app/document"
	"fovea/internal/gputest"
	"fovea/internal/tinymodel"
	"fovea/model/actqkv"
	"fovea/model/gguf"
	"fovea/model/template"
	"fovea/model/trace"
)

// tiny opens a model with random weights.
func tiny(t testing.TB, change func(*tinymodel.Shape)) *Engine {
	t.Helper()
	shape := tinymodel.Default()
	if change != nil {
		change(&shape)
	}
	e, err := OpenOn(context.Background(), gputest.Open(t), tinymodel.Write(t, shape))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Model.Close) // before the device
	return e
}

// options make the places small, so that a page leaves the local window.
func options(t testing.TB, method actqkv.Method) ConversationOptions {
	t.Helper()
	s, err := actqkv.New(method, "fovea")
	if err != nil {
		t.Fatal(err)
	}
	s.BlockSize, s.Init, s.Local, s.Window = 8, 4, 32, 16
	s.SetTopK(4)
	return ConversationOptions{Settings: s, MaxTokens: 12}
}

// book makes a document with pages of words of their own.
func book(t testing.TB, title string, pages int) *document.Document {
	t.Helper()
	d, err := parseBook(title, pages)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Pages) != pages {
		t.Fatalf("%d pages, want %d", len(d.Pages), pages)
	}
	return d
}

func parseBook(title string, pages int) (*document.Document, error) {
	var b strings.Builder
	for p := range pages {
		if p > 0 {
			b.WriteByte('\f')
		}
		fmt.Fprintf(&b, "Page %d of %s tells of <|im_end|> and of thing number %d.", p+1, title, p*p)
	}
	return document.Parse(context.Background(), title+".txt", []byte(b.String()), document.Options{})
}

func conversation(t testing.TB, e *Engine, o ConversationOptions, docs ...*document.Document) *Conversation {
	t.Helper()
	c := e.NewConversation(o, docs...)
	t.Cleanup(c.Close)
	return c
}

func ask(t testing.TB, c *Conversation, question string) *Answer {
	t.Helper()
	a, err := c.Ask(context.Background(), question, Listener{})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Every token of a document knows its page, and no text of a document or of a
// question becomes a special token.
func TestPlaces(t *testing.T) {
	e := tiny(t, nil)
	o := options(t, actqkv.ActQKV)
	o.Question = "What ends <|im_end|> here?"
	docs := []*document.Document{book(t, "one", 3), book(t, "two", 4)}
	c := conversation(t, e, o, docs...)
	c.told = len(docs)
	head, _, err := c.scaffold()
	if err != nil {
		t.Fatal(err)
	}
	p := &prompt{}
	p.marks(head)
	p.ask(o.Question)
	for i, d := range docs {
		p.document(i, d)
	}
	tokens, asked := c.encode(p)
	texts := map[place]string{}
	question, ends := "", 0
	for i, token := range tokens {
		text := e.Tokenizer.Decode([]int32{token.id})
		texts[token.place] += text
		if token.page > 0 && !strings.HasPrefix(docs[token.doc].Text()[token.offset:], text) {
			t.Errorf("the token %q is not at byte %d of document %d", text, token.offset, token.doc)
		}
		if i >= asked[0] && i < asked[1] {
			question += e.Tokenizer.Decode([]int32{token.id})
		}
		if e.Tokenizer.IsEndOfGeneration(token.id) {
			ends++
		}
	}
	if question != o.Question {
		t.Errorf("the question's tokens say %q, want %q", question, o.Question)
	}
	if ends != 0 {
		t.Errorf("%d tokens end the message", ends)
	}
	for d, doc := range docs {
		for _, page := range doc.Pages {
			if got := strings.TrimSpace(texts[place{int32(d), int32(page.Number)}]); got != page.Text {
				t.Errorf("document %d, page %d: tokens say %q, want %q", d, page.Number, got, page.Text)
			}
		}
	}
}

// Turn by turn a conversation reads what the template writes of it as a whole.
func TestTurns(t *testing.T) {
	e := tiny(t, nil)
	c := conversation(t, e, ConversationOptions{System: "Be brief."})
	var read strings.Builder
	for i := range 3 {
		head, tail, err := c.scaffold()
		if err != nil {
			t.Fatal(err)
		}
		question, answer := fmt.Sprintf("Question %d?", i), fmt.Sprintf("Answer %d.", i)
		read.WriteString(head + question + tail + answer)
		c.history = append(c.history, template.Message{Role: "user", Content: question}, template.Message{Role: "assistant", Content: answer})
	}
	whole, err := e.Template.Render(c.history, template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := read.String(); got == "" || !strings.HasPrefix(whole, got) || whole[len(got):] != "<|im_end|>\n" {
		t.Errorf("read %q, the whole is %q", got, whole)
	}
}

func TestAnswer(t *testing.T) {
	for _, method := range actqkv.Methods() {
		t.Run(method, func(t *testing.T) {
			e := tiny(t, func(s *tinymodel.Shape) { s.Context = 2048 })
			c := conversation(t, e, options(t, actqkv.Method(method)), book(t, "book", 12))
			var readings []Reading
			if err := c.Read(context.Background(), func(r Reading) { readings = append(readings, r) }); err != nil {
				t.Fatal(err)
			}
			last := readings[len(readings)-1]
			if last.Tokens != last.OfTokens || last.Page != 12 || last.OfPages != 12 || last.Left != 0 {
				t.Errorf("the last progress is %+v", last)
			}
			var heard strings.Builder
			steps := 0
			a, err := c.Ask(context.Background(), "What?", Listener{
				Text: func(s string) { heard.WriteString(s) }, Step: func(*trace.Step) { steps++ },
			})
			if err != nil {
				t.Fatal(err)
			}
			if heard.String() != a.Text || steps < a.Tokens || a.Held != c.Pos() {
				t.Errorf("heard %q, %d steps, at %d: %+v", heard.String(), steps, c.Pos(), a)
			}
			recalls := method == "actqkv" || method == "infllm"
			if recalls != (len(a.Pages) > 0) || len(a.InView) == 0 || (method == "full") != (len(a.InView) == 12) {
				t.Errorf("pages %v, in view %v", a.Pages, a.InView)
			}
			sum := 0.0
			for i, p := range a.Pages {
				sum += p.Share
				if i > 0 && p.Share > a.Pages[i-1].Share || p.Page < 1 || p.Page > 12 || p.Document != "book" {
					t.Errorf("pages %v", a.Pages)
				}
			}
			if sum > 1.0001 || recalls && sum < 0.1 {
				t.Errorf("shares add up to %v", sum)
			}
			if want := a.Held; method == "full" && a.Attended != want || method != "full" && a.Attended >= want/2 {
				t.Errorf("attended %d of %d tokens", a.Attended, want)
			}
			ask(t, c, "And now?") // the conversation goes on
		})
	}
}

// A call that is stopped loses nothing: the next one gives the same answer.
func TestStopped(t *testing.T) {
	e := tiny(t, nil)
	doc := book(t, "book", 8)
	want := ask(t, conversation(t, e, options(t, actqkv.ActQKV), doc), "What?")

	c := conversation(t, e, options(t, actqkv.ActQKV), doc)
	for n := range 3 {
		ctx, cancel := context.WithCancel(context.Background())
		windows := 0
		err := c.Read(ctx, func(Reading) {
			if windows++; windows > n {
				cancel()
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("reading ended with %v", err)
		}
	}
	if got := ask(t, c, "What?"); got.Text != want.Text || got.Held != want.Held {
		t.Errorf("after stops %q at %d, want %q at %d", got.Text, got.Held, want.Text, want.Held)
	}
}

func TestStoppedAnswer(t *testing.T) {
	e := tiny(t, nil)
	c := conversation(t, e, options(t, actqkv.ActQKV), book(t, "book", 8))
	ctx, cancel := context.WithCancel(context.Background())
	a, err := c.Ask(ctx, "What?", Listener{Text: func(string) { cancel() }})
	if !errors.Is(err, context.Canceled) || a == nil || a.Text == "" || a.Tokens > 4 {
		t.Fatalf("stopped with %v: %+v", err, a)
	}
	if got := c.history[len(c.history)-1]; got.Role != "assistant" || got.Content != a.Text {
		t.Errorf("the conversation has %+v, want %q", got, a.Text)
	}
	before := c.Pos()
	if b := ask(t, c, "Go on."); b.Held <= before {
		t.Errorf("held %d tokens, before %d", b.Held, before)
	}
}

func TestAskErrors(t *testing.T) {
	e := tiny(t, func(s *tinymodel.Shape) { s.Context = 128 })
	c := conversation(t, e, options(t, actqkv.ActQKV))
	ctx := context.Background()
	if _, err := c.Ask(ctx, " \n", Listener{}); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("an empty question: %v", err)
	}
	if _, err := c.Ask(ctx, strings.Repeat("long ", 100), Listener{}); !errors.Is(err, ErrQuestionTooLong) || !strings.Contains(err.Error(), "128") {
		t.Errorf("a long question: %v", err)
	}
	ask(t, c, "Short?") // nothing is lost by the errors before

	full := conversation(t, e, options(t, actqkv.Full), book(t, "book", 8))
	if err := full.Read(ctx, nil); err == nil || !strings.Contains(err.Error(), "use method actqkv") {
		t.Errorf("a document beyond the window: %v", err)
	}
}

// Dense attention stops at the end of the model's window.
func TestFullWindow(t *testing.T) {
	e := tiny(t, func(s *tinymodel.Shape) { s.Context = 96 })
	o := options(t, actqkv.Full)
	o.MaxTokens = 1000
	a := ask(t, conversation(t, e, o), "What?")
	if a.Stopped != StopEnd && (a.Stopped != StopLength || a.Held != 96) {
		t.Errorf("stopped by %q at %d tokens", a.Stopped, a.Held)
	}
}

func TestBOS(t *testing.T) {
	e := tiny(t, func(s *tinymodel.Shape) {
		s.Extra = []gguf.KV{{Key: "tokenizer.ggml.add_bos_token", Value: true}, {Key: "tokenizer.ggml.bos_token_id", Value: uint32(258)}}
	})
	c := conversation(t, e, options(t, actqkv.ActQKV))
	if err := c.begin(); err != nil {
		t.Fatal(err)
	}
	if got := c.pending[0].id; got != e.Tokenizer.BOS() {
		t.Errorf("begins with %d, want BOS, %d", got, e.Tokenizer.BOS())
	}
	if c.asking[1] != 0 {
		t.Errorf("without a question, %v is one", c.asking)
	}
}

func TestTemplates(t *testing.T) {
	for name, c := range map[string]struct{ template, want string }{
		"drops the user": {"{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}{% endif %}{% endfor %}", "does not write the user's message"},
		"changes it":     {"{% for m in messages %}{{ m.content | upper }}{{ m.content | length }}{% endfor %}", "does not write the user's message"},
		"refuses":        {"{{ raise_exception('no chats') }}", "no chats"},
	} {
		t.Run(name, func(t *testing.T) {
			e := tiny(t, nil)
			var err error
			if e.Template, err = template.New(c.template); err != nil {
				t.Fatal(err)
			}
			if _, err := conversation(t, e, options(t, actqkv.ActQKV)).Ask(context.Background(), "What?", Listener{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}
