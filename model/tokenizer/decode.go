package tokenizer

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// allPieces gives the bytes of every token.
func (t *Tokenizer) allPieces() []string {
	pieces := make([]string, len(t.config.Tokens))
	for id, text := range t.config.Tokens {
		switch typ := t.config.tokenType(id); {
		case typ == TypeControl, typ == TypeUnknown, typ == TypeUserDefined:
			pieces[id] = text
		case t.bpe != nil:
			pieces[id] = unmapBytes(text)
		case typ == TypeByte:
			pieces[id] = byteToken(text)
		default:
			pieces[id] = strings.ReplaceAll(text, underline, " ")
		}
	}
	return pieces
}

// byteToken gives the byte that a text such as <0x0A> names; another text
// stands for itself.
func byteToken(text string) string {
	if len(text) != 6 || text[:3] != "<0x" || text[5] != '>' {
		return text
	}
	b, err := strconv.ParseUint(text[3:5], 16, 8)
	if err != nil {
		return text
	}
	return string([]byte{byte(b)})
}

// Piece gives the bytes of a token: a part of a text, which may be a part of a
// character, or a special token's name. It is empty for an unknown id.
func (t *Tokenizer) Piece(id int32) string {
	if !t.known(id) {
		return ""
	}
	return t.pieces[id]
}

// Decode gives the bytes that ids stand for, special tokens by their names. It
// is the inverse of Encode: the space that Encode adds before text is left
// out.
func (t *Tokenizer) Decode(ids []int32) string {
	var b strings.Builder
	first := true
	for _, id := range ids {
		piece := t.Piece(id)
		if t.config.AddSpacePrefix && t.spm != nil && first {
			piece = strings.TrimPrefix(piece, " ")
		}
		b.WriteString(piece)
		first = t.isCut(id)
	}
	return b.String()
}

// isCut reports whether Encode cuts the token out of text before all else.
func (t *Tokenizer) isCut(id int32) bool {
	return t.IsSpecial(id) || t.known(id) && t.config.tokenType(int(id)) == TypeUserDefined
}

// IsSpecial reports whether id is a control token or the unknown token: not a
// part of a text.
func (t *Tokenizer) IsSpecial(id int32) bool {
	if !t.known(id) {
		return false
	}
	typ := t.config.tokenType(int(id))
	return typ == TypeControl || typ == TypeUnknown
}

// Decoder turns the tokens of a generation into text as they come. It gives
// whole characters only, and no special tokens.
type Decoder struct {
	t     *Tokenizer
	held  []byte // the beginning of a character
	first bool   // nothing came yet, or a token after which Encode adds a space
}

// NewDecoder starts a text.
func (t *Tokenizer) NewDecoder() *Decoder { return &Decoder{t: t, first: true} }

// Add gives the text that a token completes; it may be empty. Bytes that are
// no UTF-8 become U+FFFD.
func (d *Decoder) Add(id int32) string {
	if d.t.IsSpecial(id) {
		d.first = true
		return d.Flush()
	}
	piece := d.t.Piece(id)
	if d.first && d.t.config.AddSpacePrefix && d.t.spm != nil {
		piece = strings.TrimPrefix(piece, " ")
	}
	d.first = d.t.isCut(id)
	d.held = append(d.held, piece...)
	whole := len(d.held) - partialRune(d.held)
	text := strings.ToValidUTF8(string(d.held[:whole]), "\uFFFD")
	d.held = append(d.held[:0], d.held[whole:]...)
	return text
}

// Flush gives what is held back: a character's beginning whose end did not
// come, as U+FFFD.
func (d *Decoder) Flush() string {
	text := strings.ToValidUTF8(string(d.held), "\uFFFD")
	d.held = d.held[:0]
	return text
}

// partialRune gives the length of the character at b's end that lacks bytes.
func partialRune(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if tail := b[len(b)-n:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return n
			}
			return 0
		}
	}
	return 0
}
