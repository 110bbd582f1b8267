package document

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

const epubCure = "convert it anew, with Calibre for example"

// book is what an EPUB's package file says.
type book struct {
	dir   string // that its names are relative to
	title string
	spine []part // in reading order
}

// part is one file of a book's text.
type part struct {
	name  string // in the archive
	media string // media type
}

// packageFile is the list of a book's contents (OPF).
type packageFile struct {
	Titles []string `xml:"metadata>title"`
	Old    []string `xml:"metadata>dc-metadata>title"` // in the editions before EPUB
	Items  []struct {
		ID         string `xml:"id,attr"`
		Href       string `xml:"href,attr"`
		Media      string `xml:"media-type,attr"`
		Properties string `xml:"properties,attr"`
	} `xml:"manifest>item"`
	Spine []struct {
		ID string `xml:"idref,attr"`
	} `xml:"spine>itemref"`
}

// readEPUB reads a book part by part. A part that cannot be read becomes a page
// with an error.
func readEPUB(ctx context.Context, path string, data []byte, opts Options) (*Document, error) {
	a, err := openArchive(ctx, data, unpackFactor*opts.MaxBytes)
	if err != nil {
		return nil, unreadable(path, err, epubCure)
	}
	b, err := openBook(a)
	if err != nil {
		return nil, unreadable(path, err, epubCure)
	}
	locked, err := lockedParts(a)
	if err != nil {
		return nil, unreadable(path, err, epubCure)
	}
	doc := &Document{Path: path, Format: EPUB, Title: b.title}
	var failed error
	pictures := false
	for i, p := range b.spine {
		page, err := readPart(ctx, a, p, locked, opts)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("document: %s: %w", path, ctx.Err())
		}
		doc.addPages(paginate(page.text, CharsPerPage))
		pictures = pictures || page.pictures
		switch {
		case err == nil:
		case a.left == 0 && errors.Is(err, ErrTooLarge):
			return nil, unreadable(path, err, epubCure)
		default:
			doc.fail(err, epubCure)
			failed = cmp.Or(failed, err)
		}
		opts.Progress(i+1, len(b.spine))
	}
	return doc, checkBook(doc, failed, pictures)
}

// checkBook refuses a book without text and warns of pages without.
func checkBook(doc *Document, failed error, pictures bool) error {
	var blank []int
	for _, p := range doc.Pages {
		if p.NoText && p.Err == nil && p.Number > 1 { // the first is the cover
			blank = append(blank, p.Number)
		}
	}
	switch {
	case strings.TrimSpace(doc.Text()) != "":
		if len(blank) > 0 {
			doc.Warnings = append(doc.Warnings, fmt.Sprintf("no text on %s %s: blank or pictures only", pageWord(len(blank)), pageRanges(blank)))
		}
		return nil
	case errors.Is(failed, ErrPassword):
		return fmt.Errorf("document: %s: %w: the book is copy-protected (DRM) and opens only in the shop's own program; "+
			"get a copy without protection", doc.Path, ErrPassword)
	case failed != nil:
		return unreadable(doc.Path, failed, epubCure)
	case pictures:
		return fmt.Errorf("document: %s: %w: the book has only pictures; convert it to PDF and run text recognition (OCR) over it, "+
			"with ocrmypdf for example", doc.Path, ErrScanned)
	}
	return fmt.Errorf("document: %s: %w: no text in any of the book's %d parts", doc.Path, ErrEmpty, len(doc.Pages))
}

// readPart reads one part of a book. What could be read of a damaged one is
// returned beside the error.
func readPart(ctx context.Context, a *archive, p part, locked map[string]bool, opts Options) (webPage, error) {
	switch {
	case locked[p.name]:
		return webPage{}, fmt.Errorf("%w: %s is copy-protected (DRM)", ErrPassword, p.name)
	case strings.HasPrefix(p.media, "image/"):
		return webPage{pictures: true}, nil
	}
	data, broken := a.read(p.name)
	text, _, err := decode(data, htmlEncoding(data))
	if err != nil {
		return webPage{}, fmt.Errorf("%s: %w", p.name, err)
	}
	page, err := parseHTML(ctx, text, true, opts.PageTime)
	if broken == nil && err != nil {
		broken = fmt.Errorf("%s: %w", p.name, err)
	}
	return page, broken
}

// openBook reads the list of a book's contents. A part that is named twice is
// read once.
func openBook(a *archive) (*book, error) {
	var container struct {
		Files []struct {
			Path  string `xml:"full-path,attr"`
			Media string `xml:"media-type,attr"`
		} `xml:"rootfiles>rootfile"`
	}
	if err := a.decode("META-INF/container.xml", &container); err != nil {
		return nil, err
	}
	name := ""
	for _, f := range container.Files {
		if name == "" || f.Media == "application/oebps-package+xml" {
			name = f.Path
		}
		if f.Media == "application/oebps-package+xml" {
			break
		}
	}
	var list packageFile
	if err := a.decode(name, &list); err != nil {
		return nil, err
	}
	b := &book{dir: path.Dir(name)}
	for _, t := range slices.Concat(list.Titles, list.Old) {
		if b.title = strings.Join(strings.Fields(t), " "); b.title != "" {
			break
		}
	}
	items := map[string]int{}
	for i, item := range list.Items {
		items[item.ID] = i
	}
	seen := map[string]bool{}
	for _, ref := range list.Spine {
		i, ok := items[ref.ID]
		if !ok {
			return nil, fmt.Errorf("%w: %s puts %q into the text and does not say what it is", ErrCorrupt, name, ref.ID)
		}
		item := list.Items[i]
		p := part{name: b.resolve(item.Href), media: item.Media}
		// The navigation repeats the headings as links.
		if !seen[p.name] && !slices.Contains(strings.Fields(item.Properties), "nav") {
			b.spine = append(b.spine, p)
		}
		seen[p.name] = true
	}
	if len(b.spine) == 0 {
		return nil, fmt.Errorf("%w: %s names no part of the book's text", ErrCorrupt, name)
	}
	return b, nil
}

// resolve makes an entry's name of a reference in the package file.
func (b *book) resolve(href string) string {
	href, _, _ = strings.Cut(href, "#")
	if plain, err := url.PathUnescape(href); err == nil {
		href = plain
	}
	return path.Join(b.dir, href)
}

// lockedParts lists the entries that are encrypted. Fonts often are, by two
// methods of their own that protect nothing else.
func lockedParts(a *archive) (map[string]bool, error) {
	var list struct {
		Data []struct {
			Method struct {
				Algorithm string `xml:"Algorithm,attr"`
			} `xml:"EncryptionMethod"`
			Reference struct {
				URI string `xml:"URI,attr"`
			} `xml:"CipherData>CipherReference"`
		} `xml:"EncryptedData"`
	}
	err := a.decode("META-INF/encryption.xml", &list)
	if err != nil && !errors.Is(err, errNoEntry) {
		return nil, err
	}
	locked := map[string]bool{}
	root := &book{dir: "."}
	for _, d := range list.Data {
		switch d.Method.Algorithm {
		case "http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC":
		default:
			locked[root.resolve(strings.TrimPrefix(d.Reference.URI, "/"))] = true
		}
	}
	return locked, nil
}
