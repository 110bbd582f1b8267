package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

// DocumentID names a document for good: numbers are never reused. 0 is none.
type DocumentID int64

// Document is a file that was read. Files with the same bytes are one
// document.
type Document struct {
	ID     DocumentID
	Path   string // where the file was last seen
	Title  string
	Format string
	SHA256 string // of the file, 64 hexadecimal digits
	Size   int64  // of the file, in bytes
	Pages  int    // how many
	Added  time.Time
}

// Page is a page of a document.
type Page struct {
	Number  int // from 1
	Text    string
	NoText  bool   // it is blank or a picture
	Problem string // why Text is not the whole page; empty: it is
}

// AddDocument keeps a document with the fields Path, Title, Format, SHA256
// and Size of d, and returns it with the other fields set. When the file is
// known, by its SHA-256, its number stays, and path, title, format and pages
// become the new ones. pages[i].Number must be i+1. It takes about a second
// for 2,400 pages.
func (s *Store) AddDocument(ctx context.Context, d Document, pages []Page) (Document, error) {
	doing := "keep the document " + d.Path
	if err := checkDocument(d, pages); err != nil {
		return Document{}, s.fail(ctx, doing, err)
	}
	d.Pages = len(pages)
	digest := digestPages(pages)
	err := s.write(ctx, doing, func(tx *sql.Tx) error {
		now := s.now()
		var known string // digest of the pages that are there
		err := tx.QueryRowContext(ctx, "SELECT digest FROM document WHERE sha256 = ?", d.SHA256).Scan(&known)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		var added int64
		err = tx.QueryRowContext(ctx, `INSERT INTO document (sha256, path, title, format, size, pages, digest, added, used)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?8, ?8)
			ON CONFLICT (sha256) DO UPDATE SET path = excluded.path, title = excluded.title, format = excluded.format,
				pages = excluded.pages, digest = excluded.digest, used = excluded.used
			RETURNING id, added`,
			d.SHA256, d.Path, d.Title, d.Format, d.Size, d.Pages, digest, now).Scan(&d.ID, &added)
		if err != nil {
			return err
		}
		d.Added = moment(added)
		if known == digest {
			return nil
		}
		return replacePages(ctx, tx, d.ID, pages)
	})
	if err != nil {
		return Document{}, err
	}
	return d, nil
}

func checkDocument(d Document, pages []Page) error {
	if b, err := hex.DecodeString(d.SHA256); err != nil || len(b) != sha256.Size || hex.EncodeToString(b) != d.SHA256 {
		return fmt.Errorf("%q is not a SHA-256 in small hexadecimal digits", d.SHA256)
	}
	for i, p := range pages {
		if p.Number != i+1 {
			return fmt.Errorf("page %d of %d has number %d", i+1, len(pages), p.Number)
		}
	}
	return nil
}

// digestPages is equal for equal pages.
func digestPages(pages []Page) string {
	h := sha256.New()
	for _, p := range pages {
		for _, text := range []string{p.Text, p.Problem} {
			h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text))))
			io.WriteString(h, text)
		}
		if p.NoText {
			h.Write([]byte{1})
		} else {
			h.Write([]byte{0})
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func replacePages(ctx context.Context, tx *sql.Tx, id DocumentID, pages []Page) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM page WHERE document = ?", id); err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, "INSERT INTO page (document, number, text, no_text, problem) VALUES (?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer insert.Close()
	for _, p := range pages {
		if _, err := insert.ExecContext(ctx, id, p.Number, p.Text, p.NoText, p.Problem); err != nil {
			return err
		}
	}
	return nil
}

const documentColumns = "d.id, d.path, d.title, d.format, d.sha256, d.size, d.pages, d.added"

func scanDocument(row scanner) (Document, error) {
	var d Document
	var added int64
	err := row.Scan(&d.ID, &d.Path, &d.Title, &d.Format, &d.SHA256, &d.Size, &d.Pages, &added)
	d.Added = moment(added)
	return d, err
}

const (
	documentQuery       = "SELECT " + documentColumns + " FROM document d WHERE d.id = ?"
	documentByHashQuery = "SELECT " + documentColumns + " FROM document d WHERE d.sha256 = ?"
)

// Document returns one document.
func (s *Store) Document(ctx context.Context, id DocumentID) (Document, error) {
	d, err := scanDocument(s.readers.QueryRowContext(ctx, documentQuery, id))
	if err != nil {
		return Document{}, s.fail(ctx, fmt.Sprintf("read document %d", id), err)
	}
	return d, nil
}

// DocumentBySHA256 returns the document of a file with that SHA-256, in 64
// small hexadecimal digits.
func (s *Store) DocumentBySHA256(ctx context.Context, sum string) (Document, error) {
	d, err := scanDocument(s.readers.QueryRowContext(ctx, documentByHashQuery, sum))
	if err != nil {
		return Document{}, s.fail(ctx, "read the document with SHA-256 "+sum, err)
	}
	return d, nil
}

func scanPage(row scanner) (Page, error) {
	var p Page
	err := row.Scan(&p.Number, &p.Text, &p.NoText, &p.Problem)
	return p, err
}

const (
	pageQuery  = "SELECT number, text, no_text, problem FROM page WHERE document = ? AND number = ?"
	pagesQuery = "SELECT number, text, no_text, problem FROM page WHERE document = ? ORDER BY number"
)

// Page returns one page of a document. number is from 1.
func (s *Store) Page(ctx context.Context, id DocumentID, number int) (Page, error) {
	p, err := scanPage(s.readers.QueryRowContext(ctx, pageQuery, id, number))
	if err != nil {
		return Page{}, s.fail(ctx, fmt.Sprintf("read page %d of document %d", number, id), err)
	}
	return p, nil
}

// Pages returns all pages of a document in order.
func (s *Store) Pages(ctx context.Context, id DocumentID) ([]Page, error) {
	return list(ctx, s, fmt.Sprintf("read the pages of document %d", id), scanPage, pagesQuery, id)
}
