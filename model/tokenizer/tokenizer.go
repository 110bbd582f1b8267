// Package tokenizer turns text into token ids and back, with the place in the
// text of every token.
//
// It knows the two kinds of vocabulary that GGUF files of decoder models have:
// byte-level BPE (tokenizer.ggml.model = "gpt2"), whose pre-tokenizer the file
// names in tokenizer.ggml.pre, and SentencePiece BPE ("llama"). Ids are those
// that llama.cpp gives.
//
// Bytes that are no UTF-8 are kept where the vocabulary has tokens for them. A
// byte-level vocabulary may lack tokens for some bytes (SmolLM2's lacks
// U+0004, and bytes that no UTF-8 text has): these are left out of the tokens,
// as llama.cpp does.
package tokenizer

// Token is a token of a text: bytes Start to End of it. A token may be a part
// of a UTF-8 character, and is empty where it stands for a space that the
// text does not have.
type Token struct {
	ID         int32
	Start, End int
}

// Covering is the range of those tokens, from the first one to behind the last, that
// have a part of the bytes from start to end; 0 and 0: none has.
func Covering(tokens []Token, start, end int) (at [2]int) {
	for i, t := range tokens {
		if t.Start < end && t.End > start {
			if at[1] == 0 {
				at[0] = i
			}
			at[1] = i + 1
		}
	}
	return at
}

// Tokenizer is a vocabulary in use. It may be used by several goroutines.
type Tokenizer struct {
	config   Config
	ids      map[string]int32
	specials *specials
	bpe      *bpe // ModelBPE
	spm      *spm // ModelSPM
	pieces   []string
	ends     map[int32]bool // tokens that end a generation
}

// New makes a tokenizer. The error says what is wrong with the configuration,
// or that its model or pre-tokenizer is not supported.
func New(c Config) (*Tokenizer, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	ids, err := c.index()
	if err != nil {
		return nil, err
	}
	t := &Tokenizer{config: c, ids: ids, specials: newSpecials(&c)}
	if c.Model == ModelBPE {
		t.bpe, err = newBPE(&c, ids)
	} else {
		t.spm, err = newSPM(&c, ids)
	}
	if err != nil {
		return nil, err
	}
	t.pieces = t.allPieces()
	t.ends = t.endTokens()
	return t, nil
}

// Part is a piece of a text that is encoded as one.
type Part struct {
	Text string
	// Special says whether the texts of control tokens, such as <|im_start|>,
	// are these tokens, as in a rendered chat template. Without it they are
	// ordinary text, which is right for text that users and documents supply.
	Special bool
}

// Encode gives the tokens of text, without BOS and EOS; special as in Part.
func (t *Tokenizer) Encode(text string, special bool) []Token {
	return t.EncodeParts([]Part{{text, special}})
}

// EncodeParts gives the tokens of the parts' texts, one behind the other,
// without BOS and EOS. Tokens may reach over the joints of parts.
func (t *Tokenizer) EncodeParts(parts []Part) []Token {
	text, fragments := t.specials.join(parts)
	out := make([]Token, 0, len(text)/4+1)
	first := true
	for _, f := range fragments {
		switch {
		case f.id >= 0:
			out = append(out, Token{int32(f.id), f.start, f.end})
		case t.bpe != nil:
			out = t.bpe.encode(text[f.start:f.end], f.start, out)
		default:
			out = t.spm.encode(text[f.start:f.end], f.start, first, out)
		}
		first = f.id >= 0
	}
	return out
}

// IDs gives the ids of Encode's tokens.
func (t *Tokenizer) IDs(text string, special bool) []int32 {
	tokens := t.Encode(text, special)
	ids := make([]int32, len(tokens))
	for i, tok := range tokens {
		ids[i] = tok.ID
	}
	return ids
}

// Sequence gives the ids of a whole sequence: those of IDs with BOS and EOS
// where the configuration asks for them and text, as rendered by a chat
// template, does not have them.
func (t *Tokenizer) Sequence(text string, special bool) []int32 {
	ids := t.IDs(text, special)
	if bos, ok := t.MissingBOS(ids); ok {
		ids = append([]int32{bos}, ids...)
	}
	if eos := int32(t.config.EOS); t.config.AddEOS && (len(ids) == 0 || ids[len(ids)-1] != eos) {
		ids = append(ids, eos)
	}
	return ids
}

// MissingBOS is the token that belongs before the ids of a whole sequence, if
// the configuration asks for one and they do not begin with it.
func (t *Tokenizer) MissingBOS(ids []int32) (bos int32, ok bool) {
	bos = int32(t.config.BOS)
	return bos, t.config.AddBOS && (len(ids) == 0 || ids[0] != bos)
}

// VocabSize is the number of tokens.
func (t *Tokenizer) VocabSize() int { return len(t.config.Tokens) }

// BOS is the token that begins a sequence, or None.
func (t *Tokenizer) BOS() int32 { return int32(t.config.BOS) }

// EOS is the token that ends a sequence, or None.
func (t *Tokenizer) EOS() int32 { return int32(t.config.EOS) }

// BOSText is the text of BOS, for chat templates; empty: none.
func (t *Tokenizer) BOSText() string { return t.text(t.config.BOS) }

// EOSText is the text of EOS, for chat templates; empty: none.
func (t *Tokenizer) EOSText() string { return t.text(t.config.EOS) }

func (t *Tokenizer) text(id int) string {
	if id == None {
		return ""
	}
	return t.config.Tokens[id]
}

// ID gives the token whose text, as the file stores it, is text.
func (t *Tokenizer) ID(text string) (int32, bool) {
	id, ok := t.ids[text]
	return id, ok
}

// known reports whether id is in the vocabulary.
func (t *Tokenizer) known(id int32) bool { return id >= 0 && int(id) < len(t.config.Tokens) }
