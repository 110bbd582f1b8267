package tokenizer

import "unicode/utf8"

// Byte-level vocabularies store a token's bytes as printable characters: a
// byte that is a printable Latin-1 character stands for itself, the others
// become U+0100, U+0101 and so on in their order (GPT-2's bytes_to_unicode).
var (
	byteToRune [256]rune
	runeToByte = map[rune]byte{}
)

func init() {
	next := rune(0x100)
	for b := range 256 {
		r := rune(b)
		printable := (r >= '!' && r <= '~') || (r >= 0xA1 && r <= 0xAC) || (r >= 0xAE && r <= 0xFF)
		if !printable {
			r = next
			next++
		}
		byteToRune[b] = r
		runeToByte[r] = byte(b)
	}
}

// unmapBytes gives the bytes that a byte-level token's text stands for.
// Characters outside the mapping, and broken UTF-8, stay as they are.
func unmapBytes(text string) string {
	out := make([]byte, 0, len(text))
	for i, w := 0, 0; i < len(text); i += w {
		var r rune
		r, w = utf8.DecodeRuneInString(text[i:])
		if b, ok := runeToByte[r]; ok {
			out = append(out, b)
		} else {
			out = append(out, text[i:i+w]...)
		}
	}
	return string(out)
}
