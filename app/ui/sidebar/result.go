package sidebar

import (
	"strings"
	"unicode/utf8"
)

// Kind says what a search found.
type Kind int

// The kinds, in the order in which they are shown.
const (
	TitleResult   Kind = iota // a conversation by its title
	MessageResult             // a message
	PageResult                // a page of a document
)

// Result is something that a search found.
type Result struct {
	Kind         Kind
	Conversation int64  // that it is or belongs to
	Message      int64  // of a MessageResult
	Document     int64  // of a PageResult
	Page         int    // of a PageResult, from 1
	Title        string // of the conversation or the document
	Snippet      string // the text around the words that were found
	Found        []Span // those words in Snippet, in order
}

// Span is a range of bytes.
type Span struct{ Start, End int }

// maxTitles is the most conversations that MatchTitles finds.
const maxTitles = 50

// MatchTitles finds the conversations whose titles have all words of a text,
// in their order. Case makes no difference.
func MatchTitles(conversations []Conversation, text string) []Result {
	words := strings.Fields(strings.ToLower(text))
	if len(words) == 0 {
		return nil
	}
	var found []Result
	for _, c := range conversations {
		title := strings.ToLower(c.Title)
		all := true
		for _, w := range words {
			all = all && strings.Contains(title, w)
		}
		if all {
			found = append(found, Result{Kind: TitleResult, Conversation: c.ID, Title: c.Title})
			if len(found) == maxTitles {
				break
			}
		}
	}
	return found
}

// piece is a part of a snippet.
type piece struct {
	text  string
	found bool
}

// lead is the most bytes of a snippet before the first word that was found: it
// must be on the first of two short lines.
const lead = 24

// pieces cuts a snippet where what was found begins and ends, and leaves out
// most of what precedes the first one.
func pieces(text string, found []Span) []piece {
	var out []piece
	end := 0
	for i, f := range found {
		if before := text[end:f.Start]; before != "" {
			if i == 0 {
				before = shorten(before)
			}
			out = append(out, piece{before, false})
		}
		out = append(out, piece{text[f.Start:f.End], true})
		end = f.End
	}
	if end < len(text) {
		out = append(out, piece{text[end:], false})
	}
	return out
}

// shorten keeps the last bytes of a text, lead at most, and begins with a word
// where there is one.
func shorten(text string) string {
	if len(text) <= lead {
		return text
	}
	start := len(text) - lead
	for !utf8.RuneStart(text[start]) {
		start++
	}
	if i := strings.IndexByte(text[start:], ' '); i >= 0 && start+i+1 < len(text) {
		start += i + 1
	}
	return "…" + text[start:]
}
