// Package document reads files into pages of text: PDF, Word files (DOCX), EPUB
// books, web pages (HTML), Markdown and plain text in any common encoding.
//
// Every byte of a document's [Document.Text] belongs to one page
// ([Document.PageAt]), so that whatever is later made of the text, tokens and
// blocks of tokens included, can name its page. PDF pages are the pages of the
// file. A Word file has the pages of its last print, where its writer stored
// them, else it is cut at the page breaks that were set. Each part of an EPUB
// begins a page, text files are cut at form feeds, and what is longer is cut
// into pages of about [CharsPerPage] characters.
//
// Headings, lists and tables of Word files, books and web pages are written as
// in Markdown.
//
// PDF is read, and its pages are drawn ([Renderer]), by PDFium compiled to
// WebAssembly: a hostile file meets a sandbox without files and without
// network. Archives are unpacked into memory only, and never beyond a limit.
// See [Options] for the limits.
package document

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Format is the kind of file a document was read from.
type Format string

// The formats that are read.
const (
	PDF      Format = "PDF"
	DOCX     Format = "DOCX"
	EPUB     Format = "EPUB"
	HTML     Format = "HTML"
	Markdown Format = "Markdown"
	Text     Format = "plain text"
)

// Document is a file as pages of text. It is immutable after [Read].
type Document struct {
	Title    string // from the file's metadata or first heading, else its name
	Path     string // as given to Read
	Format   Format
	Encoding string // of a text file or web page, by its IANA name; empty for the others
	Pages    []Page // in order; Pages[i].Number == i+1
	Warnings []string

	once   sync.Once
	text   string
	starts []int // byte offset in text of each page's first byte
}

// Page is one page of a document.
type Page struct {
	Number int    // from 1
	Text   string // paragraphs parted by blank lines, each on one line
	NoText bool   // the page holds no text: it is blank or a picture
	Err    error  // why Text is not the whole page, nil where it is
}

// PageError tells why a page could not be read in full.
type PageError struct {
	Page int // from 1
	Err  error
}

func (e *PageError) Error() string { return fmt.Sprintf("page %d: %v", e.Page, e.Err) }

// Unwrap returns the cause.
func (e *PageError) Unwrap() error { return e.Err }

// Text is the text of all pages in order. Pages are parted by a blank line,
// or by a space where a sentence runs on, or by nothing where a word does.
func (d *Document) Text() string {
	d.once.Do(d.join)
	return d.text
}

// PageAt returns the number, from 1, of the page that holds the byte at
// offset of [Document.Text]. The separator after a page belongs to that page.
// Offsets beyond the text belong to the nearest page; 0 means no pages.
func (d *Document) PageAt(offset int) int {
	d.once.Do(d.join)
	if len(d.starts) == 0 {
		return 0
	}
	offset = max(offset, 0)
	// A page without text starts where the next one does: the last page that
	// starts at or before offset is the one with the byte.
	i := sort.Search(len(d.starts), func(i int) bool { return d.starts[i] > offset }) - 1
	for i > 0 && i < len(d.Pages) && d.Pages[i].Text == "" {
		i--
	}
	return max(i, 0) + 1
}

// PageStart returns the byte offset in [Document.Text] at which page number
// starts. A page without text starts where the following page does.
func (d *Document) PageStart(number int) int {
	d.once.Do(d.join)
	return d.starts[number-1]
}

// NoTextPages lists the numbers of the pages that hold no text.
func (d *Document) NoTextPages() []int {
	var pages []int
	for _, p := range d.Pages {
		if p.NoText {
			pages = append(pages, p.Number)
		}
	}
	return pages
}

// addPages adds pages with the given texts.
func (d *Document) addPages(texts []string) {
	for _, t := range texts {
		d.Pages = append(d.Pages, Page{Number: len(d.Pages) + 1, Text: t, NoText: strings.TrimSpace(t) == ""})
	}
}

// fail says that the last page is not whole, why, and the cure where the file
// is corrupt.
func (d *Document) fail(err error, cure string) {
	last := &d.Pages[len(d.Pages)-1]
	last.Err = &PageError{Page: last.Number, Err: err}
	warning := fmt.Sprintf("page %d is not whole: %v", last.Number, err)
	if errors.Is(err, ErrCorrupt) {
		warning += "; " + cure
	}
	d.Warnings = append(d.Warnings, warning)
}

func (d *Document) join() {
	var b strings.Builder
	d.starts = make([]int, len(d.Pages))
	last := ""
	pending := 0 // pages without text before the next page with text
	for i, p := range d.Pages {
		if p.Text == "" {
			pending++
			continue
		}
		if last != "" {
			b.WriteString(pageSeparator(last, p.Text))
		}
		for ; pending >= 0; pending-- {
			d.starts[i-pending] = b.Len()
		}
		pending = 0
		b.WriteString(p.Text)
		last = p.Text
	}
	for ; pending > 0; pending-- {
		d.starts[len(d.Pages)-pending] = b.Len()
	}
	d.text = b.String()
}

// pageSeparator keeps a sentence that runs over a page break in one paragraph.
func pageSeparator(before, after string) string {
	first, _ := utf8.DecodeRuneInString(after)
	switch {
	case !unicode.IsLower(first) || endsSentence(before):
		return "\n\n"
	case strings.HasSuffix(before, "-"):
		return "" // a word runs on
	}
	return " "
}

// endsSentence reports whether s ends like a finished sentence or item.
func endsSentence(s string) bool {
	s = strings.TrimRight(s, " \n\"'”’»)]")
	last, _ := utf8.DecodeLastRuneInString(s)
	return strings.ContainsRune(".!?:;…。！？：；", last)
}

// pageRanges writes sorted page numbers as people do: "1-3, 7".
func pageRanges(pages []int) string {
	var parts []string
	for i := 0; i < len(pages); {
		j := i
		for j+1 < len(pages) && pages[j+1] == pages[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, fmt.Sprint(pages[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", pages[i], pages[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}

func pageWord(n int) string {
	if n == 1 {
		return "page"
	}
	return "pages"
}
