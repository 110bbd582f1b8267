package tokenizer

import "fmt"

// bpe is byte-level byte-pair encoding. A symbol is a token id, or, where a
// merge makes text that is no token, a number from the vocabulary's size on.
type bpe struct {
	pre   *preTokenizer
	vocab int32              // symbols below are tokens
	bytes [256]int32         // symbol of each byte
	ranks map[[2]int32]merge // by left and right symbol
	words map[string]int32   // bytes of a token to its id; only for ignoreMerges
}

// merge is what two neighbouring symbols become; a lower rank goes first.
type merge struct{ rank, symbol int32 }

func newBPE(c *Config, ids map[string]int32) (*bpe, error) {
	pre, err := newPreTokenizer(c.Pre)
	if err != nil {
		return nil, err
	}
	if len(c.Merges) == 0 {
		return nil, fmt.Errorf("tokenizer: model %q needs merges", c.Model)
	}
	b := &bpe{pre: pre, vocab: int32(len(c.Tokens)), ranks: make(map[[2]int32]merge, len(c.Merges))}
	b.addSymbols(c, ids)
	if pre.ignoreMerges {
		b.words = make(map[string]int32, len(ids))
		for text, id := range ids {
			b.words[unmapBytes(text)] = id
		}
	}
	return b, nil
}

// addSymbols numbers the symbols and enters the merges.
func (b *bpe) addSymbols(c *Config, ids map[string]int32) {
	next := b.vocab
	extra := map[string]int32{} // symbols that are no tokens
	symbol := func(text string) (int32, bool) {
		if id, ok := ids[text]; ok {
			return id, true
		}
		id, ok := extra[text]
		return id, ok
	}
	for i := range b.bytes {
		text := string(byteToRune[i])
		id, ok := symbol(text)
		if !ok {
			id, extra[text] = next, next
			next++
		}
		b.bytes[i] = id
	}
	for rank, m := range c.Merges {
		left, right, _ := cutMerge(m) // validated
		l, okL := symbol(left)
		r, okR := symbol(right)
		if !okL || !okR {
			continue // nothing makes this symbol, so the merge cannot happen
		}
		pair := [2]int32{l, r}
		if _, ok := b.ranks[pair]; ok {
			continue // the more important one counts
		}
		to, ok := symbol(left + right)
		if !ok {
			to, extra[left+right] = next, next
			next++
		}
		b.ranks[pair] = merge{int32(rank), to}
	}
}

// encode appends the tokens of text, which starts at byte base of the whole.
func (b *bpe) encode(text string, base int, out []Token) []Token {
	w := word{bpe: b}
	b.pre.split(text, func(piece string) {
		if id, ok := b.words[piece]; ok {
			out = append(out, Token{id, base, base + len(piece)})
		} else {
			out = w.encode(piece, base, out)
		}
		base += len(piece)
	})
	return out
}

// emit appends the tokens of a symbol: itself, or, where it is no token, those
// of its bytes. A byte for which the vocabulary has no token is left out.
func (b *bpe) emit(symbol int32, start, end int, text string, base int, out []Token) []Token {
	if symbol < b.vocab {
		return append(out, Token{symbol, base + start, base + end})
	}
	for i := start; i < end; i++ {
		if id := b.bytes[text[i]]; id < b.vocab {
			out = append(out, Token{id, base + i, base + i + 1})
		}
	}
	return out
}
