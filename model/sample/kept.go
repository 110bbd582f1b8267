package sample

import "slices"

// drawKept draws from the tokens that top-k, top-p and min-p keep. Without top-k
// tokens are taken from a heap, the most likely first, only as far as they are
// needed.
func (s *Sampler) drawKept(best int32) int32 {
	o := &s.options
	limit := len(s.values)
	total := 0.0
	var kept []int32
	if o.TopK > 0 && o.TopK < limit {
		limit = o.TopK
		kept = s.top(limit)
		for _, id := range kept {
			total += s.weight(id, best)
		}
	} else {
		s.fill()
		for id := range s.values {
			total += s.weight(int32(id), best)
		}
	}
	s.weights = s.weights[:0]
	sum := 0.0
	for i := range limit {
		if i == len(kept) {
			kept = append(kept, s.pop())
		}
		w := s.weight(kept[i], best)
		if w < o.MinP || w == 0 {
			break
		}
		s.weights = append(s.weights, w)
		if sum += w; sum >= o.topP()*total && o.topP() < 1 {
			break
		}
	}
	left := s.rng.Float64() * sum
	for i, w := range s.weights {
		if left -= w; left < 0 {
			return kept[i]
		}
	}
	return kept[len(s.weights)-1] // rounding left a rest
}

// top gives the n most likely tokens, the most likely first. It keeps a heap of
// n with the least likely of them on top, which most of the others do not pass.
func (s *Sampler) top(n int) []int32 {
	s.queue = s.queue[:0]
	for i := range n {
		s.queue = append(s.queue, int32(i))
	}
	for i := n/2 - 1; i >= 0; i-- {
		s.sink(i, s.below)
	}
	for i := n; i < len(s.values); i++ {
		if s.values[i] > s.values[s.queue[0]] { // of equals the first stays
			s.queue[0] = int32(i)
			s.sink(0, s.below)
		}
	}
	slices.SortFunc(s.queue, func(a, b int32) int {
		if s.above(a, b) {
			return -1
		}
		return 1
	})
	return s.queue
}

// fill makes a heap of all ids.
func (s *Sampler) fill() {
	s.queue = s.queue[:0]
	for i := range s.values {
		s.queue = append(s.queue, int32(i))
	}
	for i := len(s.queue)/2 - 1; i >= 0; i-- {
		s.sink(i, s.above)
	}
}

// above reports whether token a is more likely than b.
func (s *Sampler) above(a, b int32) bool {
	return s.values[a] > s.values[b] || s.values[a] == s.values[b] && a < b
}

func (s *Sampler) below(a, b int32) bool { return s.above(b, a) }

// pop takes the most likely token from the heap.
func (s *Sampler) pop() int32 {
	top, last := s.queue[0], len(s.queue)-1
	s.queue[0] = s.queue[last]
	s.queue = s.queue[:last]
	s.sink(0, s.above)
	return top
}

// sink moves an id of the queue down to where none below it goes before it.
func (s *Sampler) sink(i int, before func(a, b int32) bool) {
	for {
		most := i
		for _, down := range [2]int{2*i + 1, 2*i + 2} {
			if down < len(s.queue) && before(s.queue[down], s.queue[most]) {
				most = down
			}
		}
		if most == i {
			return
		}
		s.queue[i], s.queue[most] = s.queue[most], s.queue[i]
		i = most
	}
}
