package document

import (
	"slices"
	"strings"
)

const (
	titleSize  = 1.25 // size of a drawn title, in that of the document's text
	titleChars = 200
)

// drawnTitle is the text in the largest letters of the first page that has
// text, empty where they are hardly larger than the rest.
func drawnTitle(pages []rawPage) string {
	var first []line
	var sizes []float64
	for i := range pages {
		if len(first) == 0 {
			first = pages[i].lines
		}
		for k := range pages[i].lines {
			sizes = append(sizes, pages[i].lines[k].size)
		}
	}
	if len(sizes) == 0 {
		return ""
	}
	slices.Sort(sizes)
	largest := 0.0
	for i := range first {
		largest = max(largest, first[i].size)
	}
	if largest < titleSize*sizes[len(sizes)/2] {
		return ""
	}
	var title []string
	for i := range first {
		if first[i].size > 0.95*largest {
			title = append(title, cleanText(first[i].text()))
		} else if len(title) > 0 {
			break
		}
	}
	if t := strings.Join(title, " "); len(t) <= titleChars {
		return t
	}
	return ""
}
