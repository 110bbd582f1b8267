package eval

import (
	"regexp"
	"strings"
)

// rougeL is ROUGE-L at summary level as LongBench computes it. Sentences end at
// full stops. For each sentence of the right answer, the words of its longest
// common subsequences with all sentences of the answer are collected; recall
// and precision are the number of different words collected over the number of
// different words in the right answer and in the answer.
func rougeL(answer, right string) float64 {
	return rougeLOfSentences(sentences(answer), sentences(right))
}

// rougeLChinese is rougeL of characters, which only the ASCII full stop parts
// into sentences.
func rougeLChinese(answer, right string) float64 {
	return rougeL(strings.Join(chineseWords(answer), " "), strings.Join(chineseWords(right), " "))
}

// sentences are the words between full stops. A stretch of spaces is a
// sentence of one empty word.
func sentences(s string) [][]string {
	var all [][]string
	for part := range strings.SplitSeq(s, ".") {
		if part != "" {
			all = append(all, strings.Split(strings.Join(strings.Fields(part), " "), " "))
		}
	}
	return all
}

func rougeLOfSentences(answer, right [][]string) float64 {
	if len(answer) == 0 || len(right) == 0 {
		return 0
	}
	common := map[string]bool{}
	for _, r := range right {
		for _, a := range answer {
			for _, i := range commonSubsequence(r, a, false) {
				common[r[i]] = true
			}
		}
	}
	recall := float64(len(common)) / float64(different(right))
	precision := float64(len(common)) / float64(different(answer))
	return 2 * precision * recall / (precision + recall + 1e-8) // the constant is LongBench's
}

func different(sentences [][]string) int {
	seen := map[string]bool{}
	for _, s := range sentences {
		for _, w := range s {
			seen[w] = true
		}
	}
	return len(seen)
}

var notAlphanumeric = regexp.MustCompile(`[^a-z0-9]+`)

// rougeLSum is ROUGE-L at summary level as infinity-Bench computes it. Lines
// are sentences, words are runs of ASCII letters and digits, and a word counts
// at most as often as either text has it.
func rougeLSum(answer, right string) float64 {
	a, r := lines(answer), lines(right)
	inAnswer, inRight := map[string]int{}, map[string]int{}
	words := func(lines [][]string, count map[string]int) (n float64) {
		for _, line := range lines {
			for _, w := range line {
				count[w]++
				n++
			}
		}
		return n
	}
	n, m := words(a, inAnswer), words(r, inRight)
	if n == 0 || m == 0 {
		return 0
	}
	hits := 0.0
	for _, line := range r {
		union := make([]bool, len(line))
		for _, other := range a {
			for _, i := range commonSubsequence(line, other, true) {
				union[i] = true
			}
		}
		for i, w := range line {
			if union[i] && inAnswer[w] > 0 && inRight[w] > 0 {
				hits++
				inAnswer[w]--
				inRight[w]--
			}
		}
	}
	if hits == 0 {
		return 0
	}
	precision, recall := hits/n, hits/m
	return 2 * precision * recall / (precision + recall)
}

func lines(s string) [][]string {
	var all [][]string
	for line := range strings.SplitSeq(s, "\n") {
		if line != "" {
			all = append(all, strings.Fields(notAlphanumeric.ReplaceAllString(strings.ToLower(line), " ")))
		}
	}
	return all
}

// commonSubsequence are the indices in a of a longest common subsequence with
// b, last first. Of several equally long ones, preferFirst chooses how the walk
// back from the ends goes at a tie: by a shorter a, else by a shorter b. The
// two benchmarks differ in this, and it decides which words are collected.
func commonSubsequence(a, b []string, preferFirst bool) []int {
	width := len(b) + 1
	length := make([]int32, (len(a)+1)*width)
	for i := range a {
		for j := range b {
			up, left := length[i*width+j+1], length[(i+1)*width+j]
			if a[i] == b[j] {
				length[(i+1)*width+j+1] = length[i*width+j] + 1
			} else {
				length[(i+1)*width+j+1] = max(up, left)
			}
		}
	}
	var at []int
	for i, j := len(a), len(b); i > 0 && j > 0; {
		up, left := length[(i-1)*width+j], length[i*width+j-1]
		switch {
		case a[i-1] == b[j-1]:
			i, j = i-1, j-1
			at = append(at, i)
		case up > left || up == left && preferFirst:
			i--
		default:
			j--
		}
	}
	return at
}
