package sidebar

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	look "fovea/app/ui/theme"
)

// TestManyRows requires that only rows in view have objects, wherever one scrolls.
func TestManyRows(t *testing.T) {
	setup(t, look.Dark, "en")
	s, w, _ := open(t, 260, 600)
	s.SetItems(many(2000), fourFolders())
	at := s.tree.scroll.Size()
	for range 400 {
		test.Scroll(w.Canvas(), fyne.NewPos(100, 300), 0, -170)
		if n := len(s.tree.shown); n < 15 || n > 22 {
			t.Fatalf("%d rows have objects in %v pixels", n, at.Height)
		}
	}
	if n := len(s.tree.shown) + len(s.tree.pool); n > 45 {
		t.Errorf("%d objects were made", n)
	}
	last := s.indexOf(Item{ID: 2000})
	if o, ok := s.tree.shown[last]; !ok || o.(*treeRow).row.item.ID != 2000 {
		t.Error("the end of the list is not shown at its end")
	}
	s.SetItems(samples())
	if s.tree.scroll.Offset.Y != 0 || len(s.tree.shown) != len(s.rows) {
		t.Errorf("a short list begins at %v and shows %d of %d rows", s.tree.scroll.Offset.Y, len(s.tree.shown), len(s.rows))
	}
	s.SetItems(nil, nil)
	if len(s.tree.shown) != 0 || s.tree.rowAt(5) != -1 {
		t.Error("an empty list shows rows")
	}
}

func TestReveal(t *testing.T) {
	setup(t, look.Dark, "en")
	s, _, _ := open(t, 260, 600)
	s.SetItems(many(2000), fourFolders())
	for _, id := range []int64{1000, 3, 2000, 1} {
		s.SetSelected(id)
		o, ok := s.tree.shown[s.indexOf(Item{ID: id})]
		if !ok {
			t.Fatalf("conversation %d is not in view", id)
		}
		top := o.Position().Y - s.tree.scroll.Offset.Y
		if top < 0 || top+rowHeight > s.tree.scroll.Size().Height {
			t.Errorf("conversation %d is at %v of %v", id, top, s.tree.scroll.Size().Height)
		}
	}
}

// TestSetItemsIsQuick is BenchmarkSetItems with a limit; the least of some runs
// counts, because other programs may take the processor.
func TestSetItemsIsQuick(t *testing.T) {
	setup(t, look.Dark, "en")
	s, _, _ := open(t, 260, 800)
	conversations, folders := many(2000), fourFolders()
	least := time.Hour
	for range 20 {
		start := time.Now()
		s.SetItems(conversations, folders)
		least = min(least, time.Since(start))
	}
	if least > 20*time.Millisecond {
		t.Errorf("2,000 conversations take %v, want under 20 ms", least)
	}
}

func BenchmarkSetItems(b *testing.B) {
	setup(b, look.Dark, "en")
	s, _, _ := open(b, 260, 800)
	conversations, folders := many(2000), fourFolders()
	for b.Loop() {
		s.SetItems(conversations, folders)
	}
}

func BenchmarkScroll(b *testing.B) {
	setup(b, look.Dark, "en")
	s, w, _ := open(b, 260, 800)
	s.SetItems(many(2000), fourFolders())
	at := float32(0)
	for b.Loop() {
		at += 40
		if at > 60000 {
			at = 0
		}
		s.tree.scrollTo(at)
	}
	_ = w
}
