package models

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"fovea/app/models"
)

// heard notes what widgets call back with.
type heard []string

func (h *heard) string(what string) func(string) {
	return func(s string) { *h = append(*h, what+" "+s) }
}

func (h *heard) plain(what string) func() {
	return func() { *h = append(*h, what) }
}

func (h *heard) expect(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(*h, want) {
		t.Errorf("heard %q, want %q", *h, want)
	}
	*h = nil
}

// tapables collects buttons and links that are shown, by their texts.
func tapables(o fyne.CanvasObject, list map[string][]fyne.Tappable) {
	if !o.Visible() {
		return
	}
	switch o := o.(type) {
	case *widget.Button:
		if !o.Disabled() {
			list[o.Text] = append(list[o.Text], o)
		}
	case *widget.Hyperlink:
		list[o.Text] = append(list[o.Text], &linkTap{o})
	case *fyne.Container:
		for _, i := range o.Objects {
			tapables(i, list)
		}
	case fyne.Widget:
		for _, i := range test.WidgetRenderer(o).Objects() {
			tapables(i, list)
		}
	}
}

// linkTap taps a link without hitting its letters.
type linkTap struct{ *widget.Hyperlink }

func (l *linkTap) Tapped(*fyne.PointEvent) { l.OnTapped() }

// press presses the button or link with a text, of which there must be one.
func press(t *testing.T, o fyne.CanvasObject, text string) {
	t.Helper()
	list := map[string][]fyne.Tappable{}
	tapables(o, list)
	if len(list[text]) != 1 {
		t.Fatalf("%d buttons say %q; there are %v", len(list[text]), text, names(list))
	}
	test.Tap(list[text][0])
}

