package document

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/text/encoding/htmlindex"
)

// readHTML reads a web page that was saved as a file.
func readHTML(ctx context.Context, path string, data []byte, opts Options) (*Document, error) {
	name := opts.Encoding
	if name == "" {
		name = htmlEncoding(data)
	}
	text, name, err := decode(data, name)
	if err != nil {
		return nil, fmt.Errorf("document: %s: %w", path, err)
	}
	doc := &Document{Path: path, Format: HTML, Encoding: name, Warnings: garbled(text, name)}
	page, err := parseHTML(ctx, text, isXML(text), opts.PageTime)
	if err != nil {
		return nil, fmt.Errorf("document: %s: %w; print it to a PDF in a browser", path, err)
	}
	if strings.Trim(page.text, blankCutset) == "" {
		return nil, fmt.Errorf("document: %s: %w: no text in the page's HTML; where a script or a picture shows it, print the page to a PDF in a browser",
			path, ErrEmpty)
	}
	doc.Title = page.title
	doc.addPages(paginate(page.text, CharsPerPage))
	opts.Progress(len(doc.Pages), len(doc.Pages))
	return doc, nil
}

// webPage is what an HTML file says.
type webPage struct {
	text     string
	title    string // of its head, else its first heading of level 1
	pictures bool
}

// parseHTML reads a web page within the given time. Errors wrap [ErrTooLarge]
// or [ErrPageLimit], or are ctx's.
func parseHTML(ctx context.Context, text string, xhtml bool, limit time.Duration) (webPage, error) {
	clean, err := cleanHTML(text, xhtml)
	if err != nil {
		return webPage{}, err
	}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	root, err := html.Parse(&stoppable{r: strings.NewReader(clean), stopped: timed.Err})
	switch {
	case ctx.Err() != nil:
		return webPage{}, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return webPage{}, fmt.Errorf("%w: not read within %s", ErrPageLimit, limit)
	case err != nil: // the parser's own limit on depth
		return webPage{}, fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	w := &webText{}
	w.children(root)
	w.flush()
	page := webPage{text: w.flow.String(), title: headTitle(root), pictures: w.pictures}
	if page.title == "" {
		page.title = w.title
	}
	return page, nil
}

// headTitle is the text of the page's title element.
func headTitle(n *html.Node) string {
	for d := range n.Descendants() {
		if d.DataAtom == atom.Title && d.Namespace == "" && d.FirstChild != nil {
			return strings.Join(strings.Fields(d.FirstChild.Data), " ")
		}
	}
	return ""
}

// stoppable is a reader that fails when its context does: the parser cannot be
// stopped in another way.
type stoppable struct {
	r       io.Reader
	stopped func() error
}

func (s *stoppable) Read(p []byte) (int, error) {
	if err := s.stopped(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

var (
	metaCharset = regexp.MustCompile(`(?i)<meta[^>]+charset\s*=\s*["']?\s*([^\s"'/>;]+)`)
	xmlEncoding = regexp.MustCompile(`^\s*<\?xml[^>]+encoding\s*=\s*["']([^"']+)`)
)

// htmlEncoding names the encoding of a web page: by its byte order mark, its
// XML declaration, its meta element, else as its bytes suggest.
func htmlEncoding(data []byte) string {
	if bom(data) != "" || utf16Order(data) != "" {
		return detect(data)
	}
	head := data[:min(len(data), 4096)]
	for _, re := range []*regexp.Regexp{xmlEncoding, metaCharset} {
		m := re.FindSubmatch(head)
		if m == nil {
			continue
		}
		// A page whose declaration could be read is not in UTF-16, and says
		// UTF-8 where it was converted without a look at it.
		if enc, err := htmlindex.Get(string(m[1])); err == nil {
			if name, err := htmlindex.Name(enc); err == nil && !strings.HasPrefix(name, "utf-16") {
				if name == "utf-8" {
					name = "UTF-8"
				}
				return name
			}
		}
	}
	return detect(data)
}

func isXML(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "<?xml") }

var (
	htmlStart    = regexp.MustCompile(`(?i)^(<!doctype\s+html|<(html|head|body|title|meta)[\s>/])`)
	xhtmlStart   = regexp.MustCompile(`(?is)^<\?xml.*<(!doctype\s+)?html[\s>]`)
	fragmentName = regexp.MustCompile(`(?i)^\.(x?html?|xht)$`)
	tagStart     = regexp.MustCompile(`(?i)^<(h[1-6]|div|p|table|ul|ol|dl|pre|a|b|i|font|center|br|hr|img|span|section|article|main|style|script|header|nav)[\s>/]`)
)

// isHTML reports whether data begins like a web page. A part of one, which
// Markdown may begin with, too, is one by the extension of its name.
func isHTML(path string, data []byte) bool {
	head := data[:min(len(data), 4096)]
	if name := bom(data); name != "" || utf16Order(data) != "" {
		text, _, err := decode(head[:len(head)&^3], detect(data))
		if err != nil {
			return false
		}
		head = []byte(text)
	}
	head = bytes.TrimSpace(head)
	for bytes.HasPrefix(head, []byte("<!--")) {
		_, rest, closed := bytes.Cut(head, []byte("-->"))
		if !closed {
			break
		}
		head = bytes.TrimSpace(rest)
	}
	return htmlStart.Match(head) || xhtmlStart.Match(head) || fragmentName.MatchString(filepath.Ext(path)) && tagStart.Match(head)
}
