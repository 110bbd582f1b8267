package ui

import (
	"context"
	"errors"
	"image"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fovea/app/chat"
	"fovea/app/document"
	"fovea/app/ui/pages"
	"fovea/store"
)

// reader serves the page viewer: it draws pages of one PDF at a time and finds
// words. Its goroutine does one thing after the other, of requests for pages
// only the latest.
type reader struct {
	window *window
	work   chan func(ctx context.Context)
	latest chan pages.Request
	done   chan struct{}

	// What is open; used on Fyne's goroutine.
	doc   store.DocumentID
	marks []pages.Mark
	hits  []hit
	hit   int
	text  string // that is searched

	// What is open; used on the reader's goroutine.
	opened   store.Document
	renderer *document.Renderer
	notice   pages.Notice // why it is nil
}

// hit is a place that a search found.
type hit struct{ page, start, end int }

func newReader(w *window) *reader {
	r := &reader{window: w, work: make(chan func(context.Context), 16), latest: make(chan pages.Request, 1), done: make(chan struct{})}
	v := w.viewer
	v.OnPage = r.ask
	v.OnFind = r.find
	v.OnClose = func() {
		w.layout.setHidden(paneViewer, true)
		v.Clear()
		r.do(func(context.Context) { r.shut() })
	}
	go r.run()
	return r
}

// close ends the reader, when the window's context has ended.
func (r *reader) close() {
	<-r.done
}

func (r *reader) run() {
	defer close(r.done)
	ctx := r.window.ctx
	for {
		select {
		case <-ctx.Done():
			r.shut()
			return
		case f := <-r.work:
			f(ctx)
		case req := <-r.latest:
			// The document was asked for before its page.
			for len(r.work) > 0 {
				(<-r.work)(ctx)
			}
			r.draw(ctx, req)
		}
	}
}

// do has the reader's goroutine do something.
func (r *reader) do(f func(context.Context)) {
	select {
	case r.work <- f:
	default: // it draws, and much was asked for meanwhile
		go func() {
			select {
			case r.work <- f:
			case <-r.done:
			}
		}()
	}
}

// shut closes the file that is open, which the renderer holds in memory.
func (r *reader) shut() {
	if r.renderer != nil {
		r.renderer.Close()
	}
	r.opened, r.renderer, r.notice = store.Document{}, nil, pages.NoNotice
}

// ask has a page drawn, in place of one that was asked for and is not drawn
// yet.
func (r *reader) ask(req pages.Request) {
	select {
	case <-r.latest:
	default:
	}
	r.latest <- req
}

// openDocument shows a document of the open conversation from its beginning.
func (w *window) openDocument(id store.DocumentID) { w.showPage(id, 1, nil) }

// openPage shows a page of a document, with what was recalled of it while an
// answer was written (0: none).
func (w *window) openPage(id store.DocumentID, page int, answer store.MessageID) {
	if answer == 0 {
		w.showPage(id, page, nil)
		return
	}
	w.background(func(ctx context.Context) error {
		var found []chat.Passage
		l, err := w.chat.Replay(ctx, answer)
		if err == nil {
			found, err = w.chat.Recalled(ctx, l, id, page)
		}
		if errors.Is(err, store.ErrNotFound) { // nothing was kept of the answer's trace
			err = nil
		}
		w.do(func() { w.showPage(id, page, found) })
		return err
	})
}

// showPage shows a page of a document with passages marked.
func (w *window) showPage(id store.DocumentID, page int, passages []chat.Passage) {
	marks := make([]pages.Mark, len(passages))
	for i, p := range passages {
		marks[i] = pages.Mark{Page: p.Page, Start: p.Start, End: p.End}
	}
	w.background(func(ctx context.Context) error {
		d, err := w.store.Document(ctx, id)
		if err != nil {
			return err
		}
		w.do(func() {
			r := w.reader
			r.doc, r.marks, r.hits, r.hit, r.text = id, marks, nil, 0, ""
			r.do(func(ctx context.Context) { r.open(ctx, d) })
			w.layout.setHidden(paneViewer, false)
			w.viewer.Open(d.Title, d.Pages, page, marks)
		})
		return nil
	})
}

// open opens the file of a document, where it is a PDF and still there.
func (r *reader) open(ctx context.Context, d store.Document) {
	if d.ID == r.opened.ID && (r.renderer != nil || r.notice == pages.NoNotice) {
		return
	}
	r.shut()
	r.opened = d
	if document.Format(d.Format) != document.PDF {
		return
	}
	o := document.Options{CacheDir: r.window.wasmDir()}
	renderer, err := document.OpenRenderer(ctx, d.Path, d.SHA256, o)
	switch {
	case err == nil:
		r.renderer = renderer
	case errors.Is(err, document.ErrNotFound):
		r.notice = pages.FileMissing
	case errors.Is(err, document.ErrChanged):
		r.notice = pages.FileChanged
	default:
		r.notice = pages.NotDrawn
	}
}

