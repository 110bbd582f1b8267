package models

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// target is a file to fetch.
type target struct {
	url    string
	path   string // of the finished file
	size   int64  // bytes; 0: not known
	sha256 string
	beside int64 // bytes that must fit the disk beside it
}

// errCut reports that the connection broke while bytes were coming.
var errCut = errors.New("the connection broke")

// errAgain reports that the server cannot continue what is there, which is
// therefore gone.
var errAgain = errors.New("the file begins anew")

// fetch brings a file, continuing where an earlier call stopped.
func (p *Puller) fetch(ctx context.Context, t target) (err error) {
	part, err := openPartial(t.path, t.sha256)
	if err != nil {
		return err
	}
	defer part.close()
	continued := part.size > 0
	defer func() {
		if err != nil && part.size == 0 {
			err = errors.Join(err, part.discard()) // nothing worth continuing
		}
	}()
	for {
		if err := p.fill(ctx, t, part); err != nil {
			return explain(ctx, err, part)
		}
		sum, err := p.checksum(ctx, part.file, part.size)
		switch {
		case err != nil:
			return explain(ctx, err, part)
		case sum == t.sha256:
			return part.finish()
		case continued:
			// The first part may be of another version of the file, or was not
			// on the disk when the power failed. One complete try is due.
			continued = false
			if err := part.restart(""); err != nil {
				return err
			}
		default:
			return errors.Join(fmt.Errorf("%w: %s gave a file with SHA-256 %s instead of %s; it was thrown away",
				ErrChecksum, host(t.url), sum, t.sha256), part.restart(""))
		}
	}
}

// fill fetches all that is missing. A broken connection is taken up again at
// once, provided that it brought something.
func (p *Puller) fill(ctx context.Context, t target, part *partial) error {
	for {
		before := part.size
		err := p.transfer(ctx, t, part)
		if errors.Is(err, errAgain) && part.size == 0 {
			continue // nothing is there, so that this cannot happen twice in a row
		}
		if !errors.Is(err, errCut) || part.size <= before {
			return err
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// transfer makes one request for what is missing.
func (p *Puller) transfer(ctx context.Context, t target, part *partial) error {
	if t.size > 0 && part.size == t.size {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := time.AfterFunc(p.Stall, func() { cancel(fmt.Errorf("%w: the server sent nothing for %v", errCut, p.Stall)) })
	defer idle.Stop()
	resp, err := p.request(ctx, t, part)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	total, err := begin(resp, t, part)
	if err != nil || total == part.size {
		return err
	}
	limit := p.MaxBytes
	if total > 0 {
		if total > limit {
			return fmt.Errorf("%w: %d bytes, the most is %d", ErrTooLarge, total, limit)
		}
		limit = total
		if err := p.checkSpace(total - part.size + t.beside); err != nil {
			return err
		}
	}
	m := p.meter(Downloading, part.size, max(total, 0))
	_, err = copyMetered(ctx, part, &body{r: resp.Body, ctx: ctx, left: limit - part.size, idle: idle, stall: p.Stall}, m)
	if err == nil && total > 0 && part.size < total {
		return fmt.Errorf("%w after %d of %d bytes", errCut, part.size, total)
	}
	return err
}

// request asks for the bytes after those that are there.
func (p *Puller) request(ctx context.Context, t target, part *partial) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, t.url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "fovea")
	req.Header.Set("Accept-Encoding", "identity") // the checksum is of the file's own bytes
	if part.size > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", part.size))
		if part.note.Validator != "" {
			req.Header.Set("If-Range", part.note.Validator)
		}
	}
	resp, err := p.Client.Do(req)
	if err == nil {
		return resp, nil
	}
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	var wrapper *url.Error // says the method and the whole address again
	if errors.As(err, &wrapper) {
		err = wrapper.Err
	}
	return nil, fmt.Errorf("%w %s: %w; check the network connection", ErrUnreachable, host(t.url), err)
}

// begin reads the answer's head, makes part the beginning of what follows, and
// returns the size of the whole file; -1: not known.
func begin(resp *http.Response, t target, part *partial) (total int64, err error) {
	from := resp.Request.URL.Host
	var start int64
	switch resp.StatusCode {
	case http.StatusOK:
		total = resp.ContentLength
	case http.StatusPartialContent:
		var ok bool
		if start, total, ok = contentRange(resp); !ok {
			return 0, fmt.Errorf("%s answers with a wrong Content-Range %q", from, resp.Header.Get("Content-Range"))
		}
	case http.StatusRequestedRangeNotSatisfiable:
		_, total, _ = contentRange(resp)
		if total == part.size {
			return total, nil // all of it is there
		}
		start = -1
	case http.StatusNotFound, http.StatusGone:
		return 0, fmt.Errorf("%w: %s says %s to %s", ErrNotOffered, from, resp.Status, resp.Request.URL.Path)
	default:
		return 0, fmt.Errorf("%s says %s; try again later", from, resp.Status)
	}
	if t.size > 0 && total >= 0 && total != t.size {
		return 0, fmt.Errorf("%w: %s has a file of %d bytes instead of %d", ErrChecksum, from, total, t.size)
	}
	if t.size > 0 {
		total = t.size
	}
	switch {
	case start == part.size && part.size > 0:
		return total, nil
	case start == 0:
		return total, part.restart(validator(resp))
	case part.size == 0:
		return 0, fmt.Errorf("%s sends a part of the file (%s) when asked for all of it", from, resp.Status)
	}
	return 0, errors.Join(errAgain, part.restart(""))
}

// contentRange reads where the body lies in the file; start -1: nowhere, and
// total -1: not known.
func contentRange(resp *http.Response) (start, total int64, ok bool) {
	header, _ := strings.CutPrefix(resp.Header.Get("Content-Range"), "bytes ")
	place, size, ok := strings.Cut(header, "/")
	first, last, _ := strings.Cut(place, "-")
	number := func(s string, none string) int64 {
		n, err := strconv.ParseUint(s, 10, 62)
		ok = ok && (err == nil || s == none)
		if err != nil {
			return -1
		}
		return int64(n)
	}
	total, start = number(size, "*"), number(first, "*")
	if start >= 0 {
		ok = ok && number(last, "") >= start
	}
	return start, total, ok
}

// validator is what names this version of the server's file; empty: nothing.
func validator(resp *http.Response) string {
	if tag := resp.Header.Get("ETag"); tag != "" {
		if strings.HasPrefix(tag, "W/") {
			return "" // a weak one does not promise equal bytes
		}
		return tag
	}
	return resp.Header.Get("Last-Modified")
}

// body is an answer's body, with limits of length and patience.
type body struct {
	r     io.Reader
	ctx   context.Context
	left  int64 // bytes that may still come
	idle  *time.Timer
	stall time.Duration
}

func (b *body) Read(buf []byte) (int, error) {
	n, err := b.r.Read(buf)
	b.idle.Reset(b.stall)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("%w: the server sends more than the file can have", ErrTooLarge)
	}
	if err == nil || err == io.EOF {
		return n, err
	}
	if cause := context.Cause(b.ctx); cause != nil {
		return n, cause
	}
	return n, fmt.Errorf("%w: %w", errCut, err)
}

// explain says what becomes of an unfinished download.
func explain(ctx context.Context, err error, part *partial) error {
	if part.size == 0 {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted after %d bytes, which are kept: the next pull continues: %w", part.size, err)
	}
	return fmt.Errorf("%w (%d bytes are kept: the next pull continues)", err, part.size)
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}
