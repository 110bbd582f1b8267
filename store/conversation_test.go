package store

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestConversation(t *testing.T) {
	s, clock := fresh(t)
	ctx := t.Context()
	folder := must(s.AddFolder(ctx, "Physics"))(t)
	given := Conversation{
		Folder: folder.ID, Title: "Optics", System: "Be brief.", Sampling: json.RawMessage(`{"temperature": 0.5}`), Draft: "What is",
	}
	added := must(s.AddConversation(ctx, given))(t)
	want := given
	want.ID, want.Created, want.Updated = added.ID, clock.now().UTC(), clock.now().UTC()
	if !reflect.DeepEqual(added, want) {
		t.Errorf("added %+v, want %+v", added, want)
	}

	clock.wait(time.Hour)
	check(t, s.RenameConversation(ctx, added.ID, "Light"))
	check(t, s.SetSystem(ctx, added.ID, "Be exact."))
	check(t, s.SetSampling(ctx, added.ID, json.RawMessage(`{"temperature": 0}`)))
	check(t, s.SetDraft(ctx, added.ID, "What is light"))
	check(t, s.MoveConversation(ctx, added.ID, 0))
	want.Folder, want.Title, want.System, want.Draft = 0, "Light", "Be exact.", "What is light"
	want.Sampling = json.RawMessage(`{"temperature": 0}`)
	if got := must(s.Conversation(ctx, added.ID))(t); !reflect.DeepEqual(got, want) {
		t.Errorf("changed %+v, want %+v", got, want)
	}

	asked := must(s.AddMessage(ctx, NewMessage{Conversation: added.ID, Role: User, Content: "What is light?", Sent: true}))(t)
	want.Leaf, want.Draft, want.Updated = asked.ID, "", clock.now().UTC()
	if got := must(s.Conversation(ctx, added.ID))(t); !reflect.DeepEqual(got, want) {
		t.Errorf("after a message %+v, want %+v", got, want)
	}
}

func TestListing(t *testing.T) {
	s, clock := fresh(t)
	ctx := t.Context()
	a := converse(t, s, "a")
	b := converse(t, s, "b") // of the same moment: the later one is first
	clock.wait(time.Second)
	c := converse(t, s, "c")
	clock.wait(time.Second)
	say(t, s, a, 0, User, "hello")
	titles := func() string {
		var all []string
		for _, x := range must(s.Conversations(ctx))(t) {
			all = append(all, x.Title)
		}
		return strings.Join(all, " ")
	}
	if got := titles(); got != "a c b" {
		t.Errorf("listed %q, want %q", got, "a c b")
	}
	folder := must(s.AddFolder(ctx, "zoo"))(t)
	must(s.AddFolder(ctx, "Ark"))(t)
	check(t, s.RenameFolder(ctx, folder.ID, "aviary"))
	check(t, s.MoveConversation(ctx, b, folder.ID))
	if got := must(s.Folders(ctx))(t); len(got) != 2 || got[0].Name != "Ark" || got[1].Name != "aviary" {
		t.Errorf("folders %+v", got)
	}
	for _, x := range must(s.Conversations(ctx))(t) {
		if inFolder := x.Folder == folder.ID; inFolder != (x.ID == b) {
			t.Errorf("%s is in folder %d", x.Title, x.Folder)
		}
	}
	check(t, s.DeleteConversation(ctx, c))
	if got := titles(); got != "a b" {
		t.Errorf("listed %q, want %q", got, "a b")
	}
}

