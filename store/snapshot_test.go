package store

import (
	"slices"
	"testing"
	"time"
)

// The list of snapshots is replaced as a whole, remembers documents, and tells
// which of them are gone.
func TestSnapshots(t *testing.T) {
	s, clock := fresh(t)
	d := keep(t, s, "a", "text")
	used := s.clock().Truncate(time.Millisecond).UTC()
	all := []Snapshot{
		{Name: "a", Document: d, Title: "Book", Model: "M", Tokens: 10, Read: 7, Bytes: 100, Used: used},
		{Name: "b", Title: "Other", Model: "M", Tokens: 5, Read: 5, Bytes: 50, Used: used.Add(-time.Hour)},
	}
	check(t, s.SetSnapshots(t.Context(), all))
	if got := must(s.Snapshots(t.Context()))(t); !slices.Equal(got, all) {
		t.Errorf("listed %+v, want %+v", got, all)
	}
	again := all[0]
	again.Document, again.Read = 0, 10 // as one who does not know the document says it
	check(t, s.SetSnapshots(t.Context(), []Snapshot{again}))
	again.Document = d
	if got := must(s.Snapshots(t.Context()))(t); !slices.Equal(got, []Snapshot{again}) {
		t.Errorf("listed %+v, want %+v", got, again)
	}
	if got := must(s.OrphanSnapshots(t.Context()))(t); len(got) != 0 {
		t.Errorf("orphans %q", got)
	}
	clock.wait(48 * time.Hour)
	check(t, s.Purge(t.Context(), 24*time.Hour))
	if got := must(s.OrphanSnapshots(t.Context()))(t); !slices.Equal(got, []string{"a"}) {
		t.Errorf("orphans %q, want a", got)
	}
}
