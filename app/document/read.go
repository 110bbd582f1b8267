package document

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The reasons for which a document cannot be read. Read wraps them in an error
// that names the file and what to do.
var (
	ErrNotFound    = errors.New("no such file")
	ErrDirectory   = errors.New("is a directory")
	ErrEmpty       = errors.New("empty document")
	ErrScanned     = errors.New("scanned document without text")
	ErrCorrupt     = errors.New("corrupt file")
	ErrPassword    = errors.New("encrypted document")
	ErrUnsupported = errors.New("unsupported format")
	ErrTooLarge    = errors.New("too large")
	// ErrPageLimit is the cause of a [PageError] for a page that passed a limit.
	ErrPageLimit = errors.New("page limit passed")
)

// The limits that hold where [Options] gives none.
const (
	DefaultMaxBytes  = 512 << 20
	DefaultPageTime  = 20 * time.Second
	DefaultPageChars = 200_000
)

// Options of [Read]. The zero value works.
type Options struct {
	// Password opens an encrypted PDF.
	Password string
	// Encoding is the IANA name of the encoding of a text file or web page; empty
	// takes it from the file, or detects it.
	Encoding string
	// Progress is called after each page, or part of an EPUB, with the number of
	// pages read so far and of all pages, never by two goroutines at once.
	Progress func(read, pages int)

	// MaxBytes is the size of the file; 0 means DefaultMaxBytes. What a DOCX or
	// EPUB file, an archive, has of text may unpack to twice as much.
	MaxBytes  int64
	PageTime  time.Duration // spent on one PDF page, web page or part of an EPUB; 0 means DefaultPageTime
	PageChars int           // kept of one PDF page; 0 means DefaultPageChars

	// Workers is how many pages of a PDF are read at the same time, each by a
	// processor of its own; 0 means as many as there are processors. Who draws a
	// window meanwhile should leave it one.
	Workers int

	// CacheDir keeps PDFium compiled for this machine, which saves seconds at
	// each start. Empty means fovea/wasm in the user's cache directory.
	CacheDir string
}

func (o Options) withDefaults() Options {
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	if o.PageTime == 0 {
		o.PageTime = DefaultPageTime
	}
	if o.PageChars == 0 {
		o.PageChars = DefaultPageChars
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	return o
}

// Read reads the file at path. The format is told from the file's bytes; the
// name's extension only tells Markdown, pieces of HTML and plain text apart. A document of which
// some pages could not be read is returned without an error: its pages' Err
// and its Warnings say what is missing.
//
// Errors wrap one of the package's sentinels, or ctx.Err().
func Read(ctx context.Context, path string, opts Options) (*Document, error) {
	data, err := load(path, opts.withDefaults().MaxBytes)
	if err != nil {
		return nil, err
	}
	return Parse(ctx, path, data, opts)
}

// Parse is [Read] of a file that is in memory already. Path names it.
func Parse(ctx context.Context, path string, data []byte, opts Options) (*Document, error) {
	opts = opts.withDefaults()
	if int64(len(data)) > opts.MaxBytes {
		return nil, tooLarge(path, int64(len(data)), opts.MaxBytes)
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("document: %s: %w: the file has no bytes", path, ErrEmpty)
	}
	var (
		doc *Document
		err error
	)
	switch kind := sniff(path, data); kind {
	case kindPDF:
		doc, err = readPDF(ctx, path, data, opts)
	case kindDOCX:
		doc, err = readDOCX(ctx, path, data, opts)
	case kindEPUB:
		doc, err = readEPUB(ctx, path, data, opts)
	case kindHTML:
		doc, err = readHTML(ctx, path, data, opts)
	case kindText:
		doc, err = readText(path, data, opts)
	case kindLocked:
		return nil, fmt.Errorf("document: %s: %w: %s; open it in its program and save it without the password", path, ErrPassword, kind)
	default:
		return nil, fmt.Errorf("document: %s: %w: %s; Fovea reads PDF, DOCX, EPUB, HTML, Markdown and plain text: %s",
			path, ErrUnsupported, kind, kind.cure())
	}
	if err != nil {
		return nil, err
	}
	if doc.Title == "" {
		doc.Title = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	}
	return doc, nil
}

// load reads a regular file of at most limit bytes.
func load(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("document: %s: %w: check the spelling and the folder", path, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("document: %s: %w: name the files in it one by one", path, ErrDirectory)
	}
	if info.Size() > limit {
		return nil, tooLarge(path, info.Size(), limit)
	}
	// Pipes and devices have no size: the bytes are counted as they come.
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	if int64(len(data)) > limit {
		return nil, tooLarge(path, int64(len(data)), limit)
	}
	return data, nil
}

func tooLarge(path string, size, limit int64) error {
	const mib = 1 << 20
	return fmt.Errorf("document: %s: %w: %.1f MiB or more, the limit is %.1f MiB; split the file",
		path, ErrTooLarge, float64(size)/mib, float64(limit)/mib)
}