func TestMissing(t *testing.T) {
	s, _ := fresh(t)
	ctx := t.Context()
	c := converse(t, s, "c")
	other := say(t, s, converse(t, s, "other"), 0, User, "elsewhere")
	_, noConversation := s.Conversation(ctx, 99)
	_, noMessage := s.Message(ctx, 99)
	_, noTrace := s.Trace(ctx, other)
	_, noDocument := s.Document(ctx, 99)
	_, noHash := s.DocumentBySHA256(ctx, strings.Repeat("0", 64))
	_, noPage := s.Page(ctx, 99, 1)
	_, strangeParent := s.AddMessage(ctx, NewMessage{Conversation: c, Parent: other, Role: User})
	_, noParent := s.AddMessage(ctx, NewMessage{Conversation: c, Parent: 99, Role: User})
	_, noPlace := s.AddMessage(ctx, NewMessage{Conversation: 99, Role: User})
	_, noFolder := s.AddConversation(ctx, Conversation{Folder: 99})
	_, noLeaf := s.Show(ctx, 99)
	for name, err := range map[string]error{
		"read a conversation": noConversation, "read a message": noMessage, "read a trace": noTrace,
		"read a document": noDocument, "read a document by its hash": noHash, "read a page": noPage,
		"a parent in another conversation": strangeParent, "no parent": noParent,
		"no conversation": noPlace, "no folder": noFolder, "show": noLeaf,
		"rename":       s.RenameConversation(ctx, 99, ""),
		"move":         s.MoveConversation(ctx, c, 99),
		"draft":        s.SetDraft(ctx, 99, ""),
		"system":       s.SetSystem(ctx, 99, ""),
		"sampling":     s.SetSampling(ctx, 99, json.RawMessage("{}")),
		"delete":       s.DeleteConversation(ctx, 99),
		"restore":      s.RestoreConversation(ctx, c),
		"folder":       s.RenameFolder(ctx, 99, ""),
		"answer":       s.SaveAnswer(ctx, 99, Answer{Status: Complete}),
		"resume":       s.Resume(ctx, 99),
		"attach":       s.Attach(ctx, c, 99),
		"attach to no": s.Attach(ctx, 99, 99),
		"detach":       s.Detach(ctx, c, 99),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
	if got := must(s.Messages(ctx, c))(t); len(got) != 0 {
		t.Errorf("failed calls left %+v", got)
	}
}

func TestBadJSON(t *testing.T) {
	s, _ := fresh(t)
	ctx := t.Context()
	c := converse(t, s, "c")
	bad := json.RawMessage(`{"temperature":`)
	_, conversation := s.AddConversation(ctx, Conversation{Sampling: bad})
	_, message := s.AddMessage(ctx, NewMessage{Conversation: c, Role: User, Details: bad})
	for name, err := range map[string]error{
		"conversation": conversation, "message": message, "sampling": s.SetSampling(ctx, c, bad),
		"setting": s.SetSetting(ctx, "k", math.Inf(1)), "answer": s.SaveAnswer(ctx, 1, Answer{Details: bad}),
	} {
		if err == nil {
			t.Errorf("%s: bad JSON was saved", name)
		}
	}
}

func TestSettings(t *testing.T) {
	s, _ := fresh(t)
	ctx := t.Context()
	budget := 7
	if found := must(s.Setting(ctx, "budget", &budget))(t); found || budget != 7 {
		t.Errorf("found %v, %d", found, budget)
	}
	check(t, s.SetSetting(ctx, "budget", 2048))
	check(t, s.SetSetting(ctx, "budget", 4096))
	if found := must(s.Setting(ctx, "budget", &budget))(t); !found || budget != 4096 {
		t.Errorf("found %v, %d", found, budget)
	}
	var text string
	if _, err := s.Setting(ctx, "budget", &text); err == nil {
		t.Error("a number was read as a string")
	}
	check(t, s.DeleteSetting(ctx, "budget"))
	check(t, s.DeleteSetting(ctx, "budget"))
	if found := must(s.Setting(ctx, "budget", &budget))(t); found {
		t.Error("a deleted setting was found")
	}

	w := Window{
		Width: 1280, Height: 800.5, Conversation: 3,
		Splits: map[string]float64{"sidebar": 0.2}, Hidden: map[string]bool{"retention": true},
	}
	if _, found, err := s.Window(ctx, "main"); found || err != nil {
		t.Errorf("found %v, %v", found, err)
	}
	check(t, s.SetWindow(ctx, "main", w))
	if got, found, err := s.Window(ctx, "main"); !found || err != nil || !reflect.DeepEqual(got, w) {
		t.Errorf("read %+v, %v, %v, want %+v", got, found, err, w)
	}
}

// TestBytes requires that texts come back as they were.
func TestBytes(t *testing.T) {
	s, _ := fresh(t)
	ctx := t.Context()
	c := converse(t, s, "'; DROP TABLE message; --")
	texts := []string{
		"", " ", "\x00", "a\x00b", "\xff\xfe", "2026-03-01T12:00:00Z", "2026-03-01 12:00:00", "1", "1.5e3", "NULL", "x'00'",
		"\x02\x03", "\u200b", "汉字と仮名", "🧿", strings.Repeat("long ", 100_000),
	}
	for _, text := range texts {
		id := say(t, s, c, 0, User, text)
		if got := must(s.Message(ctx, id))(t).Content; got != text {
			t.Errorf("wrote %.40q, read %.40q", text, got)
		}
		check(t, s.SetDraft(ctx, c, text))
		if got := must(s.Conversation(ctx, c))(t).Draft; got != text {
			t.Errorf("wrote %.40q, read %.40q", text, got)
		}
	}
	d := keep(t, s, "a", texts...)
	for i, p := range must(s.Pages(ctx, d))(t) {
		if p.Text != texts[i] {
			t.Errorf("wrote %.40q, read %.40q", texts[i], p.Text)
		}
	}
	checkWhole(t, s)
}
