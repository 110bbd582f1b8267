package sidebar

import (
	"time"

	"fyne.io/fyne/v2/lang"
)

// row is a line of the list: a heading, a folder, or a conversation.
type row struct {
	heading string // where not empty, it is one
	item    Item
	name    string
	count   int  // conversations in a folder
	open    bool // a folder shows them
	inside  bool // a conversation is in a folder
	talk    Conversation
}

// Heights of rows, in pixels.
const (
	rowHeight     = 32
	headingHeight = 30
)

func (r row) height() float32 {
	if r.heading != "" {
		return headingHeight
	}
	return rowHeight
}

// rowsOf arranges the list: folders with their conversations, then the others
// by the day they were last used on, in the order they are given in.
func rowsOf(folders []Folder, conversations []Conversation, collapsed map[int64]bool, now time.Time) []row {
	known := make(map[int64]bool, len(folders))
	for _, f := range folders {
		known[f.ID] = true
	}
	inside := map[int64][]Conversation{}
	var days [older + 1][]Conversation
	for _, c := range conversations {
		if known[c.Folder] {
			inside[c.Folder] = append(inside[c.Folder], c)
			continue
		}
		d := dayOf(c.Updated, now)
		days[d] = append(days[d], c)
	}
	rows := make([]row, 0, len(folders)+len(conversations)+len(days)+1)
	if len(folders) > 0 {
		rows = append(rows, row{heading: lang.L("Folders")})
	}
	for _, f := range folders {
		in := inside[f.ID]
		r := row{item: Item{Folder: true, ID: f.ID}, name: f.Name, count: len(in), open: !collapsed[f.ID]}
		rows = append(rows, r)
		if r.open {
			for _, c := range in {
				rows = append(rows, talkRow(c, true))
			}
		}
	}
	for d, in := range days {
		if len(in) > 0 {
			rows = append(rows, row{heading: day(d).heading()})
		}
		for _, c := range in {
			rows = append(rows, talkRow(c, false))
		}
	}
	return rows
}

func talkRow(c Conversation, inside bool) row {
	name := c.Title
	if name == "" {
		name = lang.L("New conversation")
	}
	return row{item: Item{ID: c.ID}, name: name, inside: inside, talk: c}
}

// day says how long ago something was.
type day int

const (
	today day = iota
	yesterday
	week
	older
)

func (d day) heading() string {
	switch d {
	case today:
		return lang.L("Today")
	case yesterday:
		return lang.L("Yesterday")
	case week:
		return lang.L("Last 7 days")
	}
	return lang.L("Older")
}

// dayOf counts calendar days where now is.
func dayOf(t, now time.Time) day {
	y, m, d := now.Date()
	switch t = t.In(now.Location()); {
	case !t.Before(time.Date(y, m, d, 0, 0, 0, 0, now.Location())):
		return today
	case !t.Before(time.Date(y, m, d-1, 0, 0, 0, 0, now.Location())):
		return yesterday
	case !t.Before(time.Date(y, m, d-7, 0, 0, 0, 0, now.Location())):
		return week
	}
	return older
}
