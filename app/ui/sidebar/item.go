// Package sidebar draws the list of conversations at the window's side, the
// search over everything, and the palette that opens with Ctrl+K. It draws
// plain data and tells its callbacks what a person does: it keeps nothing on a
// disk and searches no text but titles.
//
// Like all of Fyne it is used on the UI goroutine only.
package sidebar

import "time"

// Conversation is a row of the list.
type Conversation struct {
	ID       int64
	Folder   int64 // 0: in none
	Title    string
	Updated  time.Time
	Activity Activity
	Progress float64 // of the activity, 0 to 1; negative: not known
}

// Activity is what a conversation is busy with.
type Activity int

// The activities.
const (
	Idle Activity = iota
	Reading
	Answering
)

// Folder holds conversations.
type Folder struct {
	ID   int64
	Name string
}

// Item names a conversation or a folder.
type Item struct {
	Folder bool
	ID     int64
}

// Format is a form in which conversations are exported.
type Format int

// The formats.
const (
	Markdown Format = iota
	JSON
)
