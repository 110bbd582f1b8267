package chat_test

import (
	"errors"
	"testing"

	"fovea/app/engine"
	"fovea/internal/tinymodel"
	"fovea/store"
)

// A document that another conversation read alone is not read again where it comes
// later, behind another one; that it was read without that one is said, and can be
// chosen not to be.
func TestJoinedDocument(t *testing.T) {
	dir, path := t.TempDir(), tinymodel.Write(t, tinymodel.Default())
	r := newReader(t, dir, path)
	one, two := r.file("one", 2), r.file("two", 6)
	r.talk(two)
	whole, _ := r.took()
	if whole < 2500 {
		t.Fatalf("the document has %d tokens", whole)
	}
	id, first := r.about(one)
	r.took()

	told := func(what string, most int) {
		t.Helper()
		tokens, noticed := r.took()
		if tokens > most || len(noticed) != 1 || !errors.Is(noticed[0], engine.ErrJoined) {
			t.Errorf("%s: %d tokens were read; told of %v", what, tokens, noticed)
		}
		if v := r.View(id); v.Docs[0].Joined || !v.Docs[1].Joined || v.Meter.ReadPages != 8 {
			t.Errorf("%s: the documents are %+v", what, v.Docs)
		}
	}
	r.attach(id, two)
	answer := r.ask(id, "And this?")
	told("attached", 2*turns)
	if n := len(r.snapshots()); n != 2 {
		t.Errorf("%d snapshots", n)
	}
	r.check(r.Regenerate(t.Context(), answer.ID, nil))
	r.idle()
	if tokens, noticed := r.took(); tokens > next || len(noticed) > 0 || r.last(id).Content != answer.Content {
		t.Errorf("%d tokens were read for the same answer; told of %v; answered %q, want %q", tokens, noticed, r.last(id).Content, answer.Content)
	}
	r.check(r.Regenerate(t.Context(), first.ID, nil)) // is still about the first document only
	r.idle()
	if got := r.last(id).Content; got != first.Content {
		t.Errorf("answered %q, before %q", got, first.Content)
	}
	_, err := r.store.Show(t.Context(), answer.ID)
	r.check(err)
	r.close()

	r = newReader(t, dir, path)
	r.check(r.Documents(t.Context(), id))
	r.check(r.Regenerate(t.Context(), answer.ID, nil))
	r.idle()
	told("after a restart", 3*turns)
	if got := r.last(id).Content; got != answer.Content {
		t.Errorf("after a restart answered %q, before %q", got, answer.Content)
	}
	r.check(r.SetExact(t.Context(), true))
	if a := r.ask(id, "So?"); a.Status != store.Complete {
		t.Errorf("the answer is %s", a.Status)
	}
	if tokens, noticed := r.took(); tokens < whole-100 || len(noticed) > 0 || r.View(id).Docs[1].Joined {
		t.Errorf("%d tokens were read of %d that were to be read; told of %v", tokens, whole, noticed)
	}
	r.close()
	r = newReader(t, dir, path)
	if !r.Exact() {
		t.Error("after a restart documents are taken as they were read alone")
	}
}
