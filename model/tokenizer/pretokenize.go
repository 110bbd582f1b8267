package tokenizer

import (
	"fmt"
	"sort"
	"strings"

	"github.com/dlclark/regexp2/v2"
)

// preTokenizer is how a byte-level vocabulary's training cut text into words,
// over whose borders no merge goes. GGUF files only name it, so the patterns
// are listed here; they are those of the models' own tokenizer files.
type preTokenizer struct {
	steps        []step // each cuts the pieces of the one before
	ignoreMerges bool   // a word that is a token needs no merges
	addBOS       bool   // the default where a file does not say
}

// pattern makes a step of a regular expression: matches and what lies between
// them are pieces.
func pattern(expr string) step {
	re := regexp2.MustCompile(expr)
	return func(s string, emit func(string)) {
		at := 0
		// Without a timeout, which this package's patterns do not need, matching cannot fail.
		matches, _ := re.FindAllStringIndex(s, -1)
		for _, m := range matches {
			if m[0] > at {
				emit(s[at:m[0]])
			}
			if m[1] > m[0] {
				emit(s[m[0]:m[1]])
			}
			at = m[1]
		}
		if at < len(s) {
			emit(s[at:])
		}
	}
}

// split cuts text into words, in order.
func (p *preTokenizer) split(text string, emit func(word string)) {
	for i := len(p.steps) - 1; i >= 0; i-- {
		cut, next := p.steps[i], emit
		emit = func(s string) { cut(s, next) }
	}
	emit(text)
}

const (
	// What many patterns end with: spaces before a line's end, trailing spaces, other spaces.
	lineSpaces = `\s*[\r\n]+|\s+(?!\S)|\s+`
	foldedEnds = `(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])`
	han        = `[一-龥぀-ゟ゠-ヿ]+` // with Japanese kana
	asciiPunct = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~]"
	upper      = `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`
	lower      = `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`
	cased      = `[^\r\n\p{L}\p{N}]?` + upper + `*` + lower + `+`
	capitals   = `[^\r\n\p{L}\p{N}]?` + upper + `+` + lower + `*`
	symbolRun  = ` ?[^\s\p{L}\p{N}]+[\r\n/]*|` + lineSpaces
	proseRun   = asciiPunct + `[A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|` + lineSpaces
)

// casedList is DeepSeek LLM's list of letters that have a case, of an older
// Unicode and without Armenian small letters, Georgian and mathematical ones.
const casedList = `[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]`

// preTokenizers maps the names of tokenizer.ggml.pre to what they mean. Names
// on one line share a pattern.
var preTokenizers = func() map[string]func() *preTokenizer {
	m := map[string]func() *preTokenizer{}
	add := func(names string, p func() *preTokenizer) {
		for _, n := range strings.Fields(names) {
			m[n] = p
		}
	}
	of := func(steps ...step) *preTokenizer { return &preTokenizer{steps: steps} }

	add("gpt-2 phi-2 mpt olmo jais trillion granite-docling exaone4 modern-bert gigachat mellum a.x-4.0", func() *preTokenizer {
		return of(each(classic))
	})
	add("smollm starcoder refact command-r codeshell exaone minerva-7b mellum2", func() *preTokenizer {
		return of(digits(1), each(classic))
	})
	add("llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2", func() *preTokenizer {
		return &preTokenizer{steps: []step{each(modern{digits: 3}.first)}, ignoreMerges: true, addBOS: true}
	})
	add("dbrx smaug-bpe chatglm-bpe", func() *preTokenizer { return of(each(modern{digits: 3}.first)) })
	add("glm4 glm5", func() *preTokenizer {
		return &preTokenizer{steps: []step{each(modern{digits: 3}.first)}, ignoreMerges: true}
	})
	add("qwen2 deepseek-r1-qwen stablelm2 megrez kormo hunyuan solar-open grok-2", func() *preTokenizer {
		return of(each(modern{digits: 1}.first))
	})
	add("qwen35", func() *preTokenizer { return of(each(modern{digits: 1, marks: true}.first)) })
	add("ufakzeka", func() *preTokenizer { return of(each(modern{digits: 1, noContractions: true}.first)) })
	addPatterns(add, of)
	return m
}()

// addPatterns adds the pre-tokenizers that are written as expressions.
func addPatterns(add func(string, func() *preTokenizer), of func(...step) *preTokenizer) {
	add("default", func() *preTokenizer {
		return of(pattern(`[\p{P}\$\+<=>\^~\|]+`), each(classic), digits(1<<30), pattern(`[0-9][0-9][0-9]`))
	})
	add("falcon", func() *preTokenizer {
		return of(pattern("[\\p{P}\\$\\+<=>\\^~\\|`]+"), each(classic), pattern(`[0-9][0-9][0-9]`))
	})
	add("deepseek-llm", func() *preTokenizer {
		return of(pattern(`[\r\n]`), pattern(`\s?`+casedList+`+`), pattern(`\s?[!-/:-~！-／：-～‘-‟　-。]+`),
			pattern(`\s+$`), pattern(`[一-龥ࠀ-一가-퟿]+`), digits(1<<30))
	})
	add("deepseek-coder", func() *preTokenizer {
		return of(pattern(`[\r\n]`), pattern(`\s?\p{L}+`), pattern(`\s?\p{P}+`), pattern(`[一-龥ࠀ-一가-퟿]+`), digits(1))
	})
	add("deepseek-v3 hunyuan-dense hy_v4 joyai-llm", func() *preTokenizer {
		return of(digits(3), pattern(han), pattern(proseRun))
	})
	add("poro-chat bloom gpt3-finnish", func() *preTokenizer { return of(pattern(` ?[^(\s|.,!?…。，、।۔،)]+`)) })
	add("viking", func() *preTokenizer { return of(pattern(` ?[^(\s|.,!?…。，、।۔،)]+`), digits(1)) })
	add("tekken", func() *preTokenizer {
		return &preTokenizer{
			steps:        []step{pattern(cased + `|` + capitals + `|\p{N}|` + symbolRun)},
			ignoreMerges: true, addBOS: true,
		}
	})
	add("gpt-4o llama4 kanana2 minimax-m2", func() *preTokenizer {
		return of(pattern(cased + foldedEnds + `?|` + capitals + foldedEnds + `?|\p{N}{1,3}|` + symbolRun))
	})
	add("bailingmoe bailingmoe2 llada-moe", func() *preTokenizer {
		return of(pattern(foldedEnds + `|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+`))
	})
	add("seed-coder", func() *preTokenizer {
		return of(pattern(foldedEnds + `|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}\r\n]+|` + lineSpaces))
	})
	add("exaone-moe", func() *preTokenizer {
		return of(pattern(foldedEnds + `|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+`))
	})
}

// newPreTokenizer gives the pre-tokenizer of that name; no name is "default".
func newPreTokenizer(name string) (*preTokenizer, error) {
	if name == "" {
		name = "default"
	}
	p, ok := preTokenizers[name]
	if !ok {
		names := make([]string, 0, len(preTokenizers))
		for n := range preTokenizers {
			names = append(names, n)
		}
		sort.Strings(names)
		return nil, fmt.Errorf("tokenizer: pre-tokenizer %q is not supported; use a model with one of: %s", name, strings.Join(names, ", "))
	}
	return p(), nil
}
