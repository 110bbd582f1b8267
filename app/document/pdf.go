package document

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

const (
	// wasmMemoryPages limits a PDFium instance's memory: 2 GiB in pages of 64 KiB.
	wasmMemoryPages = 2 << 30 >> 16
	// pagesPerWorker is how many pages a further PDFium instance must have to
	// pay for its start; sharedBytes is the file size up to which each instance
	// gets its own copy.
	pagesPerWorker = 64
	sharedBytes    = 64 << 20
	maxWorkers     = 4
)

// readPDF reads all pages of a PDF, several at a time where that pays.
func readPDF(ctx context.Context, path string, data []byte, opts Options) (*Document, error) {
	doc := &Document{Path: path, Format: PDF}
	engine, err := newEngine(ctx, opts.CacheDir, &doc.Warnings)
	if err != nil {
		return nil, fmt.Errorf("document: starting PDFium: %w", err)
	}
	defer engine.Close()
	first := &session{pool: engine.pool, data: data, opts: opts}
	if err := first.open(ctx); err != nil {
		return nil, openError(ctx, path, opts.Password, err)
	}
	defer first.close()
	n, err := first.pageCount()
	if err != nil || n == 0 {
		return nil, fmt.Errorf("document: %s: %w: the PDF has no pages", path, ErrEmpty)
	}
	doc.Title = first.title()
	pages, err := readPages(ctx, first, n)
	if err != nil {
		return nil, fmt.Errorf("document: %s: %w", path, err)
	}
	if doc.Title == "" {
		doc.Title = drawnTitle(pages)
	}
	texts := typeset(pages)
	for i, p := range pages {
		page := Page{Number: i + 1, Text: texts[i], NoText: texts[i] == ""}
		if p.err != nil {
			page.Err = &PageError{Page: i + 1, Err: p.err}
		}
		doc.Pages = append(doc.Pages, page)
	}
	return doc, checkText(doc, pages)
}

// checkText refuses a document without text and warns of pages without.
func checkText(doc *Document, pages []rawPage) error {
	var failed, blank []int
	drawn := false
	for i, p := range doc.Pages {
		switch {
		case p.Err != nil:
			failed = append(failed, p.Number)
			doc.Warnings = append(doc.Warnings, p.Err.Error())
		case p.NoText:
			blank = append(blank, p.Number)
		}
		drawn = drawn || pages[i].objects > 0
	}
	if strings.TrimSpace(doc.Text()) != "" {
		if len(blank) > 0 {
			doc.Warnings = append(doc.Warnings, fmt.Sprintf("no text on %s %s: blank or scanned", pageWord(len(blank)), pageRanges(blank)))
		}
		return nil
	}
	switch {
	case len(failed) > 0:
		return fmt.Errorf("document: %s: %w: no page could be read; %w", doc.Path, ErrCorrupt, doc.Pages[failed[0]-1].Err)
	case drawn:
		return fmt.Errorf("document: %s: %w: no text on %s %s; run text recognition (OCR) over it first, with ocrmypdf for example",
			doc.Path, ErrScanned, pageWord(len(blank)), pageRanges(blank))
	}
	return fmt.Errorf("document: %s: %w: no text on %s %s", doc.Path, ErrEmpty, pageWord(len(blank)), pageRanges(blank))
}

// openError says why PDFium did not open the file.
func openError(ctx context.Context, path, password string, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("document: %s: %w", path, ctx.Err())
	case errors.Is(err, pdferrors.ErrPassword) && password == "":
		return fmt.Errorf("document: %s: %w: it opens with a password only; give the password", path, ErrPassword)
	case errors.Is(err, pdferrors.ErrPassword):
		return fmt.Errorf("document: %s: %w: the password given is not the right one", path, ErrPassword)
	case errors.Is(err, pdferrors.ErrSecurity):
		return fmt.Errorf("document: %s: %w: its kind of encryption is not supported; save it without", path, ErrPassword)
	}
	return fmt.Errorf("document: %s: %w: the PDF cannot be opened (%w); get a whole copy of it", path, ErrCorrupt, err)
}

// readPages reads the n pages of first's document. The error is ctx's or that
// of an instance that did not start again; what fails within one page is that
// page's err.
func readPages(ctx context.Context, first *session, n int) ([]rawPage, error) {
	workers := runtime.NumCPU()
	if o := first.opts.Workers; o > 0 {
		workers = o
	}
	workers = min(workers, maxWorkers, (n+pagesPerWorker-1)/pagesPerWorker)
	if len(first.data) > sharedBytes {
		workers = 1
	}
	var (
		pages = make([]rawPage, n)
		errs  = make([]error, workers)
		next  atomic.Int64
		group sync.WaitGroup
		mu    sync.Mutex
		done  int
	)
	for w := range workers {
		group.Add(1)
		go func() {
			defer group.Done()
			s := first
			if w > 0 {
				s = &session{pool: first.pool, data: first.data, opts: first.opts}
				if errs[w] = s.open(ctx); errs[w] != nil {
					return
				}
				defer s.close()
			}
			for errs[w] == nil && ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				pages[i], errs[w] = s.page(ctx, i)
				mu.Lock()
				done++
				s.opts.Progress(done, n)
				mu.Unlock()
			}
		}()
	}
	group.Wait()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return pages, errors.Join(errs...)
}

