package sample

// recent counts the last tokens.
type recent struct {
	counts map[int32]int
	ring   []int32
	at     int // oldest in ring, once it is full
	window int // -1: all
}

func newRecent(window int) recent { return recent{counts: map[int32]int{}, window: window} }

func (r *recent) add(id int32) {
	r.counts[id]++
	switch {
	case r.window < 0:
		return
	case len(r.ring) < r.window:
		r.ring = append(r.ring, id)
		return
	}
	old := r.ring[r.at]
	if r.counts[old]--; r.counts[old] == 0 {
		delete(r.counts, old)
	}
	r.ring[r.at] = id
	r.at = (r.at + 1) % r.window
}
