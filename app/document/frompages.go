package document

import "strings"

// FromPages puts a document together again from pages that were kept, in
// order. They are numbered from 1 whatever their Number, and NoText is told
// from their text. With the texts of a document that was read, [Document.Text]
// and all byte offsets are those of that document.
func FromPages(title, path string, format Format, pages []Page) *Document {
	doc := &Document{Title: title, Path: path, Format: format, Pages: make([]Page, len(pages))}
	for i, p := range pages {
		p.Number = i + 1
		p.NoText = strings.TrimSpace(p.Text) == ""
		doc.Pages[i] = p
	}
	return doc
}
