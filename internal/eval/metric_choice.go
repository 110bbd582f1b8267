package eval

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	digits    = regexp.MustCompile(`\p{Nd}+`)
	asciiInts = regexp.MustCompile(`[0-9]+`)
	decimals  = regexp.MustCompile(`[0-9]+\.[0-9]+|[0-9]+`)
)

// words are the words of s when the characters of marks count as spaces.
func words(s, marks string) []string {
	return strings.Fields(spaced(s, marks))
}

func spaced(s, marks string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(marks, r) {
			return ' '
		}
		return r
	}, s)
}

// shareOfNumbers is the share of the numbers in an answer that are the one in
// the right answer, such as "Paragraph 12", "段落12" or "12".
func shareOfNumbers(answer, right string) float64 {
	numbers := digits.FindAllString(answer, -1)
	same := 0
	for _, n := range numbers {
		if n == digits.FindString(right) {
			same++
		}
	}
	return float64(same) / float64(max(len(numbers), 1))
}

// classification counts the classes that an answer names. Of those, one that is
// only a part of the right class's name does not count.
func classification(answer string, q Question) float64 {
	best := 0.0
	for _, right := range q.Answers {
		named := slices.DeleteFunc(slices.Clone(q.Classes), func(class string) bool {
			return !strings.Contains(answer, class) || class != right && strings.Contains(right, class)
		})
		if slices.Contains(named, right) {
			best = max(best, 1/float64(len(named)))
		}
	}
	return best
}

func firstNumber(answer, right string) float64 {
	return truth(asciiInts.FindString(answer) == right)
}

func lastNumber(answer, right string) float64 {
	w := words(answer, "\n.`'\":")
	if len(w) == 0 {
		return 0
	}
	got, err := strconv.Atoi(w[len(w)-1])
	want, err2 := strconv.Atoi(right)
	return truth(err == nil && err2 == nil && got == want)
}

// value compares whole numbers as such: "5.0" is no 5, as in infinity-Bench.
func value(answer, right string) float64 {
	first := decimals.FindString(answer)
	if !strings.Contains(right, ".") {
		got, err := strconv.Atoi(first)
		want, err2 := strconv.Atoi(right)
		return truth(err == nil && err2 == nil && got == want)
	}
	got, err := strconv.ParseFloat(first, 64)
	want, err2 := strconv.ParseFloat(right, 64)
	return truth(err == nil && err2 == nil && got == want)
}

const marksOfWords = "\n:\"'.,?!{}"

func word(answer, right string) float64 {
	return truth(slices.Contains(words(answer, marksOfWords), right))
}

func name(answer, right string) float64 {
	return truth(slices.Contains(words(strings.ToUpper(answer), marksOfWords), right))
}

// choice takes the letter that an answer begins with, else an answer that is
// the right option, else what follows a phrase such as "answer is", else the
// first letter that stands alone.
func choice(answer string, q Question) float64 {
	answer = strings.TrimSpace(answer)
	if answer == "" {
		return 0
	}
	if strings.Contains("ABCD", answer[:1]) {
		return truth(slices.Contains(q.Answers, answer[:1]))
	}
	if slices.Contains(q.Answers, answer) {
		return 1
	}
	text := strings.Join(strings.Fields(spaced(answer, "\n\"'.,?!{}")), " ")
	if after, ok := afterPhrase(text, "answer is:", "answer:", "answer is", "option is"); ok {
		return truth(hasPrefixOf(after, q.Answers))
	}
	for w := range strings.FieldsSeq(text) {
		if strings.Contains("ABCD", w) {
			return truth(slices.Contains(q.Answers, w))
		}
	}
	return 0
}

func debugChoice(answer string, q Question) float64 {
	answer = strings.TrimSpace(answer)
	letter := q.Answers[len(q.Answers)-1]
	if strings.HasPrefix(answer, letter+".") || strings.HasPrefix(answer, letter+":") {
		return 1
	}
	text := strings.NewReplacer("Option", " ", "option", " ").Replace(spaced(answer, "\n`'\"-*"))
	text = strings.Join(strings.Fields(text), " ")
	after, ok := afterPhrase(text, "answer is:", "is:", "answer:", "correct option is:")
	return truth(ok && hasPrefixOf(after, q.Answers))
}

// afterPhrase is what follows the first of the phrases that occurs, and one
// more character.
func afterPhrase(text string, phrases ...string) (string, bool) {
	for _, p := range phrases {
		if _, after, ok := strings.Cut(text, p); ok {
			return after[min(1, len(after)):], true
		}
	}
	return "", false
}

func hasPrefixOf(text string, answers []string) bool {
	return slices.ContainsFunc(answers, func(a string) bool { return strings.HasPrefix(text, a) })
}

func sequence(answer string, q Question) float64 {
	right := 0
	for i, n := range asciiInts.FindAllString(answer, -1) {
		if i >= len(q.Answers) || strings.TrimLeft(n, "0") != strings.TrimLeft(q.Answers[i], "0") {
			break
		}
		right++
	}
	return float64(right) / float64(len(q.Answers))
}
