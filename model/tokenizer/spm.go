package tokenizer

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// underline is the character that SentencePiece writes for a space.
const underline = "▁"

// spm is SentencePiece BPE: neighbours merge when their text is a token, the
// token of the highest score first. What is no token becomes byte tokens.
type spm struct {
	ids    map[string]int32
	scores []float32
	bytes  [256]int32 // <0x00> to <0xFF>; -1: none
	unk    int32      // -1: none
	prefix bool       // add a space before text
	// words says that no token goes over the start of a word, so that words
	// can be merged one by one, with the same result.
	words bool
}

func newSPM(c *Config, ids map[string]int32) (*spm, error) {
	s := &spm{ids: ids, scores: c.Scores, unk: int32(c.Unknown), prefix: c.AddSpacePrefix, words: true}
	for b := range s.bytes {
		id, ok := ids[fmt.Sprintf("<0x%02X>", b)]
		if !ok {
			id, ok = ids[string([]byte{byte(b)})]
		}
		if !ok {
			if id = s.unk; id < 0 {
				return nil, fmt.Errorf("tokenizer: the vocabulary has neither a token for byte 0x%02X nor an unknown token", b)
			}
		}
		s.bytes[b] = id
	}
	for text := range ids {
		if i := strings.LastIndex(text, underline); i > 0 && strings.Trim(text[:i], underline) != "" {
			s.words = false
			break
		}
	}
	return s, nil
}

// encode appends the tokens of text, which starts at byte base of the whole.
// first says that text begins the whole or follows a special token.
func (s *spm) encode(text string, base int, first bool, out []Token) []Token {
	escaped := strings.ReplaceAll(text, " ", underline)
	spaces := &cursor{text: text, at: base}
	if s.prefix && first {
		escaped = underline + escaped
		spaces.virtual = true
	}
	var m merger
	for len(escaped) > 0 {
		n := len(escaped)
		if s.words {
			n = wordEnd(escaped)
		}
		out = s.encodeWord(&m, escaped[:n], spaces, out)
		escaped = escaped[n:]
	}
	return out
}

// wordEnd gives the end of the first word: spaces, then what is none.
func wordEnd(escaped string) int {
	start := 0
	for strings.HasPrefix(escaped[start:], underline) {
		start += len(underline)
	}
	if i := strings.Index(escaped[start:], underline); i >= 0 {
		return start + i
	}
	return len(escaped)
}

func (s *spm) encodeWord(m *merger, text string, at *cursor, out []Token) []Token {
	m.reset()
	for i, w := 0, 0; i < len(text); i += w {
		_, w = utf8.DecodeRuneInString(text[i:])
		id, ok := s.ids[text[i:i+w]]
		if !ok {
			id = -1
		}
		m.add(id, i, i+w)
	}
	m.merge(func(left, right *part) (float64, int32, bool) {
		id, ok := s.ids[text[left.start:right.end]]
		if !ok {
			return 0, 0, false
		}
		return -float64(s.scores[id]), id, true
	})
	m.each(func(p *part) {
		if p.symbol >= 0 {
			start, end := at.advance(int(p.end - p.start))
			out = append(out, Token{p.symbol, start, end})
			return
		}
		for i := p.start; i < p.end; i++ {
			start, end := at.advance(1)
			out = append(out, Token{s.bytes[text[i]], start, end})
		}
	})
	return out
}

// cursor follows a text while its escaped form is read: a space counts as the
// bytes of underline there.
type cursor struct {
	text    string // what is left
	at      int    // byte offset of it
	pending int    // bytes of an underline that were read of a space already
	virtual bool   // the next underline is the added space, which is not in text
}

// advance reads n bytes of the escaped text and gives what they are of the
// text. Of a space that is read in parts, the first part has it.
func (c *cursor) advance(n int) (start, end int) {
	start = c.at
	for n > 0 {
		if c.pending > 0 {
			k := min(n, c.pending)
			c.pending -= k
			n -= k
			continue
		}
		if c.virtual {
			c.virtual = false
			c.pending = len(underline)
			continue
		}
		space := c.text[0] == ' '
		c.text = c.text[1:]
		c.at++
		n--
		if space {
			c.pending = len(underline) - 1
		}
	}
	return start, c.at
}