func names(list map[string][]fyne.Tappable) (all []string) {
	for text := range list {
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

func TestChooserCalls(t *testing.T) {
	look(t, true)
	var h heard
	c := NewChooser()
	c.OnUse, c.OnDownload, c.OnPause = h.string("use"), h.string("download"), h.string("pause")
	c.OnOpenFile, c.OnSearch = h.plain("open"), h.plain("search")
	c.SetCatalogue(entries[:1])
	c.SetFound(Found{Models: []models.Local{smol, foreign}})
	show(t, c, 700, 900)
	press(t, c, "Use")
	press(t, c, "Download")
	press(t, c, "Open a model file…")
	press(t, c, "Search again")
	h.expect(t, "use "+smol.Path, "download smollm2-135m", "open", "search")

	for state, text := range map[string]string{"paused": "Continue", "failed": "Retry"} {
		c.SetDownload("smollm2-135m", downloads[state])
		press(t, c, text)
		h.expect(t, "download smollm2-135m")
	}
	c.SetDownload("smollm2-135m", downloads["running"])
	press(t, c, "Pause")
	h.expect(t, "pause smollm2-135m")
	c.SetInUse(smol.Path)
	c.SetDownload("smollm2-135m", models.Download{State: models.Finished, Path: "/elsewhere"})
	press(t, c, "Use") // the model in use has no button
	h.expect(t, "use /elsewhere")
	c.SetDownload("of no entry", downloads["running"])
	c.SetFound(Found{Searching: true})
	list := map[string][]fyne.Tappable{}
	if tapables(c, list); len(list["Search again"]) != 0 {
		t.Error("a search can be started while one runs")
	}
}

// TestChooserKeyboard uses the list without a mouse.
func TestChooserKeyboard(t *testing.T) {
	look(t, true)
	var h heard
	c := NewChooser()
	c.OnUse = h.string("use")
	c.SetFound(Found{Models: []models.Local{smol, llama}})
	w := show(t, c, 700, 900)
	w.Canvas().Focus(c.list)
	for _, key := range []fyne.KeyName{fyne.KeySpace, fyne.KeyDown, fyne.KeySpace, fyne.KeySpace, fyne.KeyDown, fyne.KeyDown, fyne.KeySpace} {
		c.list.TypedKey(&fyne.KeyEvent{Name: key})
	}
	h.expect(t, "use "+smol.Path, "use "+smol.Path, "use "+llama.Path) // a heading does nothing
}

// TestChooserKeepsItsPlace goes on showing what the user scrolled to.
func TestChooserKeepsItsPlace(t *testing.T) {
	look(t, true)
	c := NewChooser()
	c.SetCatalogue(entries)
	c.SetFound(many())
	show(t, c, 700, 600)
	c.list.ScrollToOffset(3000)
	c.SetInUse(smol.Path)
	if got := c.list.GetScrollOffset(); got != 3000 {
		t.Errorf("the list jumped from 3000 to %v", got)
	}
	c.list.ScrollToBottom()
	before := c.list.GetScrollOffset()
	c.SetDownload("other", downloads["running"])
	c.list.ScrollToBottom()
	if after := c.list.GetScrollOffset(); after <= before {
		t.Errorf("with a progress bar the list ends at %v, without one at %v", after, before)
	}
}

// TestChooserMakesRoom shows the device and the spinner after the rest was laid
// out.
func TestChooserMakesRoom(t *testing.T) {
	look(t, true)
	c := NewChooser()
	c.SetFound(several)
	w := show(t, c, 420, 600)
	top := c.holder.Position().Y
	c.SetDevice(device)
	below := c.holder.Position().Y
	if c.about.Size().Height <= 0 || below < top+c.about.MinSize().Height {
		t.Errorf("the list moved from %v to %v for a line %v high", top, below, c.about.MinSize().Height)
	}
	w.Resize(fyne.NewSize(1200, 600))
	if wide := c.holder.Position().Y; wide >= below {
		t.Errorf("the list begins at %v in a wide window and at %v in a narrow one", wide, below)
	}
	if c.busy.Visible() {
		t.Error("the spinner shows without a search")
	}
	c.SetFound(Found{Searching: true})
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(c.busy)
	right := fyne.CurrentApp().Driver().AbsolutePositionForObject(c.search).X + c.search.Size().Width
	if c.busy.Size().Width <= 0 || !c.busy.Visible() || at.X < right {
		t.Errorf("the spinner is at %v, the button ends at %v", at, right)
	}
}

// TestChooserIsQuick bounds what updates cost with 200 models: a progress report
// comes ten times a second.
func TestChooserIsQuick(t *testing.T) {
	look(t, true)
	c := NewChooser()
	c.SetDevice(device)
	c.SetCatalogue(entries)
	show(t, c, 700, 600)
	f := many()
	best := func(update func()) time.Duration {
		least := time.Hour
		for range 5 {
			start := time.Now()
			update()
			least = min(least, time.Since(start))
		}
		return least
	}
	if d := best(func() { c.SetFound(f) }); d > 100*time.Millisecond {
		t.Errorf("SetFound takes %v", d)
	}
	if d := best(func() { c.SetDownload("other", downloads["running"]) }); d > 50*time.Millisecond {
		t.Errorf("SetDownload takes %v", d)
	}
}

func BenchmarkSetFound(b *testing.B) {
	test.NewTempApp(b)
	c := NewChooser()
	c.SetDevice(device)
	c.SetCatalogue(entries)
	w := test.NewTempWindow(b, c)
	w.Resize(fyne.NewSize(700, 600))
	f := many()
	for b.Loop() {
		c.SetFound(f)
	}
}

func BenchmarkSetDownload(b *testing.B) {
	test.NewTempApp(b)
	c := NewChooser()
	c.SetCatalogue(entries)
	c.SetFound(many())
	w := test.NewTempWindow(b, c)
	w.Resize(fyne.NewSize(700, 600))
	for b.Loop() {
		c.SetDownload("other", downloads["running"])
	}
}

func BenchmarkWelcomeDownload(b *testing.B) {
	test.NewTempApp(b)
	welcome := newWelcome(new(heard))
	w := test.NewTempWindow(b, welcome)
	w.Resize(fyne.NewSize(720, 800))
	for b.Loop() {
		welcome.SetDownload("smollm2-135m", downloads["running"])
	}
}

func newWelcome(h *heard) *Welcome {
	w := NewWelcome(nil)
	w.OnUse, w.OnDownload, w.OnPause, w.OnQuestion = h.string("use"), h.string("download"), h.string("pause"), h.string("ask")
	w.OnChoose, w.OnOpenFile, w.OnSearch = h.plain("choose"), h.plain("open file"), h.plain("search")
	w.OnOpenDocument, w.OnSample = h.plain("open document"), h.plain("sample")
	w.SetDevice(device)
	w.SetCatalogue(entries)
	w.SetQuestions(questions)
	return w
}

// TestThreeActions goes the way to a first answer: model, document, question.
func TestThreeActions(t *testing.T) {
	look(t, true)
	var h heard
	w := newWelcome(&h)
	show(t, w, 720, 800)
	w.SetFound(several)
	press(t, w, "Use")
	w.SetModel(Model{State: Loading, Path: smol.Path, Title: smol.Title, Loaded: 0.5})
	press(t, w, "Try the sample document")
	w.SetDocument(Document{Title: "The Fovea Manual", Sample: true})
	press(t, w, questions[1])
	h.expect(t, "use "+smol.Path, "sample", "ask "+questions[1])
}

func TestWelcomeCalls(t *testing.T) {
	look(t, true)
	var h heard
	w := newWelcome(&h)
	show(t, w, 720, 800)
	w.SetFound(Found{})
	press(t, w, "Download (98\u00a0MB)")
	press(t, w, "Open a model file…")
	press(t, w, "Open a document…")
	h.expect(t, "download smollm2-135m", "open file", "open document")
	w.SetDownload("smollm2-135m", downloads["running"])
	press(t, w, "Pause")
	press(t, w, "Other models…")
	w.SetDownload("smollm2-135m", downloads["failed"])
	press(t, w, "Retry")
	h.expect(t, "pause smollm2-135m", "choose", "download smollm2-135m")
	w.SetDownload("smollm2-135m", downloads["finished"])
	press(t, w, "Use")
	w.SetModel(Model{State: LoadFailed, Path: "/m", Title: "M"})
	press(t, w, "Try again")
	h.expect(t, "use "+smol.Path, "use /m")
	w.SetModel(Model{})
	w.SetDownload("smollm2-135m", models.Download{})
	w.SetFound(Found{Err: errSearch})
	press(t, w, "Search again")
	h.expect(t, "search")
}

// TestBestIsProposed: of several models the largest that fits, and a download
// that the user has begun before all.
func TestBestIsProposed(t *testing.T) {
	look(t, true)
	var h heard
	w := newWelcome(&h)
	show(t, w, 720, 800)
	w.SetFound(several)
	for _, c := range []struct {
		memory int64
		path   string
	}{{64 * oneGiB, llama.Path}, {8 * oneGiB, smol.Path}, {0, smol.Path}} {
		w.SetDevice(Device{Name: "d", Memory: c.memory, Tokens: 100_000})
		press(t, w, "Use")
		h.expect(t, "use "+c.path)
	}
	w.SetDownload("other", downloads["paused"]) // perhaps long ago
	press(t, w, "Use")
	h.expect(t, "use "+smol.Path)
	w.SetDownload("other", downloads["running"])
	press(t, w, "Pause")
	h.expect(t, "pause other")
}

// TestQuestionsNeedTheSample: they are about it, and want a model.
func TestQuestionsNeedTheSample(t *testing.T) {
	look(t, true)
	w := newWelcome(new(heard))
	show(t, w, 720, 800)
	sample := Document{Title: "The Fovea Manual", Sample: true}
	for _, c := range []struct {
		model    ModelState
		document Document
		want     int
	}{
		{NoModel, sample, 0},
		{Loading, sample, 4},
		{Ready, sample, 4},
		{LoadFailed, sample, 0},
		{Ready, Document{}, 0},
		{Ready, Document{Title: "Another"}, 0},
	} {
		w.SetModel(Model{State: c.model})
		w.SetDocument(c.document)
		list := map[string][]fyne.Tappable{}
		tapables(w, list)
		n := 0
		for text := range list {
			if strings.HasSuffix(text, "?") || slices.Contains(questions, text) {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%+v: %d questions can be clicked, want %d", c, n, c.want)
		}
	}
}

// TestRowsAreSaid requires of rows what screen readers need.
func TestRowsAreSaid(t *testing.T) {
	s := shelf{found: several, device: device, inUse: smol.Path}
	rows, _ := s.rows(actions{})
	v := newRowView()
	v.row = rows[1]
	for _, part := range []string{"SmolLM2 135M Instruct", "in use", "Fits: needs 2.4 of 7.8 GiB", smol.Path} {
		if !strings.Contains(v.AccessibilityLabel(), part) {
			t.Errorf("%q is missing in %q", part, v.AccessibilityLabel())
		}
	}
	if v.AccessibilityRole() != fyne.AccessibleRoleContainer {
		t.Errorf("role %q", v.AccessibilityRole())
	}
	for _, r := range rows {
		if r.said() == "" {
			t.Errorf("%+v says nothing", r)
		}
	}
	if got := fmt.Sprint(len(rows)); got != "10" { // 4 groups, 4 models, 1 folder under its heading
		t.Errorf("%s rows, want 10", got)
	}
}
