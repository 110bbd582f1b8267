package chat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"fovea/app/document"
	"fovea/store"
)

// Attach opens files, one after the other, and attaches them to a conversation
// whose model then reads them. It returns at once; folders stand for the files
// in them that can be read. What goes wrong with a file is in its Doc.
func (s *Service) Attach(id store.ConversationID, paths ...string) {
	s.done.Add(1)
	go func() {
		defer s.done.Done()
		if err := s.Documents(s.ctx, id); err != nil {
			s.fail(id, err)
			return
		}
		var files []string
		for _, path := range paths {
			found, err := s.files(path)
			if err != nil {
				s.fail(id, err)
			}
			files = append(files, found...)
		}
		for _, path := range files {
			s.with(id, func(c *state) { c.docs = append(c.docs, Doc{Path: path}) })
		}
		s.notify(Event{Kind: DocumentsChanged, Conversation: id})
		for _, path := range files {
			select {
			case s.opening <- struct{}{}:
			case <-s.ctx.Done():
				return
			}
			s.open(id, path)
			<-s.opening
		}
	}()
}

// open opens a file of a conversation's list.
func (s *Service) open(id store.ConversationID, path string) {
	update := func(f func(*Doc)) (there bool) {
		s.with(id, func(c *state) {
			i := slices.IndexFunc(c.docs, func(d Doc) bool { return d.ID == 0 && d.Path == path && d.Err == nil })
			if there = i >= 0; there {
				f(&c.docs[i])
			}
		})
		s.notify(Event{Kind: DocumentsChanged, Conversation: id})
		return there
	}
	if !update(func(*Doc) {}) { // removed before its turn came
		return
	}
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	kept, d, err := s.keep(ctx, path, func(read, of int) {
		if !update(func(d *Doc) { d.Opened, d.Of = read, of }) {
			cancel()
		}
	})
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		err = s.options.Store.Attach(ctx, id, kept.ID)
	}
	again := false
	update(func(doc *Doc) {
		if err != nil {
			doc.Err = err
			return
		}
		doc.Document, doc.Path = kept, kept.Path
		doc.NoText, doc.Warnings = d.NoTextPages(), d.Warnings
	})
	if err != nil {
		return
	}
	s.with(id, func(c *state) { // the same file twice is one document
		seen := 0
		c.docs = slices.DeleteFunc(c.docs, func(d Doc) bool {
			if d.ID == kept.ID {
				seen++
			}
			again = seen > 1
			return d.ID == kept.ID && seen > 1
		})
	})
	s.notify(Event{Kind: MessagesChanged, Conversation: id})
	if !again {
		s.addReading(id)
	}
}

// keep reads a file, unless its bytes are known, and keeps its text.
func (s *Service) keep(ctx context.Context, path string, progress func(read, of int)) (store.Document, *document.Document, error) {
	sum, size, err := digest(path)
	if err != nil {
		return store.Document{}, nil, err
	}
	if kept, err := s.options.Store.DocumentBySHA256(ctx, sum); err == nil {
		d, err := s.document(ctx, kept.ID)
		if err == nil && kept.Path != path {
			kept, err = s.put(ctx, d, path, sum, size) // it was last seen here
		}
		return kept, d, err
	} else if !errors.Is(err, store.ErrNotFound) {
		return store.Document{}, nil, err
	}
	o := s.options.Documents
	o.Progress = progress
	d, err := document.Read(ctx, path, o)
	if err != nil {
		return store.Document{}, nil, err
	}
	kept, err := s.put(ctx, d, path, sum, size)
	if err != nil {
		return store.Document{}, nil, err
	}
	s.mu.Lock()
	s.library[kept.ID] = d
	s.mu.Unlock()
	return kept, d, nil
}