// engine is PDFium compiled for this machine.
type engine struct {
	pool  pdfium.Pool
	cache wazero.CompilationCache
}

// newEngine compiles PDFium, or loads it from the cache directory. A cache
// that cannot be used is one of the warnings. With ctx all instances end.
func newEngine(ctx context.Context, dir string, warnings *[]string) (*engine, error) {
	cache, err := openCache(dir)
	if err != nil {
		*warnings = append(*warnings, fmt.Sprintf("PDF support starts slowly, its cache cannot be used: %v", err))
		cache = wazero.NewCompilationCache()
	}
	pool, err := webassembly.Init(webassembly.Config{
		Context:  ctx,
		MaxTotal: maxWorkers,
		MaxIdle:  maxWorkers,
		// No files, no terminal: a PDF sees nothing but itself.
		FSConfig: wazero.NewFSConfig(),
		Stdout:   io.Discard,
		Stderr:   io.Discard,
		// Only code compiled to watch its context can be stopped at a page's
		// time limit. That costs about two thirds of the speed.
		RuntimeConfig: wazero.NewRuntimeConfig().
			WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
			WithCompilationCache(cache).
			WithCloseOnContextDone(true).
			WithMemoryLimitPages(wasmMemoryPages),
	})
	if err != nil {
		return nil, errors.Join(err, cache.Close(context.WithoutCancel(ctx)))
	}
	return &engine{pool, cache}, nil
}

func openCache(dir string) (wazero.CompilationCache, error) {
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(base, "fovea", "wasm")
	}
	return wazero.NewCompilationCacheWithDir(dir)
}

// Close ends all instances. Instances that a time limit killed make the
// pool's own Close report errors that mean nothing to a reader of documents.
func (e *engine) Close() {
	_ = e.pool.Close()
	_ = e.cache.Close(context.Background())
	debug.FreeOSMemory() // an instance has tens of MiB, which the program seldom needs again
}

// session is one PDFium instance with the document open in it. It is used by
// one goroutine.
type session struct {
	pool pdfium.Pool
	data []byte
	opts Options

	inst pdfium.Pdfium // nil when closed
	doc  references.FPDF_DOCUMENT
}

func (s *session) open(ctx context.Context) error {
	inst, err := s.pool.GetInstanceWithContext(ctx)
	if err != nil {
		return err
	}
	req := &requests.OpenDocument{File: &s.data}
	if s.opts.Password != "" {
		req.Password = &s.opts.Password
	}
	doc, err := inst.OpenDocument(req)
	if err != nil {
		_ = inst.Close()
		return err
	}
	s.inst, s.doc = inst, doc.Document
	return nil
}

func (s *session) close() {
	if s.inst != nil {
		_ = s.inst.Close()
		s.inst = nil
	}
}

func (s *session) pageCount() (int, error) {
	r, err := s.inst.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: s.doc})
	if err != nil {
		return 0, err
	}
	return r.PageCount, nil
}

// title is the document's title in its metadata, empty without one.
func (s *session) title() string {
	r, err := s.inst.FPDF_GetMetaText(&requests.FPDF_GetMetaText{Document: s.doc, Tag: "Title"})
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.Trim(r.Value, "\x00"))
}

// page reads the page of index i, from 0, within the limits. What goes wrong
// on the page is the page's err; the error returned is for a session that is
// of no more use.
func (s *session) page(ctx context.Context, i int) (rawPage, error) {
	var r pageReader
	err, broken := s.guard(ctx, func() error {
		r = pageReader{inst: s.inst, doc: s.doc, maxChars: s.opts.PageChars}
		return r.read(i)
	})
	r.page.err = err
	if broken != nil {
		return r.page, fmt.Errorf("page %d: %w", i+1, broken)
	}
	return r.page, nil
}

// guard runs work, which uses the instance for one page, within the page's
// time, and opens the session for it where that is closed. What goes wrong on
// the page is err; broken is that ctx is done or the session did not open.
func (s *session) guard(ctx context.Context, work func() error) (err, broken error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if s.inst == nil {
		if err := s.open(ctx); err != nil {
			return nil, fmt.Errorf("opening again: %w", err)
		}
	}
	limited, cancel := context.WithTimeout(ctx, s.opts.PageTime)
	defer cancel()
	inst, killed := s.inst, make(chan struct{})
	stop := context.AfterFunc(limited, func() {
		_ = inst.Kill()
		close(killed)
	})
	err = work()
	inTime := stop()
	if !inTime {
		<-killed
		s.inst = nil
	}
	switch {
	case ctx.Err() != nil:
		return err, ctx.Err()
	case err != nil && !inTime:
		err = fmt.Errorf("%w: not done within %v", ErrPageLimit, s.opts.PageTime)
	case err != nil && !errors.Is(err, ErrPageLimit):
		s.close() // after a fault the instance's memory cannot be trusted
	}
	return err, nil
}
