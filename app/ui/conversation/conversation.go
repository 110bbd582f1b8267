// Package conversation is the middle of the window: the messages of a conversation, the documents it
// speaks about, and the place where the user writes.
//
// Its widgets draw what they are given and report what the user does through the callbacks of Pane;
// they keep nothing, open nothing and fetch nothing. Like all widgets they are used on the UI
// goroutine only.
//
// Three things make long conversations fluent: only the messages in view have widgets, text is wrapped
// by the package itself from widths it remembers, and while an answer grows only the Markdown block
// that is being written is parsed and laid out again.
package conversation

import (
	"reflect"
	"time"
)

// Role says who wrote a message.
type Role int

// The authors of messages.
const (
	User Role = iota
	Assistant
	System
)

// State says how far a message has come.
type State int

// The states of a message.
const (
	Complete State = iota // finished by the model or sent by the user
	Waiting               // asked for, nothing written yet
	Writing               // being written: Pane.Grow follows
	Stopped               // ended early, by the user or by the length limit; can be continued
	Repeated              // ended because the model wrote the same over and over
	Failed                // ended by an error: Message.Error says which
)

// Message is one message of the branch that is shown.
type Message struct {
	ID       int64 // unique in the conversation, never 0
	Role     Role
	Text     string // Markdown for the assistant, shown as it is for the others
	State    State
	Error    string // why it failed, for people; only in state Failed
	Sibling  int    // place among the alternatives of this message, from 0
	Siblings int    // number of alternatives; below 2 no switch is shown
	Pages    []Consulted
	Figures  Figures
	Trace    bool // its retention was recorded and can be replayed
	Part     Part // of the documents that an answer is from, where that is not all of them
}

// Part is the beginning of documents that were being read.
type Part struct {
	Read, Pages int // pages read by then, and of all documents; Pages 0: there is no such part
}

// Consulted is a page that was recalled while an answer was written.
type Consulted struct {
	Document int64
	Title    string  // of the document
	Page     int     // from 1
	Share    float64 // of the attention that recalled pages got, 0 to 1
}

// Figures are the numbers under an answer. What is zero is not shown.
type Figures struct {
	Tokens    int
	Rate      float64       // tokens a second
	First     time.Duration // from the question to the first token
	Attending int           // tokens that a step attended to at the end
	Context   int           // tokens the conversation had by then
}

// ChipState says what happens to a document.
type ChipState int

// The states of a document.
const (
	ChipWaiting ChipState = iota // for its turn to be read, or read on
	ChipOpening                  // its text is being extracted, page by page
	ChipReading                  // the model reads it
	ChipPaused                   // reading was paused
	ChipRead                     // read to its end
	ChipFailed                   // could not be opened or read: Chip.Error says why
	ChipIdle                     // it will be read with the next question, or when asked for
)

// Chip is one document of the conversation.
type Chip struct {
	ID        int64
	Title     string
	State     ChipState
	Page      int           // pages opened or read so far
	Pages     int           // pages in all, 0 while unknown
	EmptyText int           // pages that hold no text, known once it is opened
	Left      time.Duration // until it is read, 0 if unknown
	Rate      float64       // tokens a second while reading
	Error     string        // for people; only in state ChipFailed
	Kept      bool          // it belongs to the conversation and cannot be removed
	Joined    bool          // the model has it as it was read alone, without the documents before it
}

// Status is the line under the composer. An error takes the place of the queue, and the queue that of
// the meter.
type Status struct {
	PagesRead int  // pages the model has read
	Pages     int  // pages of all documents; 0 hides the meter
	Attending int  // tokens that a step attends to; 0 leaves them out
	Part      bool // a question would be answered from the pages read so far, which takes the meter's place
	Queue     int  // answers that are written before this one; 0: none
	Error     string
	Action    string // label of the button beside the error; "" for none
	OnAction  func() // what that button does
}

// same reports whether two messages look alike, so that the widget of one can show the other.
func same(a, b Message) bool {
	return reflect.DeepEqual(a, b)
}
