package document

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// printedPage is the most characters that a page of a Word file is taken to
// have. A longer one is cut: its writer has set few page breaks.
const printedPage = 3 * CharsPerPage

const docxCure = "open it in Word or LibreOffice, which may repair it, and save it again"

// readDOCX reads a Word file (Office Open XML).
func readDOCX(ctx context.Context, path string, data []byte, opts Options) (*Document, error) {
	a, err := openArchive(ctx, data, unpackFactor*opts.MaxBytes)
	if err != nil {
		return nil, unreadable(path, err, docxCure)
	}
	doc := &Document{Path: path, Format: DOCX}
	r, main, err := openDOCX(a, doc)
	if err != nil {
		return nil, unreadable(path, err, docxCure)
	}
	f, err := r.part(a, main)
	text := f.String()
	empty := strings.Trim(text, blankCutset+"\f") == ""
	switch {
	case err != nil && (empty || !errors.Is(err, ErrCorrupt)):
		return nil, unreadable(path, err, docxCure)
	case empty && r.pictures:
		return nil, fmt.Errorf("document: %s: %w: only pictures in the file; save it as PDF and run text recognition (OCR) over it, "+
			"with ocrmypdf for example", path, ErrScanned)
	case empty:
		return nil, fmt.Errorf("document: %s: %w: no text in the file", path, ErrEmpty)
	}
	longest := CharsPerPage
	if r.rendered {
		longest = printedPage
	}
	doc.addPages(paginate(text, longest))
	if err != nil {
		doc.fail(err, docxCure)
	}
	if r.symbols > 0 {
		doc.Warnings = append(doc.Warnings, fmt.Sprintf("signs of symbol fonts, which are no letters, left out: %d", r.symbols))
	}
	for _, title := range []string{doc.Title, r.title, r.heading} {
		if doc.Title = strings.TrimSpace(title); doc.Title != "" {
			break
		}
	}
	opts.Progress(len(doc.Pages), len(doc.Pages))
	return doc, nil
}

// openDOCX reads what is around a Word file's text, and names the part that has
// the text. What of it is damaged becomes a warning.
func openDOCX(a *archive, doc *Document) (r *docx, main string, err error) {
	top, err := a.relations("")
	if err != nil {
		return nil, "", err
	}
	main = cmp.Or(top["officeDocument"], "word/document.xml")
	parts, err := a.relations(main)
	if err != nil {
		return nil, "", err
	}
	r = &docx{section: -1}
	warn := func(what string, err error) error {
		switch {
		case err == nil || errors.Is(err, errNoEntry):
			return nil
		case !errors.Is(err, ErrCorrupt):
			return err // a limit, or the reader was stopped
		}
		doc.Warnings = append(doc.Warnings, fmt.Sprintf("%s could not be read: %v", what, err))
		return nil
	}
	var core struct {
		Title string `xml:"title"`
	}
	if err = warn("the title", a.decode(cmp.Or(top["core-properties"], "docProps/core.xml"), &core)); err != nil {
		return nil, "", err
	}
	doc.Title = core.Title
	r.styles, err = readStyles(a, cmp.Or(parts["styles"], "word/styles.xml"))
	if err = warn("the styles, and with them the headings,", err); err != nil {
		return nil, "", err
	}
	r.numbers, err = readNumbering(a, cmp.Or(parts["numbering"], "word/numbering.xml"))
	if err = warn("the numbers of lists", err); err != nil {
		return nil, "", err
	}
	r.foot, err = r.readNotes(a, cmp.Or(parts["footnotes"], "word/footnotes.xml"))
	if err = warn("a part of the footnotes", err); err != nil {
		return nil, "", err
	}
	r.end, err = r.readNotes(a, cmp.Or(parts["endnotes"], "word/endnotes.xml"))
	if err = warn("a part of the endnotes", err); err != nil {
		return nil, "", err
	}
	return r, main, nil
}

// part reads the text of a part. What came before an error is returned beside it.
func (r *docx) part(a *archive, name string) (f flow, err error) {
	in, err := a.open(name)
	if err != nil {
		return f, err
	}
	defer in.Close()
	r.xml = newXML(in)
	if err = r.blocks(&f); err == io.EOF {
		err = nil
	} else {
		err = damaged(name, err)
	}
	for _, n := range r.endText {
		f.paragraph(n)
	}
	return f, err
}

// readNotes reads the footnotes or endnotes of a file by their ids. What came
// before an error is returned beside it.
func (r *docx) readNotes(a *archive, name string) (*notes, error) {
	n := &notes{text: map[string]string{}, number: map[string]int{}}
	in, err := a.open(name)
	if err != nil {
		return n, err
	}
	defer in.Close()
	// Without the numbering, of which notes would use up numbers of the text.
	reader := &docx{xml: newXML(in), styles: r.styles, section: -1, nesting: 1}
	for {
		t, err := reader.xml.Token()
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, damaged(name, err)
		}
		e, ok := t.(xml.StartElement)
		if !ok || e.Name.Local != "footnote" && e.Name.Local != "endnote" {
			continue
		}
		var f flow
		err = reader.blocks(&f)
		if kind := attribute(e, "type"); kind == "" || kind == "normal" { // others draw the line above the notes
			n.text[attribute(e, "id")] = strings.Join(strings.Fields(f.String()), " ")
		}
		if err != nil {
			return n, damaged(name, err)
		}
	}
}
