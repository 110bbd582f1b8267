package tokenizer

// word merges the bytes of one piece. Its memory is used again for the next.
type word struct {
	*bpe
	parts []shortPart
	long  merger
}

// shortPart is a symbol of a short piece, from byte start to the next part.
type shortPart struct {
	symbol, start int32
	rank          int32 // of the merge with the next part, or noMerge
}

const (
	noMerge   = int32(1<<31 - 1)
	shortWord = 48 // up to this many bytes, searching all parts beats a queue
)

func (w *word) encode(text string, base int, out []Token) []Token {
	if len(text) > shortWord {
		return w.encodeLong(text, base, out)
	}
	w.parts = w.parts[:0]
	for i := range len(text) {
		w.parts = append(w.parts, shortPart{symbol: w.bytes[text[i]], start: int32(i)})
	}
	w.mergeShort()
	for i, p := range w.parts {
		end := len(text)
		if i+1 < len(w.parts) {
			end = int(w.parts[i+1].start)
		}
		out = w.emit(p.symbol, int(p.start), end, text, base, out)
	}
	return out
}

// rankAt gives the rank of the merge of part i with the next.
func (w *word) rankAt(i int) int32 {
	if i+1 >= len(w.parts) {
		return noMerge
	}
	if m, ok := w.ranks[[2]int32{w.parts[i].symbol, w.parts[i+1].symbol}]; ok {
		return m.rank
	}
	return noMerge
}

// mergeShort merges the pair of lowest rank, the leftmost of equals, until
// none is left.
func (w *word) mergeShort() {
	for i := range w.parts {
		w.parts[i].rank = w.rankAt(i)
	}
	for {
		best, at := noMerge, -1
		for i := range w.parts {
			if w.parts[i].rank < best {
				best, at = w.parts[i].rank, i
			}
		}
		if at < 0 {
			return
		}
		w.parts[at].symbol = w.ranks[[2]int32{w.parts[at].symbol, w.parts[at+1].symbol}].symbol
		w.parts = append(w.parts[:at+1], w.parts[at+2:]...)
		w.parts[at].rank = w.rankAt(at)
		if at > 0 {
			w.parts[at-1].rank = w.rankAt(at - 1)
		}
	}
}

// encodeLong does the same with a queue, in n log n.
func (w *word) encodeLong(text string, base int, out []Token) []Token {
	w.long.reset()
	for i := range len(text) {
		w.long.add(w.bytes[text[i]], i, i+1)
	}
	w.long.merge(func(left, right *part) (float64, int32, bool) {
		m, ok := w.ranks[[2]int32{left.symbol, right.symbol}]
		return float64(m.rank), m.symbol, ok
	})
	w.long.each(func(p *part) {
		out = w.emit(p.symbol, int(p.start), int(p.end), text, base, out)
	})
	return out
}