// put keeps the text of a document.
func (s *Service) put(ctx context.Context, d *document.Document, path, sum string, size int64) (store.Document, error) {
	pages := make([]store.Page, len(d.Pages))
	for i, p := range d.Pages {
		pages[i] = store.Page{Number: p.Number, Text: p.Text, NoText: p.NoText}
		if p.Err != nil {
			pages[i].Problem = p.Err.Error()
		}
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return store.Document{}, err
	}
	return s.options.Store.AddDocument(ctx, store.Document{
		Path: absolute, Title: d.Title, Format: string(d.Format), SHA256: sum, Size: size,
	}, pages)
}

// digest is the SHA-256 of a file, in hexadecimal, and its size.
func digest(path string) (string, int64, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", 0, fmt.Errorf("chat: %s: %w", path, document.ErrNotFound)
	}
	if err != nil {
		return "", 0, fmt.Errorf("chat: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	size, err := io.Copy(h, f)
	if err != nil {
		return "", 0, fmt.Errorf("chat: reading %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}

// document returns a document, out of the store where it is not in memory.
func (s *Service) document(ctx context.Context, id store.DocumentID) (*document.Document, error) {
	s.mu.Lock()
	d := s.library[id]
	s.mu.Unlock()
	if d != nil {
		return d, nil
	}
	kept, err := s.options.Store.Document(ctx, id)
	if err != nil {
		return nil, err
	}
	stored, err := s.options.Store.Pages(ctx, id)
	if err != nil {
		return nil, err
	}
	pages := make([]document.Page, len(stored))
	for i, p := range stored {
		pages[i] = document.Page{Number: p.Number, Text: p.Text, NoText: p.NoText}
		if p.Problem != "" {
			pages[i].Err = &document.PageError{Page: p.Number, Err: errors.New(p.Problem)}
		}
	}
	d = document.FromPages(kept.Title, kept.Path, document.Format(kept.Format), pages)
	s.mu.Lock()
	s.library[id] = d
	s.mu.Unlock()
	return d, nil
}

// Documents makes sure that View has a conversation's documents, which it has
// once they were attached or asked for.
func (s *Service) Documents(ctx context.Context, id store.ConversationID) error {
	known := false
	s.with(id, func(c *state) { known = c.loaded })
	if known {
		return nil
	}
	kept, err := s.options.Store.Documents(ctx, id)
	if err != nil {
		return err
	}
	messages, err := s.options.Store.Messages(ctx, id)
	if err != nil {
		return err
	}
	asked := map[store.DocumentID]bool{}
	for _, m := range messages {
		docs, err := documentsOf(m)
		if err != nil {
			return err
		}
		for _, d := range docs {
			asked[d] = true
		}
	}
	docs := make([]Doc, len(kept))
	for i, k := range kept {
		d, err := s.document(ctx, k.ID)
		if err != nil {
			return err
		}
		docs[i] = Doc{Document: k, Path: k.Path, NoText: d.NoTextPages(), Asked: asked[k.ID]}
	}
	s.with(id, func(c *state) {
		c.dropped = false
		if !c.loaded {
			c.docs, c.loaded = append(docs, c.docs...), true
		}
	})
	s.notify(Event{Kind: DocumentsChanged, Conversation: id})
	return nil
}

// Detach takes document number i of View off a conversation: one that is being
// opened, that failed, or that no question was asked about (else ErrInUse).
func (s *Service) Detach(ctx context.Context, id store.ConversationID, i int) error {
	var d Doc
	s.with(id, func(c *state) {
		if i < len(c.docs) {
			d = c.docs[i]
		}
	})
	if d.Asked {
		return ErrInUse
	}
	if d.ID != 0 {
		if err := s.options.Store.Detach(ctx, id, d.ID); err != nil {
			return err
		}
	}
	s.with(id, func(c *state) {
		c.docs = slices.DeleteFunc(c.docs, func(o Doc) bool { return o.ID == d.ID && o.Path == d.Path })
	})
	s.interrupt(id) // it may be reading just this one; the next reading leaves it out
	s.addReading(id)
	s.notify(Event{Kind: DocumentsChanged, Conversation: id})
	return nil
}
