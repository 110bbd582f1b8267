package models

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const size = 300_000

func TestPull(t *testing.T) {
	s, dir := serve(t, content(1, size)), filepath.Join(t.TempDir(), "new", "models")
	var last Progress
	path, err := Puller{Dir: dir, Progress: func(p Progress) {
		if p.Stage == Downloading {
			last = p
		}
	}}.Pull(t.Context(), s.entry())
	if err != nil {
		t.Fatal(err)
	}
	expectFile(t, dir, path, s.data)
	if last.Done != size || last.Total != size || last.PerSecond <= 0 || last.Left != 0 {
		t.Errorf("progress ends with %+v", last)
	}
	if _, err := (Puller{Dir: dir}).Pull(t.Context(), s.entry()); err != nil {
		t.Error(err)
	}
	s.expectRequests(t, "-")
}

func TestDamagedFileIsReplaced(t *testing.T) {
	s, dir := serve(t, content(1, size)), t.TempDir()
	damaged := content(1, size)
	damaged[size/2]++
	if err := os.WriteFile(filepath.Join(dir, "m.gguf"), damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	path, err := Puller{Dir: dir}.Pull(t.Context(), s.entry())
	if err != nil {
		t.Fatal(err)
	}
	expectFile(t, dir, path, s.data)
}

func TestCutConnectionIsTakenUp(t *testing.T) {
	s, dir := serve(t, content(1, size)), t.TempDir()
	s.cutAfter, s.cuts = 100_000, 1
	path, err := Puller{Dir: dir}.Pull(t.Context(), s.entry())
	if err != nil {
		t.Fatal(err)
	}
	expectFile(t, dir, path, s.data)
	s.expectRequests(t, "-", `bytes=100000- if "one"`)
}

// interrupted leaves the first part of m.gguf in dir.
func interrupted(t *testing.T, s *server, dir string, bytes int) {
	t.Helper()
	s.change(func() { s.cutAfter, s.cuts = bytes, -1 })
	ctx, cancel := context.WithCancel(t.Context())
	p := Puller{Dir: dir, Progress: func(v Progress) {
		if v.Done > 0 {
			cancel()
		}
	}}
	p.Client = &http.Client{Transport: hook(func() { time.Sleep(110 * time.Millisecond) })}
	if _, err := p.Pull(ctx, s.entry()); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want a cancelled pull", err)
	}
	if n := partialSize(t, dir); n <= 0 || n > int64(bytes) {
		t.Fatalf("%d bytes are kept, want 1 to %d", n, bytes)
	}
	if _, err := os.Stat(filepath.Join(dir, "m.gguf")); err == nil {
		t.Fatal("an interrupted download has the name of a finished one")
	}
	s.change(func() { s.cutAfter, s.asked, s.sent = 0, nil, 0 })
}

// hook is a transport whose bodies call it before each read, so that the
// throttled progress is heard.
type hook func()

func (h hook) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		resp.Body = &hookedBody{resp.Body.(readCloser), h}
	}
	return resp, err
}

type readCloser interface {
	Read([]byte) (int, error)
	Close() error
}

type hookedBody struct {
	readCloser
	before func()
}

func (b *hookedBody) Read(buf []byte) (int, error) {
	b.before()
	return b.readCloser.Read(buf)
}

func TestNextPullContinues(t *testing.T) {
	s, dir := serve(t, content(1, size)), t.TempDir()
	interrupted(t, s, dir, 100_000)
	kept := partialSize(t, dir)
	path, err := Puller{Dir: dir}.Pull(t.Context(), s.entry())
	if err != nil {
		t.Fatal(err)
	}
	expectFile(t, dir, path, s.data)
	s.expectRequests(t, fmt.Sprintf(`bytes=%d- if "one"`, kept))
	if s.sent != size-int(kept) {
		t.Errorf("%d bytes were sent, %d were missing", s.sent, size-int(kept))
	}
}

func TestServerWithoutRanges(t *testing.T) {
	s, dir := serve(t, content(1, size)), t.TempDir()
	interrupted(t, s, dir, 100_000)
	s.ranges = false
	path, err := Puller{Dir: dir}.Pull(t.Context(), s.entry())
	if err != nil {
		t.Fatal(err)
	}
	expectFile(t, dir, path, s.data)
}

// TestServerRefusesRange covers servers that answer 416 to a range that they
// cannot give, with and without the file's size.
func TestServerRefusesRange(t *testing.T) {
	for name, header := range map[string]string{"size": "bytes */300000", "none": "", "wrong": "bytes x/y"} {
		t.Run(name, func(t *testing.T) {
			s, dir := serve(t, content(1, size)), t.TempDir()
			interrupted(t, s, dir, 100_000)
			refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Range") == "" {
					s.ServeHTTP(w, r)
					return
				}
				if header != "" {
					w.Header().Set("Content-Range", header)
				}
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			}))
			defer refusing.Close()
			e := s.entry()
			e.Source.URL = refusing.URL
			path, err := Puller{Dir: dir}.Pull(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			expectFile(t, dir, path, s.data)
		})
	}
}

