package chat_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fovea/app/chat"
	"fovea/app/engine"
	"fovea/gpu/reference"
	"fovea/internal/tinymodel"
	"fovea/store"
)

// alone has questions answered in a conversation of their own, about a book.
func alone(t *testing.T, path string, pages int, questions ...string) (answers []string) {
	t.Helper()
	r := newReader(t, t.TempDir(), path)
	defer r.close()
	id := r.talk(r.file("book", pages))
	for _, q := range questions {
		answers = append(answers, r.ask(id, q).Content)
	}
	return answers
}

// talk begins a conversation and has its file read.
func (r *reader) talk(path string) store.ConversationID {
	r.Helper()
	id := r.begin(path)
	r.until("it is read", func() bool { v := r.View(id); return v.Read(0) == v.Docs[0].Pages })
	r.idle()
	return id
}

const (
	turns = 120 // tokens of a question and an answer, at most
	next  = 20  // and of what the template has before a question
)

// With a model: conversations that are used in turn answer to the word as each
// alone would, and read but their new questions.
func TestShareModel(t *testing.T) {
	path := tinymodel.Write(t, tinymodel.Default())
	asked := [][]string{{"What?", "And then?", "Why?"}, {"Who?", "When was that, and where?", "How?"}, {"So?", "Is that all?", "Really?"}}
	var want [][]string
	for _, questions := range asked {
		want = append(want, alone(t, path, 3, questions...))
	}
	for _, limit := range []int64{0, 1 << 30} { // of snapshots
		r := newReader(t, t.TempDir(), path)
		r.check(r.SetSnapshotLimit(t.Context(), limit))
		book := r.file("book", 3)
		var ids []store.ConversationID
		for range asked {
			ids = append(ids, r.talk(book))
		}
		all, _ := r.took()
		got := make([][]string, len(asked))
		for part := range 3 {
			for i, id := range ids {
				got[i] = append(got[i], r.ask(id, asked[i][part]).Content)
				if tokens, noticed := r.took(); tokens > next || len(noticed) > 0 {
					t.Errorf("conversation %d: %d tokens were read of %d; told of %v", i, tokens, all, noticed)
				}
			}
		}
		for i := range asked {
			if !slices.Equal(got[i], want[i]) {
				t.Errorf("conversation %d: answered %q, alone %q", i, got[i], want[i])
			}
		}
		// An answer in a conversation that comes back can be given again.
		last := r.last(ids[0])
		r.check(r.Regenerate(t.Context(), last.ID, nil))
		r.idle()
		if tokens, _ := r.took(); r.last(ids[0]).Content != last.Content || tokens > 3*turns {
			t.Errorf("answered %q, before %q; %d tokens were read", r.last(ids[0]).Content, last.Content, tokens)
		}
		r.close()
	}
}

// What is set aside keeps to a limit: what was not used for longest goes, and its
// turns are read again. The memory that is told has it. A conversation that is
// deleted leaves nothing behind.
func TestShareLimit(t *testing.T) {
	path := tinymodel.Write(t, tinymodel.Default())
	open := func(limit, host int64) (*reader, []store.ConversationID) {
		r := readerWith(t, t.TempDir(), path, chat.Options{Soon: never, Aside: limit}, func(ctx context.Context, path string) (*engine.Engine, error) {
			e, err := engine.OpenOn(ctx, reference.New(8), path)
			if err == nil {
				e.Model.Limits.Host = host
			}
			return e, err
		})
		book := r.file("book", 3)
		return r, []store.ConversationID{r.talk(book), r.talk(book), r.talk(book)}
	}
	first := func(i int) string {
		return fmt.Sprint(i, strings.Repeat(" and what is there on the pages of the book?", 3))
	}
	r, ids := open(0, 0)
	var bytes []int64
	for i, id := range ids {
		r.ask(id, first(i))
		bytes = append(bytes, r.View(id).Meter.Bytes)
	}
	branch := bytes[1] - bytes[0]
	if branch <= 0 || bytes[2]-bytes[1] != branch {
		t.Errorf("%d bytes with nothing aside, %d with the turns of one conversation, %d of two", bytes[0], bytes[1], bytes[2])
	}
	r.drop(ids[0])
	r.drop(ids[1])
	r.ask(ids[2], "And then?")
	if now := r.View(ids[2]).Meter.Bytes; now != bytes[0] {
		t.Errorf("%d bytes when the others are deleted, %d at the beginning", now, bytes[0])
	}
	r.close()

	want := alone(t, path, 3, first(0), "And then?", "And then?")
	for _, c := range []struct {
		limit, host int64
		reads       []bool // whether turns are read
	}{{0, 8 * branch * 3 / 2, []bool{true, false, false, true, false}}, {branch / 2, 0, []bool{true, true, true, true, true}}} {
		r, ids := open(c.limit, c.host)
		for i, id := range ids {
			r.ask(id, first(i))
		}
		r.took()
		for i, who := range []int{0, 2, 0, 1, 0} {
			a := r.ask(ids[who], "And then?")
			if tokens, _ := r.took(); (tokens > next) != c.reads[i] || tokens > 3*turns {
				t.Errorf("limits %d and %d, a branch takes %d: %d tokens were read for answer %d", c.limit, c.host, branch, tokens, i)
			}
			if i == 0 && a.Content != want[1] || i == 2 && a.Content != want[2] {
				t.Errorf("limits %d and %d, a branch takes %d: answer %d is %q, alone %q", c.limit, c.host, branch, i, a.Content, want)
			}
		}
		r.close()
	}
}

