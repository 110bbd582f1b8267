package document

import (
	"strings"
	"unicode"
)

// What makes two texts alike: runs of alignRun letters, or the whole passage
// where it is shorter. The first run that is found has alignFirst letters, so
// that a passage from elsewhere is not found by a phrase that it shares.
const (
	alignRun   = 8
	alignFirst = 16
	// alignSame is how often a run may stand on a page and still tell a place.
	alignSame = 64
	// alignGap is how many letters of other text, such as a note or a caption,
	// may interrupt a passage on a page.
	alignGap = 600
	// alignWork bounds the letters that are compared: pages of thousands of
	// short runs are aligned in part.
	alignWork = 2_000_000
)

// counts reports whether a character is one that typesetting neither adds nor
// takes away.
func counts(c rune) bool {
	return !unicode.IsSpace(c) && !unicode.IsControl(c) && !strings.ContainsRune("-.\u00AD"+string(hyphenMark), c)
}

// align finds a passage's letters on a page: for each the index of the page's
// letter, -1 for none. Indices ascend. It takes the longest run that both have
// and goes on before and behind it.
func align(passage, page []letter) []int {
	a := aligner{passage: passage, page: page, run: min(alignRun, len(passage)), at: map[string][]int{}, match: make([]int, len(passage))}
	for i := range a.match {
		a.match[i] = -1
	}
	if a.run == 0 || len(page) < a.run {
		return a.match
	}
	for i := range len(page) - a.run + 1 {
		key := a.key(page[i:])
		a.at[key] = append(a.at[key], i)
	}
	a.find(0, len(passage), 0, len(page), min(alignFirst, len(passage)))
	a.bridge()
	return a.match
}

type aligner struct {
	passage, page []letter
	run           int
	at            map[string][]int // where on the page a run of letters begins
	match         []int
	work          int // letters compared
}

// key is the run that letters begin with.
func (a *aligner) key(letters []letter) string {
	var b strings.Builder
	for _, l := range letters[:a.run] {
		b.WriteRune(l.c)
	}
	return b.String()
}

// find matches passage[p0:p1] with page[s0:s1] by runs of at least least
// letters.
func (a *aligner) find(p0, p1, s0, s1, least int) {
	if a.work += p1 - p0; a.work > alignWork {
		return
	}
	p, s, n := a.longest(p0, p1, s0, s1)
	if n < least {
		return
	}
	for i := range n {
		a.match[p+i] = s + i
	}
	a.find(p0, p, max(s0, s-(p-p0)-alignGap), s, a.run)
	a.find(p+n, p1, s+n, min(s1, s+n+(p1-p-n)+alignGap), a.run)
}

// longest is the longest run that passage[p0:p1] and page[s0:s1] have in
// common: the first of several.
func (a *aligner) longest(p0, p1, s0, s1 int) (p, s, n int) {
	lengths := map[int]int{} // of runs, by where on the page their last a.run letters begin
	for i := p0; i+a.run <= p1; i++ {
		next := make(map[int]int, len(lengths))
		for k, length := range lengths {
			if end := k + a.run; end < s1 && a.page[end].c == a.passage[i+a.run-1].c {
				next[k+1] = length + 1
			}
		}
		// What stands in too many places tells none: a run may go on, not begin.
		if places := a.at[a.key(a.passage[i:])]; len(places) <= alignSame {
			for _, k := range places {
				if k >= s0 && k+a.run <= s1 && next[k] == 0 {
					next[k] = a.run
				}
			}
		}
		lengths = next
		for k, length := range lengths {
			if begin := k + a.run - length; length > n || length == n && i+a.run-length == p && begin < s {
				p, s, n = i+a.run-length, begin, length
			}
		}
	}
	return p, s, n
}

// bridge matches what lies between two runs, on the page as in the passage,
// and has about the same length: other characters for the same text.
func (a *aligner) bridge() {
	last := -1
	for i, k := range a.match {
		if k < 0 {
			continue
		}
		if gap := i - last - 1; last >= 0 && gap > 0 {
			from, width := a.match[last]+1, k-a.match[last]-1
			for j := 0; j < gap && width > 0 && width <= 2*gap; j++ {
				a.match[last+1+j] = from + j*width/gap
			}
		}
		last = i
	}
}