// TestWrongPart covers servers whose answers are not what was asked for.
func TestWrongPart(t *testing.T) {
	for header, ok := range map[string]bool{
		"bytes 5-299999/300000":               true, // another part: the download begins anew
		"bytes 0-299999/300000":               true, // all of it
		"bytes 0-9/300001":                    false,
		"bytes 9-0/300000":                    false,
		"pages 1-2/3":                         false,
		"bytes -1-299999/300000":              false,
		"bytes 0-99999999999999999999/300000": false,
	} {
		t.Run(header, func(t *testing.T) {
			s, dir := serve(t, content(1, size)), t.TempDir()
			interrupted(t, s, dir, 100_000)
			odd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Range") == "" {
					s.ServeHTTP(w, r)
					return
				}
				w.Header().Set("Content-Range", header)
				w.WriteHeader(http.StatusPartialContent)
				var first int
				_, _ = fmt.Sscanf(header, "bytes %d-", &first)
				_, _ = w.Write(s.data[max(first, 0):])
			}))
			defer odd.Close()
			e := s.entry()
			e.Source.URL = odd.URL
			path, err := Puller{Dir: dir}.Pull(t.Context(), e)
			if (err == nil) != ok {
				t.Fatalf("error %v, want one: %v", err, !ok)
			}
			if ok {
				expectFile(t, dir, path, s.data)
			}
		})
	}
	odd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", "bytes 5-9/10")
		w.WriteHeader(http.StatusPartialContent)
	}))
	defer odd.Close()
	e, err := At("m", odd.URL, hexSum(nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (Puller{Dir: t.TempDir()}).Pull(t.Context(), e); err == nil || !strings.Contains(err.Error(), "when asked for all of it") {
		t.Errorf("error %v", err)
	}
}

// TestFileChangedBetweenTries covers a server whose file is another one when
// the download goes on, said by its ETag and not said at all.
func TestFileChangedBetweenTries(t *testing.T) {
	for name, etag := range map[string]string{"with ETag": `"two"`, "weak ETag": `W/"x"`, "without": ""} {
		t.Run(name, func(t *testing.T) {
			s, dir := serve(t, content(1, size)), t.TempDir()
			if etag != `"two"` {
				s.etag = etag
			}
			wanted := content(2, size)
			old := s.data
			s.data = wanted
			e := s.entry()
			s.data = old
			// The first part comes from the old file under the new checksum.
			s.cutAfter, s.cuts = 100_000, -1
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if _, err := (Puller{Dir: dir}).Pull(ctx, e); err == nil {
				t.Fatal("no error")
			}
			if partialSize(t, dir) <= 0 {
				t.Fatal("nothing was kept")
			}
			s.change(func() { s.data, s.etag, s.cutAfter = wanted, etag, 0 })
			path, err := Puller{Dir: dir}.Pull(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			expectFile(t, dir, path, wanted)
			if name == "weak ETag" && strings.Contains(s.requests()[1], "if") {
				t.Errorf("requests %q: a weak ETag does not promise equal bytes", s.requests())
			}
		})
	}
}

func TestPartialOfUnknownOrigin(t *testing.T) {
	s, dir := serve(t, content(1, size)), t.TempDir()
	part := filepath.Join(dir, "m.gguf.partial")
	for name, note := range map[string]string{"none": "", "damaged": "{", "another file's": `{"sha256":"` + hexSum(nil) + `"}`} {
		if err := os.WriteFile(part, content(9, size/2), 0o600); err != nil {
			t.Fatal(err)
		}
		if note != "" {
			if err := os.WriteFile(part+".json", []byte(note), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		path, err := Puller{Dir: dir}.Pull(t.Context(), s.entry())
		if err != nil {
			t.Fatalf("note %s: %v", name, err)
		}
		expectFile(t, dir, path, s.data)
		s.expectRequests(t, "-")
		s.change(func() { s.asked = nil })
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestKilledBeforeTheEnd covers a process that died when all bytes were there,
// right ones and, after a power failure, wrong ones.
func TestKilledBeforeTheEnd(t *testing.T) {
	for name, data := range map[string][]byte{"right": content(1, size), "wrong": make([]byte, size), "too many": make([]byte, size+5)} {
		t.Run(name, func(t *testing.T) {
			s, dir := serve(t, content(1, size)), t.TempDir()
			part := filepath.Join(dir, "m.gguf.partial")
			if err := os.WriteFile(part, data, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(part+".json", []byte(`{"sha256":"`+hexSum(s.data)+`"}`), 0o600); err != nil {
				t.Fatal(err)
			}
			path, err := Puller{Dir: dir}.Pull(t.Context(), s.entry())
			if err != nil {
				t.Fatal(err)
			}
			expectFile(t, dir, path, s.data)
			if name == "right" {
				s.expectRequests(t)
			}
		})
	}
	t.Run("unknown size", func(t *testing.T) {
		s, dir := serve(t, content(1, size)), t.TempDir()
		part := filepath.Join(dir, "m.gguf.partial")
		for name, data := range map[string][]byte{part: s.data, part + ".json": []byte(`{"sha256":"` + hexSum(s.data) + `"}`)} {
			if err := os.WriteFile(name, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		e := s.entry()
		e.Size = 0
		path, err := Puller{Dir: dir}.Pull(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		expectFile(t, dir, path, s.data)
		if len(s.requests()) != 1 || s.sent >= size {
			t.Errorf("requests %q, %d bytes were sent again", s.requests(), s.sent)
		}
	})
}

// TestShortBody covers a server that ends its answer early, as if that were
// all.
func TestShortBody(t *testing.T) {
	s, dir := serve(t, content(1, size)), t.TempDir()
	short := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") != "" {
			s.ServeHTTP(w, r)
			return
		}
		_, _ = w.Write(s.data[:1000])
		w.(http.Flusher).Flush() // sent in chunks, without a length
	}))
	defer short.Close()
	e := s.entry()
	e.Source.URL = short.URL
	path, err := Puller{Dir: dir}.Pull(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	expectFile(t, dir, path, s.data)
	s.expectRequests(t, "bytes=1000-")
}
