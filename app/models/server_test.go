package models

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// content makes n bytes that differ with seed.
func content(seed uint64, n int) []byte {
	r, b := rand.New(rand.NewPCG(seed, 0)), make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func hexSum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// server serves one file and notes what it is asked for.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	data     []byte
	etag     string // with quotes
	ranges   bool   // obeys Range
	cutAfter int    // bytes of a body after which the connection breaks; 0: never
	cuts     int    // how often it does; -1: always
	status   int    // answer with this alone; 0: serve
	asked    []http.Header
	sent     int // bytes of bodies
}

func serve(t *testing.T, data []byte) *server {
	s := &server{data: data, etag: `"one"`, ranges: true}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.Header.Clone())
	if s.status != 0 {
		w.WriteHeader(s.status)
		return
	}
	out := &counted{ResponseWriter: w, left: -1}
	if s.cutAfter > 0 && s.cuts != 0 {
		s.cuts--
		out.left = s.cutAfter
	}
	defer func() { s.sent += out.sent }()
	if s.etag != "" {
		w.Header().Set("ETag", s.etag)
	}
	if s.ranges {
		http.ServeContent(out, r, "", time.Time{}, bytes.NewReader(s.data))
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(s.data)))
	_, _ = out.Write(s.data) // the client may have gone
}

// counted counts a body and breaks the connection where left becomes 0.
type counted struct {
	http.ResponseWriter
	left, sent int
}

func (c *counted) Write(b []byte) (int, error) {
	cut := c.left >= 0 && len(b) >= c.left
	if cut {
		b = b[:c.left]
	}
	n, err := c.ResponseWriter.Write(b)
	c.sent += n
	c.left -= n
	if cut {
		c.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	return n, err
}

// change alters the server between requests.
func (s *server) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// entry is the model that s serves, as a catalogue would have it.
func (s *server) entry() Entry {
	return Entry{
		Name: "m", Title: "M", File: "m.gguf", Size: int64(len(s.data)), SHA256: hexSum(s.data),
		Licence: "MIT", Source: Source{URL: s.URL + "/m.gguf"},
	}
}

// requests gives the Range headers that the server got, "-" for none.
func (s *server) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, h := range s.asked {
		v := h.Get("Range")
		if v == "" {
			v = "-"
		}
		if c := h.Get("If-Range"); c != "" {
			v += " if " + c
		}
		list = append(list, v)
	}
	return list
}

func (s *server) expectRequests(t *testing.T, want ...string) {
	t.Helper()
	if got := s.requests(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the server was asked for %q, want %q", got, want)
	}
}

// partialSize is the size of the unfinished m.gguf in dir; -1: there is none.
func partialSize(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, "m.gguf.partial"))
	if err != nil {
		return -1
	}
	return info.Size()
}

// expectFile checks that dir has the finished model and nothing unfinished.
func expectFile(t *testing.T, dir, path string, want []byte) {
	t.Helper()
	if path != filepath.Join(dir, "m.gguf") {
		t.Errorf("path is %s", path)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("the file has other bytes than the server's")
	}
	expectNames(t, dir, ".m.gguf.lock", "m.gguf")
}

func expectNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the folder has %q, want %q", got, want)
	}
}
