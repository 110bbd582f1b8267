package model_test

import (
	"path/filepath"
	"strings"
	"testing"

	"fovea/internal/gputest"
	"fovea/internal/testutil"
	"fovea/model"
	"fovea/model/actqkv"
	"fovea/model/gguf"
	"fovea/model/tokenizer"
)

// A fact in the midst of a text that joined is found, and so is one in the text
// that was read before it.
func TestJoinFindsFacts(t *testing.T) {
	path := testutil.ModelPath(t)
	f, err := gguf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tok, err := tokenizer.FromGGUF(f)
	if err != nil {
		t.Fatal(err)
	}
	ids := func(parts ...tokenizer.Part) (ids []int32) {
		for _, x := range tok.EncodeParts(parts) {
			ids = append(ids, x.ID)
		}
		return ids
	}
	head := tokenizer.Part{Text: "<|im_start|>user\n", Special: true}
	hide := func(fact, hay string) tokenizer.Part {
		return tokenizer.Part{Text: strings.Repeat(hay, 20) + "Remember: The " + fact + ". " + strings.Repeat(hay, 50)}
	}
	first := ids(head, hide("favourite cheese of Edward = gorgonzola", "The river is wide and the road goes on and on. "))
	second := ids(head, hide("pass key of Clara = 48213", "The hills are far away. We walk to the bridge.\n"))

	m := load(t, gputest.Open(t), path)
	s := settings(t, actqkv.ActQKV, "fovea")
	dir, alone := filepath.Join(t.TempDir(), "alone"), newSession(t, m, s, len(second))
	w, err := model.CreateSnapshot(dir, model.Snapshot{Origin: alone.Origin("real"), Text: "second", Tokens: len(second)})
	if err != nil {
		t.Fatal(err)
	}
	prefill(t, alone, second)
	if err := w.Checkpoint(alone); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}

	ses, skip := newSession(t, m, s, len(first)+len(second)+300), len(ids(head))
	prefill(t, ses, first)
	lines := ids(tokenizer.Part{Text: "\n"})
	for range ses.JoinPad(skip) {
		prefill(t, ses, lines)
	}
	prefill(t, ses, second[skip:ses.JoinStart(skip)])
	if _, err := ses.Join(t.Context(), "real", skip, dir); err != nil {
		t.Fatal(err)
	}
	mark, err := ses.Mark(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer mark.Free()
	for what, want := range map[string]string{"favourite cheese of Edward": "gorgonzola", "pass key of Clara": "48213"} {
		if err := ses.Return(t.Context(), mark); err != nil {
			t.Fatal(err)
		}
		question := ids(tokenizer.Part{Text: "\n\nWhat is the " + what + "?"},
			tokenizer.Part{Text: "<|im_end|>\n<|im_start|>assistant\n", Special: true}, tokenizer.Part{Text: "The " + what + " ="})
		if err := ses.Ask(0, len(question)-1); err != nil {
			t.Fatal(err)
		}
		text, decoder, logits := "", tok.NewDecoder(), logits(t, ses, question)
		for range 8 {
			id := argmax(logits)
			text += decoder.Add(id)
			logits = next(t, ses, id)
		}
		if !strings.Contains(text, want) {
			t.Errorf("the %s is %q, want %q (%d and %d tokens)", what, text, want, len(first), len(second))
		}
	}
}
