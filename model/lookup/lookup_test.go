package lookup

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestDraft(t *testing.T) {
	for name, c := range map[string]struct {
		text []int32
		n    int
		want []int32
	}{
		"nothing":           {nil, 4, nil},
		"short":             {[]int32{1, 2}, 4, nil},
		"never before":      {[]int32{1, 2, 3, 4, 5}, 4, nil},
		"two alike":         {[]int32{1, 2, 9, 3, 1, 2}, 4, nil},
		"quoted":            {[]int32{1, 2, 3, 4, 5, 6, 7, 1, 2, 3}, 2, []int32{4, 5}},
		"up to the end":     {[]int32{1, 2, 3, 4, 1, 2, 3}, 8, []int32{4, 1, 2, 3}},
		"over and over":     {[]int32{5, 5, 5, 5}, 3, []int32{5}},
		"the last of equal": {[]int32{1, 2, 3, 7, 1, 2, 3, 8, 1, 2, 3}, 1, []int32{8}},
		"the longest":       {[]int32{0, 1, 2, 3, 7, 9, 1, 2, 3, 8, 0, 1, 2, 3}, 1, []int32{7}},
	} {
		if got := New(c.text).Draft(c.n); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// An index to which tokens are added, also beyond its room, is that of the whole text,
// and finds what a search of the whole text finds.
func TestAdd(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var text []int32
	x := New(nil)
	drafted := 0
	for range 3000 {
		id := int32(r.IntN(9))
		text = append(text, id)
		x.Add(id)
		got := x.Draft(5)
		if want := New(slices.Clone(text)).Draft(5); !slices.Equal(got, want) {
			t.Fatalf("%v after %d tokens, want %v", got, len(text), want)
		}
		if len(got) == 0 {
			for end := 3; end < len(text); end++ {
				if slices.Equal(text[end-3:end], text[max(0, len(text)-3):]) {
					t.Fatalf("nothing is drafted after %v, which was there before", text[len(text)-3:])
				}
			}
			continue
		}
		drafted++
	}
	if drafted < 2000 {
		t.Errorf("%d drafts", drafted)
	}
}

// A drafter whose drafts are wrong pauses longer and longer, and begins anew once one
// is right.
func TestDrafter(t *testing.T) {
	d := NewDrafter([]int32{1, 2, 3, 1, 2, 3})
	next := int32(0)
	add := func() {
		next = next%3 + 1
		d.Add(next)
	}
	drafts := 0
	for range 1000 {
		if draft := d.Draft(3); draft != nil {
			drafts++
			d.Told(0)
		}
		add()
	}
	if drafts < 8 || drafts > 20 {
		t.Errorf("%d wrong drafts in 1,000 tokens", drafts)
	}
	for d.Draft(3) == nil {
		add()
	}
	for i := range 20 {
		if d.Draft(3) == nil {
			t.Fatalf("no draft after %d right ones", i)
		}
		d.Told(3)
		add()
	}
	if d.Draft(0) != nil {
		t.Error("a draft of no tokens")
	}
}
