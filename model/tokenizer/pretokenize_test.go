package tokenizer

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// alphabet has characters of every kind that the patterns tell apart, the
// ones that start contractions several times.
var alphabet = []string{
	" ", " ", " ", "\n", "\n", "\r", "\t", "\u00a0", "\u2003", "\u3000", "'", "'", "s", "S", "re", "LL", "d", "t", "a", "Z", "é", "ß",
	"漢", "字", "か", "カ", "한", "д", "ا", "न", "\u093f", "e\u0301", "1", "2", "34", "٣", "Ⅷ", "½", ".", ",", "!", "…", "-", "/",
	"$", "+", "=", "_", "`", "😀", "\u200d", "\ufe0f", "\x00", "\ue000", "\U0001d400", "\xff", "\xe6\xbc", "ǅ", "ʰ",
}

func randomText(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(alphabet[r.IntN(len(alphabet))])
	}
	return b.String()
}

func pieces(s step, text string) []string {
	var out []string
	s(text, func(p string) { out = append(out, p) })
	return out
}

// The hand-written scanners cut as the expressions in their comments do.
func TestScannersAreTheirPatterns(t *testing.T) {
	const tail = `| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
	const words = `[^\r\n\p{L}\p{N}]?\p{L}+`
	for name, c := range map[string]struct {
		scan step
		expr string
	}{
		"classic":  {each(classic), `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`},
		"llama3":   {each(modern{digits: 3}.first), foldedEnds + `|` + words + `|\p{N}{1,3}` + tail},
		"qwen2":    {each(modern{digits: 1}.first), foldedEnds + `|` + words + `|\p{N}` + tail},
		"ufakzeka": {each(modern{digits: 1, noContractions: true}.first), words + `|\p{N}` + tail},
		"qwen35": {
			each(modern{digits: 1, marks: true}.first),
			foldedEnds + `|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
		},
		"digits 1":   {digits(1), `\p{N}`},
		"digits 3":   {digits(3), `\p{N}{1,3}`},
		"all digits": {digits(1 << 30), `\p{N}+`},
	} {
		t.Run(name, func(t *testing.T) {
			want := pattern(c.expr)
			r := rand.New(rand.NewPCG(1, 2))
			for range 5000 {
				text := randomText(r, 1+r.IntN(24))
				if a, b := pieces(c.scan, text), pieces(want, text); !slices.Equal(a, b) {
					t.Fatalf("%q:\nscanner %q\npattern %q", text, a, b)
				}
			}
		})
	}
}

// Every pre-tokenizer's pieces are the text.
func TestPreTokenizersKeepText(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for name := range preTokenizers {
		p, err := newPreTokenizer(name)
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			text, at := randomText(r, 30), 0
			p.split(text, func(w string) {
				if w == "" || !strings.HasPrefix(text[at:], w) {
					t.Fatalf("%s: %q: piece %q at byte %d", name, text, w, at)
				}
				at += len(w)
			})
			if at != len(text) {
				t.Fatalf("%s: %q: the pieces end at byte %d", name, text, at)
			}
		}
	}
}

func TestPreTokenizers(t *testing.T) {
	const text = "I'll pay  $1234.5, DON'T you?\n\n  naïve 漢字 x=1"
	for name, want := range map[string]string{
		"gpt-2":        "I|'ll| pay| | $|1234|.|5|,| DON|'|T| you|?|\n\n | naïve| 漢字| x|=|1",
		"smollm":       "I|'ll| pay| | $|1|2|3|4|.|5|,| DON|'|T| you|?|\n\n | naïve| 漢字| x|=|1",
		"llama-bpe":    "I|'ll| pay| | $|123|4|.|5|,| DON|'T| you|?\n\n| | naïve| 漢字| x|=|1",
		"qwen2":        "I|'ll| pay| | $|1|2|3|4|.|5|,| DON|'T| you|?\n\n| | naïve| 漢字| x|=|1",
		"gpt-4o":       "I'll| pay| | $|123|4|.|5|,| DON'T| you|?\n\n| | naïve| 漢字| x|=|1",
		"tekken":       "I|'ll| pay| | $|1|2|3|4|.|5|,| DON|'T| you|?\n\n| | naïve| 漢字| x|=|1",
		"deepseek-v3":  "I|'ll| pay| | $|123|4|.|5|,| DON|'T| you|?\n\n| | naïve| |漢字| x|=|1",
		"deepseek-llm": "I|'|ll| pay| | $|1234|.|5|,| DON|'|T| you|?|\n|\n| | na|ï|ve| |漢字| x|=|1", // its second list has all ASCII letters
		"falcon":       "I|'|ll| pay|  |$|123|4|.|5|,| DON|'|T| you|?|\n\n | naïve| 漢字| x|=|1",
		"default":      "I|'|ll| pay|  |$|123|4|.|5|,| DON|'|T| you|?|\n\n | naïve| 漢字| x|=|1",
		"bloom":        "I'll| pay| | $1234|.|5|,| DON'T| you|?\n\n | naïve| 漢字| x=1",
	} {
		p, err := newPreTokenizer(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(pieces(p.split, text), "|"); got != want {
			t.Errorf("%s:\n got %q\nwant %q", name, got, want)
		}
	}
}

func TestUnknownPreTokenizer(t *testing.T) {
	_, err := newPreTokenizer("no-such")
	if err == nil || !strings.Contains(err.Error(), `"no-such"`) || !strings.Contains(err.Error(), "smollm") {
		t.Errorf("error %v does not name the pre-tokenizer and the supported ones", err)
	}
	if p, err := newPreTokenizer(""); err != nil || len(p.steps) != 4 {
		t.Errorf("no name is not the default pre-tokenizer: %v", err)
	}
}