// draw answers a request for a page.
func (r *reader) draw(ctx context.Context, req pages.Request) {
	kept, err := r.window.store.Page(ctx, r.opened.ID, req.Number)
	if err != nil {
		r.failed(ctx, err)
		return
	}
	page := pages.Page{Text: kept.Text, Notice: r.notice}
	if r.renderer != nil {
		var img *image.RGBA
		if img, err = r.renderer.Render(ctx, req.Number, req.Width); err != nil {
			page.Notice = pages.NotDrawn
		} else {
			page.Image = img
			r.boxes(ctx, &page, req.Number, kept.Text)
		}
	}
	r.window.do(func() { r.window.viewer.SetPage(req, page) })
}

func (r *reader) failed(ctx context.Context, err error) {
	if ctx.Err() == nil {
		r.window.do(func() { r.window.fail(err) })
	}
}

// boxes finds where the marked passages stand on the page.
func (r *reader) boxes(ctx context.Context, page *pages.Page, number int, text string) {
	marks := make(chan []pages.Mark, 1)
	r.window.do(func() { marks <- slices.Clone(r.marks) })
	var all []pages.Mark
	select {
	case all = <-marks:
	case <-ctx.Done():
		return
	}
	for _, m := range all {
		if m.Page != number {
			continue
		}
		boxes, err := r.renderer.RangeBoxes(ctx, number, text, m.Start, m.End)
		if err != nil {
			r.failed(ctx, err)
			return
		}
		for _, b := range boxes {
			box := pages.Box(b)
			if m.Found {
				page.Found = append(page.Found, box)
			} else {
				page.Boxes = append(page.Boxes, box)
			}
		}
	}
}

// find finds a text in the document and goes to the next hit, or another one.
func (r *reader) find(text string, step int) {
	if text == r.text && len(r.hits) > 0 {
		r.goTo((r.hit + step + len(r.hits)) % len(r.hits))
		return
	}
	r.text = text
	if strings.TrimSpace(text) == "" {
		r.noHits()
		return
	}
	doc, from := r.doc, r.window.viewer.Page()
	r.window.background(func(ctx context.Context) error {
		all, err := r.window.store.Pages(ctx, doc)
		if err != nil {
			return err
		}
		hits := search(all, text)
		r.window.do(func() {
			if doc != r.doc || text != r.text {
				return
			}
			if len(hits) == 0 {
				r.noHits()
				return
			}
			r.hits = hits
			i := slices.IndexFunc(hits, func(h hit) bool { return h.page >= from })
			r.goTo(max(i, 0))
		})
		return nil
	})
}

// goTo shows a hit.
func (r *reader) goTo(i int) {
	r.hit = i
	h := r.hits[i]
	r.mark(pages.Mark{Page: h.page, Start: h.start, End: h.end, Found: true})
	r.window.viewer.Highlight(h.page, r.marks)
	r.window.viewer.SetFound(i+1, len(r.hits))
}

// mark marks found passages beside those that were recalled.
func (r *reader) mark(found ...pages.Mark) {
	r.marks = slices.DeleteFunc(slices.Clone(r.marks), func(m pages.Mark) bool { return m.Found })
	r.marks = append(r.marks, found...)
}

// noHits shows that a search found nothing, or has ended.
func (r *reader) noHits() {
	r.hits = nil
	r.mark()
	r.window.viewer.SetMarks(r.marks)
	r.window.viewer.SetFound(0, 0)
}

// maxHits is the most places that a search in a document finds.
const maxHits = 5000

// search finds a text on pages. Case makes no difference.
func search(all []store.Page, text string) (hits []hit) {
	want := []rune(strings.ToLower(strings.TrimSpace(text)))
	for _, p := range all {
		for at := 0; at < len(p.Text) && len(hits) < maxHits; {
			if n := matches(p.Text[at:], want); n > 0 {
				hits = append(hits, hit{p.Number, at, at + n})
				at += n
				continue
			}
			_, size := utf8.DecodeRuneInString(p.Text[at:])
			at += size
		}
	}
	return hits
}

// matches says how many bytes of s, from its beginning on, are the wanted
// runes in any case; 0: it begins otherwise.
func matches(s string, want []rune) int {
	at := 0
	for _, w := range want {
		r, size := utf8.DecodeRuneInString(s[at:])
		if size == 0 || unicode.ToLower(r) != w {
			return 0
		}
		at += size
	}
	return at
}
