package store

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestUndo(t *testing.T) {
	s, _ := fresh(t)
	ctx := t.Context()
	folder := must(s.AddFolder(ctx, "f"))(t)
	inside := must(s.AddConversation(ctx, Conversation{Title: "inside", Folder: folder.ID}))(t)
	gone := must(s.AddConversation(ctx, Conversation{Title: "gone", Folder: folder.ID}))(t)
	outside := converse(t, s, "outside")
	for _, c := range []ConversationID{inside.ID, gone.ID, outside} {
		say(t, s, c, 0, User, "needle")
		check(t, s.Attach(ctx, c, keep(t, s, "a", "pin")))
	}
	before := must(s.Branch(ctx, inside.ID))(t)
	visible := func(step string, titles string) {
		t.Helper()
		var listed, found []string
		for _, c := range must(s.Conversations(ctx))(t) {
			listed = append(listed, c.Title)
		}
		for _, h := range must(s.SearchMessages(ctx, Query{Text: "needle"}))(t) {
			found = append(found, h.Title)
		}
		if got := strings.Join(listed, " "); got != titles {
			t.Errorf("%s: listed %q, want %q", step, got, titles)
		}
		if len(found) != len(listed) {
			t.Errorf("%s: found in %q, want in %q", step, found, titles)
		}
		if pages := must(s.SearchPages(ctx, Query{Text: "pin"}))(t); (len(pages) == 1) != (titles != "") {
			t.Errorf("%s: found pages %+v", step, pages)
		}
	}
	visible("at first", "outside gone inside")
	check(t, s.DeleteConversation(ctx, gone.ID))
	visible("deleted one", "outside inside")
	check(t, s.DeleteFolder(ctx, folder.ID))
	visible("deleted the folder", "outside")
	if got := must(s.Folders(ctx))(t); len(got) != 0 {
		t.Errorf("folders %+v", got)
	}
	check(t, s.DeleteConversation(ctx, outside))
	visible("deleted all", "")
	check(t, s.RestoreConversation(ctx, outside))
	check(t, s.RestoreFolder(ctx, folder.ID))
	visible("restored the folder", "outside inside")
	check(t, s.DeleteFolder(ctx, folder.ID))
	check(t, s.RestoreConversation(ctx, gone.ID))
	visible("restored one of a deleted folder", "outside gone")
	if got := must(s.Conversation(ctx, gone.ID))(t); got.Folder != 0 {
		t.Errorf("it is in folder %d", got.Folder)
	}
	check(t, s.RestoreFolder(ctx, folder.ID))
	if got := must(s.Branch(ctx, inside.ID))(t); !reflect.DeepEqual(got, before) {
		t.Errorf("restored %+v, want %+v", got, before)
	}
}

func TestPurge(t *testing.T) {
	s, clock := fresh(t)
	ctx := t.Context()
	big := make([]string, 300)
	for i := range big {
		big[i] = strings.Repeat("lorem ipsum dolor ", 100)
	}
	shared, own, read, idle := keep(t, s, "a", "pin"), keep(t, s, "b", big...), keep(t, s, "c", "pin"), keep(t, s, "d", "pin")
	folder := must(s.AddFolder(ctx, "f"))(t)
	old := must(s.AddConversation(ctx, Conversation{Folder: folder.ID}))(t).ID
	alive, late := converse(t, s, "alive"), converse(t, s, "late")
	check(t, s.Attach(ctx, old, shared, own))
	check(t, s.Attach(ctx, alive, shared))
	m := must(s.AddMessage(ctx, NewMessage{Conversation: old, Role: Assistant, Status: Writing}))(t).ID
	check(t, s.SaveAnswer(ctx, m, Answer{
		Content: "needle", Status: Complete, Trace: []byte{1}, Consulted: []Consulted{{Document: own, Page: 1, Share: 1}},
	}))
	m2 := must(s.AddMessage(ctx, NewMessage{Conversation: alive, Role: Assistant, Status: Writing}))(t).ID
	check(t, s.SaveAnswer(ctx, m2, Answer{Status: Complete, Consulted: []Consulted{{Document: read, Page: 1, Share: 1}}}))

	check(t, s.DeleteFolder(ctx, folder.ID))
	clock.wait(24 * time.Hour)
	check(t, s.DeleteConversation(ctx, late))
	recent := keep(t, s, "e", "pin")
	check(t, s.Purge(ctx, 24*time.Hour)) // nothing is older than a day
	if _, err := s.Conversation(ctx, old); err != nil {
		t.Fatal(err)
	}
	check(t, s.writer.Close()) // the log becomes part of the file
	check(t, s.readers.Close())
	before := fileSize(s.Path())

	s = open(t, s.Path(), clock)
	clock.wait(time.Hour)
	check(t, s.Purge(ctx, 24*time.Hour))
	if err := s.RestoreFolder(ctx, folder.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("restored a purged folder: %v", err)
	}
	for name, err := range map[string]error{
		"conversation": second(s.Conversation(ctx, old)), "message": second(s.Message(ctx, m)), "trace": second(s.Trace(ctx, m)),
		"its document": second(s.Document(ctx, own)), "a document without use": second(s.Document(ctx, idle)), "page": second(s.Page(ctx, own, 1)),
	} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
	for name, id := range map[string]DocumentID{"attached elsewhere": shared, "consulted": read, "recent": recent} {
		if _, err := s.Document(ctx, id); err != nil {
			t.Errorf("document %s: %v", name, err)
		}
	}
	check(t, s.RestoreConversation(ctx, late))
	if next := converse(t, s, "next"); next <= late {
		t.Errorf("number %d was used again", next)
	}
	checkWhole(t, s)
	check(t, s.writer.Close())
	check(t, s.readers.Close())
	info, err := os.Stat(s.Path())
	check(t, err)
	if info.Size() > before/2 {
		t.Errorf("the file had %d bytes and has %d", before, info.Size())
	}
}

func second[T any](_ T, err error) error { return err }
