package chat

import (
	"context"
	"errors"
	"slices"
	"time"

	"fovea/app/document"
	"fovea/app/engine"
	"fovea/model/actqkv"
	"fovea/store"
)

// turn is a message as the model reads it.
type turn struct {
	answer bool
	docs   []store.DocumentID // that a question brought
	text   string
}

func (t turn) equal(o turn) bool { return t.answer == o.answer && t.text == o.text }

// text is what a model reads before the next question. Documents go before all
// turns, those too that came later: what is read of them then depends on no
// question, so it is kept, and serves every conversation about them.
type text struct {
	docs  []store.DocumentID
	turns []turn
}

// textOf is the text of turns and of the documents of the question to come.
func textOf(turns []turn, next []store.DocumentID) (t text) {
	t.turns = turns
	for _, docs := range append(docsOf(turns), next) {
		for _, d := range docs {
			if !slices.Contains(t.docs, d) {
				t.docs = append(t.docs, d)
			}
		}
	}
	return t
}

func docsOf(turns []turn) (all [][]store.DocumentID) {
	for _, t := range turns {
		all = append(all, t.docs)
	}
	return all
}

// leadsTo says whether a session that has read t is on the way to what is
// wanted. With documents it begins anew rather than behind nothing, for the
// first one is kept only where its reading is the session's first.
func (t text) leadsTo(want text) bool {
	if len(t.turns) == 0 {
		return (len(t.docs) > 0 || len(want.docs) == 0) &&
			len(t.docs) <= len(want.docs) && slices.Equal(t.docs, want.docs[:len(t.docs)])
	}
	return slices.Equal(t.docs, want.docs) && len(t.turns) <= len(want.turns) &&
		slices.EqualFunc(t.turns, want.turns[:len(t.turns)], turn.equal)
}

// talk is a session of the model with what it has read. Several conversations
// about the same documents have one, by turns.
type talk struct {
	Talk
	text
	method actqkv.Settings
	system string
	exact  bool // see Service.Exact
	marks  []mark
	part   *engine.Reading // how far documents are read that are not read to their end; else nil
	cut    *mark           // where the documents were cut for an answer; else nil
	used   time.Time
	holder store.ConversationID // whose turns are behind the documents; 0: nobody's
	aside  map[store.ConversationID]*aside
}

// mark is a state to which a talk can return.
type mark struct {
	*engine.Mark
	docs, turns int // lengths
}

// close frees the talk's memory.
func (t *talk) close() {
	t.drop(0)
	if t.cut != nil {
		t.cut.Free()
	}
	t.Talk.Close()
}

// drop frees all marks but the first n.
func (t *talk) drop(n int) {
	for _, m := range t.marks[n:] {
		m.Free()
	}
	t.marks = t.marks[:n]
	t.prune()
}

// maxMarks is the most marks of a talk. Those that stand behind documents are
// worth the most, the first and the last one of them above all.
const maxMarks = 4

// mark remembers the talk as it is, behind the documents or before a question.
func (t *talk) mark(ctx context.Context) error {
	if n := len(t.marks); n > 0 && t.marks[n-1].docs == len(t.docs) && t.marks[n-1].turns == len(t.turns) {
		return nil
	}
	m, err := t.Mark(ctx)
	if errors.Is(err, engine.ErrOutOfMemory) {
		return nil // another answer to the question will cost reading again
	}
	if err != nil {
		return err
	}
	if len(t.marks) == maxMarks {
		i := 1 + max(0, slices.IndexFunc(t.marks[1:], func(m mark) bool { return m.turns > 0 }))
		t.marks[i].Free()
		t.marks = slices.Delete(t.marks, i, i+1)
		t.prune()
	}
	t.marks = append(t.marks, mark{m, len(t.docs), len(t.turns)})
	return nil
}

// at is what the talk has read at mark i; at len(t.marks), where it is.
func (t *talk) at(i int) text {
	if i == len(t.marks) {
		return t.text
	}
	return text{t.docs[:t.marks[i].docs], t.turns[:t.marks[i].turns]}
}

// pos is the number of tokens at mark i.
func (t *talk) pos(i int) int {
	if i == len(t.marks) {
		return t.Pos()
	}
	return t.marks[i].Pos()
}

// place is one to which a talk can go: a mark, or, with its number len(t.marks),
// where it is, or where something was set aside.
type place struct {
	mark  int
	aside *aside // nil: a mark
}

// read is what the talk has read at a place.
func (t *talk) read(p place) (what text, pos int) {
	if p.aside != nil {
		return p.aside.text, p.aside.pos
	}
	return t.at(p.mark), t.pos(p.mark)
}

// markOf is the number of the last mark that stays when the talk goes to a place.
func (t *talk) markOf(p place) int {
	if p.aside == nil {
		return p.mark
	}
	return slices.IndexFunc(t.marks, func(m mark) bool { return m.Mark == p.aside.mark })
}

// place is the last place of the talk that leads a conversation to what is wanted;
// false: there is none. With open, the last of the wanted turns is an answer to
// go on with.
func (t *talk) place(id store.ConversationID, want text, open bool) (place, bool) {
	best, found := place{mark: -1}, false
	for i := len(t.marks); i >= 0 && !found; i-- {
		at := t.at(i)
		closed := open && len(at.turns) == len(want.turns) && (i < len(t.marks) || !t.CanContinue())
		if at.leadsTo(want) && !closed {
			best, found = place{mark: i}, true
		}
	}
	if a := t.aside[id]; a.leads(want, open) && (!found || a.pos > t.pos(best.mark)) {
		return place{aside: a}, true
	}
	return best, found
}

// back takes the talk back to mark i.
func (t *talk) back(ctx context.Context, i int) error {
	if i == len(t.marks) {
		return nil
	}
	if err := t.Return(ctx, t.marks[i].Mark); err != nil {
		return err
	}
	at := t.at(i)
	t.text, t.part = text{slices.Clip(at.docs), slices.Clip(at.turns)}, nil
	t.drop(i + 1)
	return nil
}

// forward has a talk read the documents that are wanted, with a mark behind
// them, and gives it the turns, which the next reading reads. Where the job may
// do with a part of the documents, they may be cut.
func (s *Service) forward(j *job, t *talk, want text) error {
	if len(t.turns) == 0 && len(want.docs) > 0 {
		if err := s.attach(j.ctx, t, want.docs); err != nil {
			return err
		}
		whole, err := s.readAll(j, t)
		if err == nil && !whole {
			whole, err = s.cut(j, t)
		}
		if err == nil && whole {
			err = t.mark(j.ctx)
		}
		if err != nil {
			return err
		}
	}
	for _, w := range want.turns[len(t.turns):] {
		if err := t.Remember(engine.Turn{Answer: w.answer, Text: w.text}); err != nil {
			return err
		}
		t.turns = append(t.turns, w)
	}
	return nil
}

// attach attaches those of the documents that are not attached yet.
func (s *Service) attach(ctx context.Context, t *talk, docs []store.DocumentID) error {
	more, err := s.documents(ctx, docs[len(t.docs):])
	if err != nil {
		return err
	}
	t.Attach(more...)
	t.docs = slices.Clone(docs)
	return nil
}

// documents returns documents, out of the store where need be.
func (s *Service) documents(ctx context.Context, ids []store.DocumentID) ([]*document.Document, error) {
	var docs []*document.Document
	for _, id := range ids {
		d, err := s.document(ctx, id)
		if err != nil {
			return nil, err
		}
		docs = append(docs, d)
	}
	return docs, nil
}
