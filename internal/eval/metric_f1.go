package eval

import (
	"regexp"
	"strings"
	"unicode"
)

// ASCII punctuation, as Python's string.punctuation.
const asciiPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

// Punctuation of Chinese text, full and half width.
const chinesePunctuation = "！？｡。＂＃＄％＆＇（）＊＋，－／：；＜＝＞＠［＼］＾＿｀｛｜｝～｟｠｢｣､、〃》「」『』【】〔〕〖〗〘〙〚〛〜〝〞〟〰〾〿–—‘’‛“”„‟…‧﹏"

var articles = regexp.MustCompile(`(^|[^\p{L}\p{N}_])(?:an?|the)($|[^\p{L}\p{N}_])`)

// without removes the characters of set from s.
func without(s, set string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(set, r) {
			return -1
		}
		return r
	}, s)
}

// englishWords are the words of a text without case, punctuation and articles.
func englishWords(s string) []string {
	s = without(strings.ToLower(s), asciiPunctuation)
	for { // neighbouring articles share the space between them
		next := articles.ReplaceAllString(s, "$1 $2")
		if next == s {
			return strings.Fields(s)
		}
		s = next
	}
}

// chineseCharacters are the characters of a text without case, punctuation and
// spaces.
func chineseCharacters(s string) []string {
	s = without(strings.ToLower(s), asciiPunctuation+chinesePunctuation)
	return strings.Split(strings.Join(strings.Fields(s), ""), "")
}

// chineseWords are the Chinese characters of a text, its Latin words and its
// other signs, each by itself; spaces part.
func chineseWords(s string) []string {
	var words []string
	joined := false // whether the next letter belongs to the last word
	for _, r := range s {
		latin := r < 0x2E80 && (unicode.IsLetter(r) || unicode.IsDigit(r))
		switch {
		case unicode.IsSpace(r):
			joined = false
			continue
		case latin && joined:
			words[len(words)-1] += string(r)
		default:
			words = append(words, string(r))
		}
		joined = latin
	}
	return words
}

func f1English(answer, right string) float64 { return f1(englishWords(answer), englishWords(right)) }

func f1Chinese(answer, right string) float64 {
	return f1(chineseCharacters(answer), chineseCharacters(right))
}

// f1 is the harmonic mean of the shares that two bags of words have in common.
func f1(answer, right []string) float64 {
	left := map[string]int{}
	for _, w := range right {
		left[w]++
	}
	same := 0.0
	for _, w := range answer {
		if left[w] > 0 {
			left[w]--
			same++
		}
	}
	if same == 0 {
		return 0
	}
	precision, recall := same/float64(len(answer)), same/float64(len(right))
	return 2 * precision * recall / (precision + recall)
}
