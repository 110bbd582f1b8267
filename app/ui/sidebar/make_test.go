package sidebar

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	look "fovea/app/ui/theme"
	"fovea/app/ui/translation"
)

// now is the time of all tests.
var now = time.Date(2026, 3, 14, 15, 0, 0, 0, time.UTC)

// setup makes an app that looks and speaks as the window does.
func setup(t testing.TB, choice look.Choice, language string) {
	t.Helper()
	test.NewTempApp(t)
	fyne.CurrentApp().Settings().SetTheme(look.New(choice))
	if err := translation.Load(language); err != nil {
		t.Fatal(err)
	}
}

// timer stands for time that passes.
type timer struct{ waiting map[time.Duration]func() }

func (c *timer) later(d time.Duration, f func()) func() {
	if c.waiting == nil {
		c.waiting = map[time.Duration]func(){}
	}
	c.waiting[d] = f
	return func() { delete(c.waiting, d) }
}

// pass lets all of a wait pass, if something waits so long.
func (c *timer) pass(d time.Duration) {
	f := c.waiting[d]
	delete(c.waiting, d)
	if f != nil {
		f()
	}
}

// open makes a sidebar in a window, with the data of samples.
func open(t testing.TB, width, height float32) (*Sidebar, fyne.Window, *timer) {
	t.Helper()
	clock := &timer{}
	s := New()
	s.now, s.later = func() time.Time { return now }, clock.later
	w := test.NewTempWindow(t, s)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(width, height))
	s.SetItems(samples())
	return s, w, clock
}

func samples() ([]Conversation, []Folder) {
	long := strings.Repeat("A very long name that nobody would type but a document may have ", 8)
	day := 24 * time.Hour
	return []Conversation{
		{ID: 1, Title: "What the fovea is", Updated: now.Add(-time.Hour), Activity: Reading, Progress: 0.43},
		{ID: 2, Title: long, Updated: now.Add(-2 * time.Hour), Activity: Answering, Progress: -1},
		{ID: 3, Title: "", Updated: now.Add(-3 * time.Hour)},
		{ID: 4, Folder: 1, Title: "Contract of 2019, clause by clause", Updated: now.Add(-4 * time.Hour)},
		{ID: 5, Folder: 1, Title: long, Updated: now.Add(-5 * time.Hour)},
		{ID: 6, Title: "Rechtsschutzversicherungsgesellschaften und Donaudampfschifffahrt", Updated: now.Add(-day)},
		{ID: 7, Title: "Les personnages de la Recherche et l’intrigue de chaque tome, résumés pour la lecture", Updated: now.Add(-3 * day)},
		{ID: 8, Title: "Line\nbreaks\tand tabs", Updated: now.Add(-6 * day)},
		{ID: 9, Title: "Moby-Dick", Updated: now.Add(-40 * day)},
	}, []Folder{
		{ID: 1, Name: "Contracts"},
		{ID: 2, Name: "An empty folder whose name is much too long for the sidebar at any width"},
	}
}

func sampleResults() []Result {
	page := "…the density of cones is highest in the fovea centralis, where rods are absent, and falls off steeply towards the periphery of the retina…"
	return []Result{
		{
			Kind: MessageResult, Conversation: 9, Message: 12, Title: "Moby-Dick",
			Snippet: "Short text about the fovea", Found: []Span{{21, 26}},
		},
		{
			Kind: MessageResult, Conversation: 2, Message: 13, Title: strings.Repeat("A very long title ", 20),
			Snippet: page, Found: []Span{{strings.Index(page, "fovea"), strings.Index(page, "fovea") + 5}},
		},
		{
			Kind: PageResult, Conversation: 1, Document: 3, Page: 1234, Title: strings.Repeat("Handbuch der Ophthalmologie ", 5),
			Snippet: page, Found: []Span{{strings.Index(page, "cones"), strings.Index(page, "cones") + 5}, {strings.Index(page, "fovea"), strings.Index(page, "fovea") + 5}},
		},
		{
			Kind: PageResult, Conversation: 7, Document: 4, Page: 7, Title: "Manuel d’ophtalmologie",
			Snippet: "Le centre de la fovéa est la zone où la vision est la plus nette ; les cônes y sont les plus denses.", Found: []Span{{16, 22}},
		},
	}
}

// many are n conversations over years.
func many(n int) []Conversation {
	out := make([]Conversation, n)
	for i := range out {
		out[i] = Conversation{ID: int64(i + 1), Title: fmt.Sprintf("Conversation number %d about something", i+1), Updated: now.Add(-time.Duration(i) * 3 * time.Hour)}
		if i%10 == 0 {
			out[i].Folder = int64(i%40/10 + 1)
		}
	}
	return out
}

func fourFolders() []Folder {
	return []Folder{{1, "One"}, {2, "Two"}, {3, "Three"}, {4, "Four"}}
}
