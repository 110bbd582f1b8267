package eval

import (
	"math"
	"strings"
)

// editSimilarity compares the first line of code of an answer with the right
// line: twice the number of characters that match, over the number of all, to
// whole percents. Lines with a back quote, # or // are taken for words about
// the code. Characters match as in Python's difflib, which LongBench uses.
func editSimilarity(answer, right string) float64 {
	line := ""
	for l := range strings.SplitSeq(strings.TrimLeft(answer, "\n"), "\n") {
		if !strings.ContainsAny(l, "`#") && !strings.Contains(l, "//") {
			line = l
			break
		}
	}
	a, b := []rune(line), []rune(right)
	switch {
	case line == right:
		return 1
	case len(a) == 0 || len(b) == 0:
		return 0
	}
	m := matcher{a: a, b: b, places: placesOf(b)}
	return math.RoundToEven(200*float64(m.matches(0, len(a), 0, len(b)))/float64(len(a)+len(b))) / 100
}

// matcher finds matching stretches of two texts.
type matcher struct {
	a, b   []rune
	places map[rune][]int // where in b a character stands
}

// placesOf leaves out the characters that make up over 1 % of a long text: a
// match does not begin with them.
func placesOf(b []rune) map[rune][]int {
	places := map[rune][]int{}
	for j, r := range b {
		places[r] = append(places[r], j)
	}
	if len(b) >= 200 {
		for r, at := range places {
			if len(at) > len(b)/100+1 {
				delete(places, r)
			}
		}
	}
	return places
}

// matches is the number of characters in the longest matching stretch of
// a[alo:ahi] and b[blo:bhi], and in those on both sides of it.
func (m *matcher) matches(alo, ahi, blo, bhi int) int {
	i, j, n := m.longest(alo, ahi, blo, bhi)
	if n == 0 {
		return 0
	}
	return n + m.matches(alo, i, blo, j) + m.matches(i+n, ahi, j+n, bhi)
}

// longest is the longest matching stretch, of equally long ones the first in
// a, then in b: where it begins, and its length.
func (m *matcher) longest(alo, ahi, blo, bhi int) (besti, bestj, size int) {
	besti, bestj = alo, blo
	lengths := map[int]int{} // of the match that ends at the previous i and at this j
	for i := alo; i < ahi; i++ {
		next := map[int]int{}
		for _, j := range m.places[m.a[i]] {
			if j < blo || j >= bhi {
				continue
			}
			n := lengths[j-1] + 1
			next[j] = n
			if n > size {
				besti, bestj, size = i-n+1, j-n+1, n
			}
		}
		lengths = next
	}
	for besti > alo && bestj > blo && m.a[besti-1] == m.b[bestj-1] {
		besti, bestj, size = besti-1, bestj-1, size+1
	}
	for besti+size < ahi && bestj+size < bhi && m.a[besti+size] == m.b[bestj+size] {
		size++
	}
	return besti, bestj, size
}
