package sidebar

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// searchDelay is how long typing must pause before a search begins.
const searchDelay = 200 * time.Millisecond

// searchEntry is a field whose keys others may take.
type searchEntry struct {
	widget.Entry
	key func(*fyne.KeyEvent) bool // says whether it took the key
}

func newSearchEntry(place string, key func(*fyne.KeyEvent) bool) *searchEntry {
	e := &searchEntry{key: key}
	e.ExtendBaseWidget(e)
	e.Scroll = fyne.ScrollNone
	e.Wrapping = fyne.TextWrap(fyne.TextTruncateClip)
	e.Icon = theme.SearchIcon()
	e.SetPlaceHolder(place)
	return e
}

// TypedKey is called by Fyne.
func (e *searchEntry) TypedKey(k *fyne.KeyEvent) {
	if !e.key(k) {
		e.Entry.TypedKey(k)
	}
}

// searcher is a search field with its results: the titles at once, the rest
// when its owner has found it.
type searcher struct {
	entry   *searchEntry
	list    *resultList
	titles  func() []Conversation
	search  func(text string)
	changed func(text string) // trimmed
	later   func(time.Duration, func()) (stop func())
	stop    func()
	text    string   // what results are shown for, trimmed
	found   []Result // for text, without titles
	done    bool     // found is all there is
}

func (s *searcher) typed(text string) {
	text = strings.TrimSpace(text)
	if text == s.text {
		return
	}
	s.stop()
	s.text, s.found, s.done = text, nil, false
	s.refresh()
	if s.changed != nil {
		s.changed(text)
	}
	if text != "" {
		s.stop = s.later(searchDelay, func() { s.search(text) })
	}
}

// set shows what was found; that for a text which is no longer there is late
// and thrown away.
func (s *searcher) set(text string, results []Result) {
	if text != s.text || text == "" {
		return
	}
	s.found, s.done = results, true
	s.refresh()
}

func (s *searcher) refresh() {
	if s.text == "" {
		s.list.set(nil, "")
		return
	}
	all := MatchTitles(s.titles(), s.text)
	for _, r := range s.found {
		if r.Kind != TitleResult {
			all = append(all, r)
		}
	}
	note := lang.L("Searching…")
	if s.done {
		note = lang.L("Nothing found")
	}
	s.list.set(all, note)
}

// searchBox is the search of a Sidebar.
type searchBox struct {
	*searcher
	side    *Sidebar
	results fyne.CanvasObject
}

func newSearchBox(s *Sidebar) *searchBox {
	b := &searchBox{side: s}
	list := newResultList(func(r Result) {
		if s.OnResult != nil {
			s.OnResult(r)
		}
	})
	b.searcher = &searcher{
		list: list, titles: func() []Conversation { return s.conversations },
		search: func(text string) {
			if s.OnSearch != nil {
				s.OnSearch(text)
			}
		},
		changed: b.swap, stop: func() {},
		later: func(d time.Duration, f func()) func() { return s.later(d, f) },
	}
	b.entry = newSearchEntry(lang.L("Search everything"), b.key)
	b.entry.OnChanged = b.typed
	clear := widget.NewButtonWithIcon("", theme.ContentClearIcon(), b.clear)
	clear.Importance = widget.LowImportance
	clear.Hide()
	b.entry.ActionItem = clear
	b.results = list.object()
	b.results.Hide()
	return b
}

// swap shows the results instead of the list while there is a text.
func (b *searchBox) swap(text string) {
	show(b.results, text != "")
	show(b.side.tree, text == "")
	show(b.entry.ActionItem, text != "")
}

func (b *searchBox) clear() { b.entry.SetText("") }

func (b *searchBox) key(e *fyne.KeyEvent) bool {
	switch {
	case e.Name == fyne.KeyEscape:
		b.clear()
		return true
	case b.text != "":
		return b.searcher.list.key(e)
	case e.Name == fyne.KeyDown:
		b.side.tree.takeFocus()
		return true
	}
	return false
}

func (b *searchBox) takeFocus() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(b.entry); c != nil {
		c.Focus(b.entry)
	}
}

// titlesChanged searches the titles anew.
func (b *searchBox) titlesChanged() {
	if b.text != "" {
		b.refresh()
	}
}

// SetResults answers OnSearch with the messages and pages that were found for
// its text. Titles the sidebar finds itself; results of kind TitleResult are
// left out.
func (s *Sidebar) SetResults(text string, results []Result) { s.search.set(text, results) }