// When memory is short, what is set aside goes before anything else.
func TestShareShort(t *testing.T) {
	r := newReader(t, t.TempDir(), tinymodel.Write(t, tinymodel.Default()))
	book := r.file("book", 3)
	first, second := r.talk(book), r.talk(book)
	question := "What is there on the pages of the book, and what is it about?"
	r.ask(first, "First: "+question)
	r.ask(second, "Second: "+question)
	r.took()
	r.mu.Lock()
	r.short = 1
	r.mu.Unlock()
	if a := r.ask(second, "And then?"); a.Status != store.Complete {
		t.Errorf("the answer is %s", a.Status)
	}
	if tokens, noticed := r.took(); tokens > next || len(noticed) > 0 {
		t.Errorf("%d tokens were read; told of %v", tokens, noticed)
	}
	r.ask(first, "And then?")
	if tokens, _ := r.took(); tokens <= next || tokens > turns {
		t.Errorf("%d tokens were read, of turns that were dropped", tokens)
	}
}

// Another document of one conversation costs the others nothing but, once, their
// turns: what can be restored is not taken from anybody.
func TestShareFirstDocument(t *testing.T) {
	path := tinymodel.Write(t, tinymodel.Default())
	r := newReader(t, t.TempDir(), path)
	one := r.file("one", 3)
	first, second := r.talk(one), r.talk(one)
	r.ask(second, "Who?")
	r.ask(first, "What?")
	r.attach(first, r.file("two", 2))
	r.ask(first, "And then?")
	r.took()
	for i, most := range []int{turns, next, next, next} {
		r.ask([]store.ConversationID{second, first}[i%2], "So?")
		if tokens, noticed := r.took(); tokens > most || len(noticed) > 0 {
			t.Errorf("answer %d: %d tokens were read; told of %v", i, tokens, noticed)
		}
	}
}

// A document that comes after questions goes before them: it is kept as the
// first ones are, serves other conversations, and is not read again after a
// restart.
func TestLaterDocument(t *testing.T) {
	dir, path := t.TempDir(), tinymodel.Write(t, tinymodel.Default())
	r := newReader(t, dir, path)
	one, two := r.file("one", 2), r.file("two", 3)
	id, first := r.about(one)
	r.attach(id, two)
	a := r.ask(id, "And this?")
	kept := r.snapshots()
	if len(kept) != 2 || kept[0].Title != "two" && kept[1].Title != "two" || kept[0].Read != kept[0].Tokens || kept[1].Read != kept[1].Tokens {
		t.Errorf("kept %+v", kept)
	}
	consulted, err := r.store.Consulted(t.Context(), id)
	r.check(err)
	docs := map[store.DocumentID]bool{}
	for _, p := range consulted[a.ID] {
		docs[p.Document] = true
	}
	if len(docs) != 2 {
		t.Errorf("consulted %+v", consulted[a.ID])
	}
	r.took()
	// The first question is still about the first document only.
	r.check(r.Regenerate(t.Context(), first.ID, nil))
	r.idle()
	if again := r.last(id); again.Content != first.Content {
		t.Errorf("answered %q, before %q", again.Content, first.Content)
	}
	if _, err := r.store.Show(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	want := r.ask(id, "And then?")
	if tokens, noticed := r.took(); tokens > 3*turns || len(noticed) > 0 {
		t.Errorf("%d tokens were read; told of %v", tokens, noticed)
	}
	r.close()

	r = newReader(t, dir, path)
	r.check(r.Regenerate(t.Context(), want.ID, nil))
	r.idle()
	if tokens, noticed := r.took(); tokens > 2*turns || len(noticed) > 0 {
		t.Errorf("after a restart %d tokens were read; told of %v", tokens, noticed)
	}
	if got := r.last(id); got.Content != want.Content {
		t.Errorf("after a restart answered %q, before %q", got.Content, want.Content)
	}
	other := r.conversation()
	r.attach(other, one)
	r.attach(other, two)
	r.ask(other, "Both?")
	if tokens, noticed := r.took(); tokens != 0 || len(noticed) > 0 {
		t.Errorf("in another conversation %d tokens were read; told of %v", tokens, noticed)
	}
}

// A reading that an answer from fewer documents interrupts goes on from what was
// kept of it.
func TestReadingInterruptedByBranch(t *testing.T) {
	dir, path := t.TempDir(), tinymodel.Write(t, tinymodel.Default())
	r := openReader(t, dir, path, atOnce)
	r.kept.Every = 0
	id, first := r.about(r.file("one", 2))
	r.idle()
	r.took()
	r.attach(id, r.file("two", 7))
	r.until("pages are read", func() bool { return r.View(id).Meter.ReadPages > 4 })
	r.check(r.Regenerate(t.Context(), first.ID, nil))
	r.answered(id)
	if f := r.figures(r.last(id)); f.Part || f.Chosen.MaxTokens != 8 {
		t.Errorf("figures %+v", f)
	}
	r.until("all is read", func() bool { v := r.View(id); return v.Meter.ReadPages == v.Meter.Pages })
	r.idle()
	tokens, noticed := r.took()
	var two store.Snapshot
	for _, k := range r.snapshots() {
		if k.Title == "two" {
			two = k
		}
	}
	if two.Read == 0 || two.Read != two.Tokens || tokens > two.Tokens || len(noticed) > 0 {
		t.Errorf("%d tokens were read; told of %v; kept %+v", tokens, noticed, two)
	}
}
