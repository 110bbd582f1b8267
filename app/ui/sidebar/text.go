package sidebar

import (
	"sort"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
)

// longest is the most characters of a name that can fit into a row.
const longest = 400

// elide shortens a text to one line of a width in pixels, with "…" at its end
// where something is left out.
func elide(text string, width, size float32, style fyne.TextStyle) string {
	runes := make([]rune, 0, min(len(text), longest))
	for _, r := range text {
		if unicode.IsControl(r) {
			r = ' '
		}
		if runes = append(runes, r); len(runes) == longest {
			break
		}
	}
	line := strings.TrimSpace(string(runes))
	if fyne.MeasureText(line, size, style).Width <= width {
		return line
	}
	runes = []rune(line)
	// The first length that is too long.
	n := sort.Search(len(runes), func(n int) bool {
		return fyne.MeasureText(string(runes[:n])+"…", size, style).Width > width
	})
	return strings.TrimRightFunc(string(runes[:max(n-1, 0)]), unicode.IsSpace) + "…"
}
