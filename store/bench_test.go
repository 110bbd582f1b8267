package store

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// sentence is in a language of 20,000 words; a few of them are most of a text,
// as in natural ones.
func sentence(random *rand.Rand, words int) string {
	zipf := rand.NewZipf(random, 1.1, 3, 20_000)
	var b strings.Builder
	for range words {
		fmt.Fprintf(&b, "w%x ", zipf.Uint64())
	}
	return b.String()
}

const (
	benchConversations = 2000
	benchMessages      = 10 // in each
	benchPages         = 2400
	benchWords         = 300 // on each
)

// book is a document of 2,400 pages.
func book() []Page {
	random := rand.New(rand.NewPCG(5, 6))
	texts := make([]string, benchPages)
	for i := range texts {
		texts[i] = sentence(random, benchWords)
	}
	return pagesOf(texts...)
}

// library has 2,000 conversations with 10 messages each, and the book.
func library(b *testing.B) *Store {
	s, clock := fresh(b)
	ctx := b.Context()
	_, err := s.writer.ExecContext(ctx, "PRAGMA synchronous = off") // only while it is filled
	check(b, err)
	random := rand.New(rand.NewPCG(7, 8))
	d := must(s.AddDocument(ctx, Document{SHA256: strings.Repeat("a", 64), Title: "Book"}, book()))(b)
	for i := range benchConversations {
		c := must(s.AddConversation(ctx, Conversation{Title: fmt.Sprint("Conversation ", i), System: sentence(random, 100)}))(b)
		clock.wait(time.Second)
		var parent MessageID
		for range benchMessages {
			parent = say(b, s, c.ID, parent, User, sentence(random, 60))
		}
		if i%10 == 0 {
			check(b, s.Attach(ctx, c.ID, d.ID))
		}
	}
	_, err = s.writer.ExecContext(ctx, "PRAGMA synchronous = full")
	check(b, err)
	return s
}

func BenchmarkLibrary(b *testing.B) {
	s := library(b)
	b.Run("Conversations", func(b *testing.B) {
		for b.Loop() {
			if got := must(s.Conversations(b.Context()))(b); len(got) != benchConversations {
				b.Fatalf("%d are listed", len(got))
			}
		}
	})
	b.Run("Branch", func(b *testing.B) {
		for b.Loop() {
			must(s.Branch(b.Context(), 1000))(b)
		}
	})
	for name, text := range map[string]string{"Common": "w0", "Rare": "w2fff", "Prefix": "w1", "TwoWords": "w3 w1f", "Phrase": `"w0 w1"`} {
		b.Run("SearchMessages/"+name, func(b *testing.B) {
			for b.Loop() {
				must(s.SearchMessages(b.Context(), Query{Text: text}))(b)
			}
		})
		b.Run("SearchPages/"+name, func(b *testing.B) {
			for b.Loop() {
				must(s.SearchPages(b.Context(), Query{Text: text}))(b)
			}
		})
	}
	b.Run("AddMessage", func(b *testing.B) {
		for b.Loop() {
			say(b, s, 1, 0, User, "What is the fovea?")
		}
	})
	b.Run("SetDraft", func(b *testing.B) {
		for n := 0; b.Loop(); n++ { // SQLite writes nothing when nothing changes
			check(b, s.SetDraft(b.Context(), 1, fmt.Sprint("What is the fovea? ", n)))
		}
	})
	check(b, s.Close())
	b.Run("Open", func(b *testing.B) {
		for b.Loop() {
			check(b, must(Open(b.Context(), s.Path(), Options{}))(b).Close())
		}
		b.ReportMetric(float64(fileSize(s.Path()))/1e6, "MB")
	})
}

// BenchmarkAddDocument keeps 2,400 pages and their index.
func BenchmarkAddDocument(b *testing.B) {
	s, _ := fresh(b)
	pages := book()
	for n := 0; b.Loop(); n++ {
		must(s.AddDocument(b.Context(), Document{SHA256: fmt.Sprintf("%064x", n)}, pages))(b)
	}
}
