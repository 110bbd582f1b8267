package trace

// Map says which text the positions of a session hold.
type Map struct {
	Documents []Document // in the order in which they were read
	// Spans are in the order of positions. One ends where the next begins. A
	// new one begins at every page and at least once in every 32 tokens.
	Spans []Span
}

// Document is a text that positions hold a part of.
type Document struct {
	ID    int64 // of whoever keeps documents
	Title string
	Pages int
	Bytes int // length of its text
}

// Span is a run of positions.
type Span struct {
	Pos    int
	Doc    int // index in [Map.Documents]; -1: text of no document, such as a question or an answer
	Page   int // from 1; 0: none
	Offset int // in bytes, of the document's text at Pos
}

// Entry is a step with what it wrote.
type Entry struct {
	Step *Step
	Text string // of the token that the step decoded; empty for a prefill window
}

// Log is the record of an answer: every prefill window and decoded token.
type Log struct {
	Settings []byte // JSON, of the method
	Map      Map
	Entries  []Entry
}
