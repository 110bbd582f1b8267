package store

import (
	"strings"
	"unicode"

	"github.com/ncruces/go-sqlite3"
)

// FTS5 takes a run of letters for a word. That is wrong for scripts that
// write sentences without spaces, so every character of theirs becomes a word
// of its own: zeroWidthSpace parts them in what the index reads, and a search
// for several of them is a search for that sequence. Korean has spaces, but
// its particles are written to the word, so it is treated in the same way.
const zeroWidthSpace = "\u200b"

// unspaced are the characters that are words of their own. They are listed
// here, by Unicode's blocks, because the tables of package unicode grow with
// versions of Go, and what segment does must not change (see the migration).
var unspaced = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x0e00, 0x109f, 1}, // Thai, Lao, Tibetan, Myanmar
		{0x1100, 0x11ff, 1}, // Hangul
		{0x1780, 0x17ff, 1}, // Khmer
		{0x1950, 0x19ff, 1}, // Tai Le, New Tai Lue, Khmer
		{0x1a20, 0x1aaf, 1}, // Tai Tham
		{0x1b00, 0x1b7f, 1}, // Balinese
		{0x2e80, 0x2fdf, 1}, // Han radicals
		{0x3005, 0x3007, 1}, // Han
		{0x3040, 0x318f, 1}, // Hiragana, Katakana, Bopomofo, Hangul
		{0x31a0, 0x31bf, 1}, // Bopomofo
		{0x31f0, 0x31ff, 1}, // Katakana
		{0x3400, 0x4dbf, 1}, // Han
		{0x4e00, 0xa4cf, 1}, // Han, Yi
		{0xa960, 0xa97f, 1}, // Hangul
		{0xa980, 0xa9ff, 1}, // Javanese, Myanmar
		{0xaa60, 0xaadf, 1}, // Myanmar, Tai Viet
		{0xac00, 0xd7ff, 1}, // Hangul
		{0xf900, 0xfaff, 1}, // Han
		{0xff66, 0xffdc, 1}, // Katakana and Hangul of half width
	},
	R32: []unicode.Range32{
		{0x1aff0, 0x1b16f, 1}, // Kana
		{0x20000, 0x3ffff, 1}, // Han
	},
}

// The characters that FTS5 puts around the words it found.
const (
	markStart = '\x02'
	markEnd   = '\x03'
)

// special is true for characters that segment does something about.
func special(r rune) bool {
	return r == markStart || r == markEnd || isUnspaced(r)
}

func isUnspaced(r rune) bool {
	return r >= rune(unspaced.R16[0].Lo) && unicode.Is(unspaced, r)
}

// segment is what the indexes read of a text: the same text with each
// character of an unspaced script between zero-width spaces, and without the
// characters that mark what was found.
func segment(text string) string {
	first := strings.IndexFunc(text, special)
	if first < 0 {
		return text
	}
	var b strings.Builder
	b.Grow(2*len(text) - first)
	b.WriteString(text[:first])
	for _, r := range text[first:] {
		switch {
		case r == markStart || r == markEnd:
			b.WriteByte(' ')
		case isUnspaced(r):
			b.WriteString(zeroWidthSpace)
			b.WriteRune(r)
			b.WriteString(zeroWidthSpace)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// registerSegment gives a connection the function that the database's views
// and triggers call.
func registerSegment(c *sqlite3.Conn) error {
	return c.CreateFunction("segment", 1, sqlite3.DETERMINISTIC|sqlite3.INNOCUOUS,
		func(ctx sqlite3.Context, arg ...sqlite3.Value) { ctx.ResultText(segment(arg[0].Text())) })
}
