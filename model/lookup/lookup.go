// Package lookup drafts what a text may go on with: the tokens that followed where
// its last ones occurred before. It is right where a text quotes.
package lookup

const (
	// gram is how many tokens must have occurred before: fewer occur everywhere.
	gram = 3
	// tried is the most earlier places that are looked at, the last ones first, and
	// alike the most tokens before one that may agree with the text's end.
	tried, alike = 32, 16
)

// Index finds where tokens of a text occurred before.
type Index struct {
	ids  []int32
	last []int32 // by hash of a gram: the position behind the last of that hash; 0: none
	prev []int32 // by such a position: the one before it
}

// New makes an index of a text, which it keeps and adds to.
func New(ids []int32) *Index {
	x := &Index{ids: ids}
	x.build()
	return x
}

// build makes the table anew, with room for twice the text.
func (x *Index) build() {
	size := 1024
	for size < 2*len(x.ids) {
		size *= 2
	}
	x.last, x.prev = make([]int32, size), make([]int32, 0, size)
	for end := range len(x.ids) + 1 {
		x.note(end)
	}
}

// note puts the gram before position end into the table.
func (x *Index) note(end int) {
	before := int32(0)
	if end >= gram {
		at := &x.last[x.hash(end)]
		before, *at = *at, int32(end)
	}
	x.prev = append(x.prev, before)
}

// hash is the place in the table of the gram before position end.
func (x *Index) hash(end int) int {
	h := uint64(0)
	for _, id := range x.ids[end-gram : end] {
		h = (h + uint64(uint32(id))) * 0x9E3779B97F4A7C15
	}
	return int(h >> 32 % uint64(len(x.last)))
}

// Add adds the text's next token.
func (x *Index) Add(id int32) {
	x.ids = append(x.ids, id)
	if len(x.ids) > len(x.last) {
		x.build()
		return
	}
	x.note(len(x.ids))
}

// Draft is up to n tokens that may follow: those that did where most of the last
// tokens, at least gram of them, occurred before; of equals where they did last.
func (x *Index) Draft(n int) []int32 {
	end, best, most := len(x.ids), 0, gram-1
	at := int(x.prev[end])
	for range tried {
		if at == 0 {
			break
		}
		same := 0
		for same < alike && same < at && x.ids[at-1-same] == x.ids[end-1-same] {
			same++
		}
		if same > most {
			best, most = at, same
		}
		at = int(x.prev[at])
	}
	if best == 0 {
		return nil
	}
	return x.ids[best:min(best+n, end)]
}
