package chat_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"fovea/app/chat"
	"fovea/app/engine"
	"fovea/internal/testutil"
	"fovea/store"
)

// BenchmarkSwitch measures how long it takes until a document of some 4,000
// tokens is read in a new conversation: where another one has a session with
// it, from the snapshot, and by reading; then until the first token of an
// answer in a conversation that has questions and answers behind the document:
// where it stays, and where it comes back after another one had the session.
func BenchmarkSwitch(b *testing.B) {
	r := readerOn(b, b.TempDir(), testutil.ModelPath(b), never, func(ctx context.Context, path string) (*engine.Engine, error) {
		return engine.Open(ctx, engine.Options{Model: path}, nil)
	})
	r.until("the model is loaded", func() bool { return r.Model().Ready })
	book := r.file("book", 44)
	c := chat.Defaults()
	c.MaxTokens = 32
	b.ResetTimer()
	// read is the time until a new conversation has read the book.
	read := func() (store.ConversationID, float64) {
		id := r.conversation()
		r.check(r.SetSettings(b.Context(), id, c))
		began := time.Now()
		r.attach(id, book)
		for v := r.View(id); v.Meter.ReadPages < 44 || v.Reading != nil; v = r.View(id) {
			time.Sleep(time.Millisecond)
		}
		return id, time.Since(began).Seconds()
	}
	// first is the time until the first token of an answer.
	first := func(id store.ConversationID) float64 {
		began := time.Now()
		_, err := r.Send(b.Context(), id, fmt.Sprintf("What is on page %d?", id))
		r.check(err)
		for {
			if v := r.View(id); v.Writing != nil && !v.Writing.First.IsZero() {
				break
			}
			time.Sleep(time.Millisecond)
		}
		seconds := time.Since(began).Seconds()
		r.idle()
		return seconds
	}
	for b.Loop() {
		one, reading := read()
		first(one)
		two, shared := read()
		first(two)
		b.ReportMetric(reading, "reading-s")
		b.ReportMetric(shared, "shared-s")
		var stay, back []float64
		for range 4 {
			stay = append(stay, first(two))
			back = append(back, first(one))
			first(two)
		}
		b.ReportMetric(slices.Min(stay), "stay-s")
		b.ReportMetric(slices.Min(back), "back-s")
		r.drop(one)
		r.drop(two)
		three, restored := read()
		b.ReportMetric(restored, "restored-s")
		tokens := 0
		for _, k := range r.snapshots() {
			tokens = k.Tokens
		}
		b.ReportMetric(float64(tokens), "tokens")
		r.drop(three)
		r.check(r.SetSnapshotLimit(b.Context(), 0))
		r.check(r.SetSnapshotLimit(b.Context(), 1<<30))
	}
}
