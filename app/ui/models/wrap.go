package models

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
)

// font is how a text is set.
type font struct {
	size  float32 // pixels, before scaling
	style fyne.TextStyle
}

func (f font) width(s string) float32 { return fyne.MeasureText(s, f.size, f.style).Width }

// fits says whether s is at most so wide. Most characters are no wider than the
// font is high, so short texts of such need not be measured, which takes time.
func (f font) fits(s string, width float32) bool {
	n, narrow := 0, true
	for _, r := range s {
		n++
		narrow = narrow && (r < 0x180 || r >= 0x3000 && r < 0xa000)
	}
	return narrow && float32(n)*f.size <= width || f.width(s) <= width
}

// wrap breaks a text into lines of at most a width.
func wrap(s string, width float32, f font) []string {
	if f.fits(s, width) {
		return []string{s}
	}
	var lines []string
	line := ""
	for _, word := range words(s) {
		if line != "" && !f.fits(line+strings.TrimRight(word, " "), width) {
			lines, line = append(lines, strings.TrimRight(line, " ")), ""
		}
		for line == "" && !f.fits(strings.TrimRight(word, " "), width) {
			n := most([]rune(word), width, f)
			lines, word = append(lines, string([]rune(word)[:n])), string([]rune(word)[n:])
		}
		line += word
	}
	return append(lines, strings.TrimRight(line, " "))
}

// most is how many characters of s fit, at least one.
func most(s []rune, width float32, f font) int {
	low, high := 1, len(s)
	for low < high {
		middle := (low + high + 1) / 2
		if f.fits(string(s[:middle]), width) {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}

// words cuts a text where a line may end: after spaces, and beside each
// ideograph, except before a mark that must not begin a line.
func words(s string) []string {
	var list []string
	start, last := 0, ' '
	for i, r := range s {
		after := last == ' ' && r != ' ' || isIdeograph(last) || isIdeograph(r)
		if after && i > start && !strings.ContainsRune(" ，。、：；）！？”", r) {
			list, start = append(list, s[start:i]), i
		}
		last = r
	}
	return append(list, s[start:])
}

func isIdeograph(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// clip shortens a list of lines to at most n, with an ellipsis where it does.
func clip(lines []string, n int, width float32, f font) []string {
	if len(lines) <= n {
		return lines
	}
	last := []rune(lines[n-1] + " " + lines[n])
	for len(last) > 1 && !f.fits(string(last)+"…", width) {
		last = last[:len(last)-1]
	}
	return append(lines[:n-1:n-1], strings.TrimRight(string(last), " ")+"…")
}

// middle shortens a path to a width by leaving out what is in its middle.
func middle(s string, width float32, f font) string {
	if f.fits(s, width) {
		return s
	}
	r := []rune(s)
	shortened := func(keep int) string { // a third of it from the beginning
		return string(r[:keep/3]) + "…" + string(r[len(r)-(keep-keep/3):])
	}
	low, high := 0, len(r)-1
	for low < high {
		keep := (low + high + 1) / 2
		if f.fits(shortened(keep), width) {
			low = keep
		} else {
			high = keep - 1
		}
	}
	return shortened(low)
}
