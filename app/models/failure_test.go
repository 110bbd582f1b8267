package models

import (
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

// TestUnknownSize is a pull by address: neither the size is known nor, from
// this server, told.
func TestUnknownSize(t *testing.T) {
	data, dir := content(1, size), t.TempDir()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(data); i += 1000 {
			_, _ = w.Write(data[i : i+1000])
			w.(http.Flusher).Flush() // so that the body is sent in chunks
		}
	}))
	defer s.Close()
	e, err := At("m", s.URL, hexSum(data))
	if err != nil {
		t.Fatal(err)
	}
	path, err := Puller{Dir: dir}.Pull(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	expectFile(t, dir, path, data)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err = Puller{Dir: dir, MaxBytes: size / 2}.Pull(t.Context(), e)
	if !errors.Is(err, ErrTooLarge) || partialSize(t, dir) > size/2 {
		t.Errorf("error %v, %d bytes written, want at most half", err, partialSize(t, dir))
	}
}

func TestWrongChecksum(t *testing.T) {
	s, dir := serve(t, content(1, size)), t.TempDir()
	e := s.entry()
	e.SHA256 = hexSum([]byte("another"))
	_, err := Puller{Dir: dir}.Pull(t.Context(), e)
	if !errors.Is(err, ErrChecksum) || !strings.Contains(err.Error(), hexSum(s.data)) {
		t.Errorf("error %v, want one that names both checksums", err)
	}
	expectNames(t, dir, ".m.gguf.lock")
	s.expectRequests(t, "-")

	e = s.entry()
	e.Size++
	if _, err := (Puller{Dir: dir}).Pull(t.Context(), e); !errors.Is(err, ErrChecksum) || !strings.Contains(err.Error(), "300000 bytes instead of 300001") {
		t.Errorf("error %v, want one that names both sizes", err)
	}
}

func TestRefusals(t *testing.T) {
	for status, want := range map[int]error{404: ErrNotOffered, 410: ErrNotOffered, 403: nil, 500: nil, 503: nil} {
		s, dir := serve(t, content(1, size)), t.TempDir()
		s.status = status
		_, err := Puller{Dir: dir}.Pull(t.Context(), s.entry())
		if err == nil || !strings.Contains(err.Error(), fmt.Sprint(status)) || want != nil && !errors.Is(err, want) {
			t.Errorf("status %d: error %v", status, err)
		}
		s.expectRequests(t, "-")
	}
}

func TestNoServer(t *testing.T) {
	s, dir := serve(t, content(1, size)), t.TempDir()
	interrupted(t, s, dir, 100_000)
	kept := partialSize(t, dir)
	s.Close()
	_, err := Puller{Dir: dir}.Pull(t.Context(), s.entry())
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "check the network connection") {
		t.Errorf("error %v", err)
	}
	if partialSize(t, dir) != kept {
		t.Error("what was there is gone")
	}
}

func TestSilentServer(t *testing.T) {
	stop := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
	defer s.Close()
	defer close(stop)
	e, err := At("m", s.URL, hexSum(nil))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Puller{Dir: t.TempDir(), Stall: 50 * time.Millisecond}.Pull(t.Context(), e)
	if err == nil || !strings.Contains(err.Error(), "sent nothing for 50ms") {
		t.Errorf("error %v", err)
	}
}

func TestDiskTooSmall(t *testing.T) {
	s, dir := serve(t, content(1, size)), t.TempDir()
	p := Puller{Dir: dir, FreeSpace: func(string) (int64, error) { return spareBytes + size - 1, nil }}
	_, err := p.Pull(t.Context(), s.entry())
	if !errors.Is(err, ErrNoSpace) || !strings.Contains(err.Error(), DataVariable) || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v, want one that names the folder and how to choose another", err)
	}
	if n := partialSize(t, dir); n > 0 {
		t.Errorf("%d bytes were written", n)
	}
	p.FreeSpace = func(string) (int64, error) { return spareBytes + size, nil }
	if _, err := p.Pull(t.Context(), s.entry()); err != nil {
		t.Error(err)
	}
}

// TestDiskFull writes to a device that is always full.
func TestDiskFull(t *testing.T) {
	s, dir := serve(t, content(1, size)), t.TempDir()
	if err := os.Symlink("/dev/full", filepath.Join(dir, "m.gguf.partial")); err != nil {
		t.Fatal(err)
	}
	if _, err := (Puller{Dir: dir}).Pull(t.Context(), s.entry()); !errors.Is(err, ErrNoSpace) {
		t.Errorf("error %v, want ErrNoSpace", err)
	}
}

func TestTwoWriters(t *testing.T) {
	data, dir := content(1, size), t.TempDir()
	asked, answer := make(chan struct{}), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked) // a second request would panic
		<-answer
		_, _ = w.Write(data)
	}))
	defer s.Close()
	e, err := At("m", s.URL, hexSum(data))
	if err != nil {
		t.Fatal(err)
	}
	first := make(chan error)
	go func() {
		_, err := Puller{Dir: dir}.Pull(t.Context(), e)
		first <- err
	}()
	<-asked
	if _, err := (Puller{Dir: dir}).Pull(t.Context(), e); !errors.Is(err, ErrBusy) {
		t.Errorf("error of the second writer is %v, want ErrBusy", err)
	}
	close(answer)
	if err := <-first; err != nil {
		t.Error(err)
	}
	path, err := Puller{Dir: dir}.Pull(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	expectFile(t, dir, path, data)
}

func TestAddresses(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://example.org/m.gguf": true, "http://127.0.0.1:8/m": true, "http://localhost/m": true, "http://[::1]/m": true,
		"http://example.org/m.gguf": false, "http://localhost.example.org/": false, "ftp://example.org/m": false,
		"file:///etc/passwd": false, "m.gguf": false, "https:///m": false, "": false, "https://a b/": false,
	} {
		if _, err := At("m", address, hexSum(nil)); (err == nil) != ok {
			t.Errorf("%q: error %v, want one: %v", address, err, !ok)
		}
	}
	var s *httptest.Server
	s = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/loop" {
			http.Redirect(w, r, s.URL+"/loop", http.StatusFound)
			return
		}
		http.Redirect(w, r, "http://127.0.0.1:1/m", http.StatusFound)
	}))
	defer s.Close()
	for path, says := range map[string]string{"/m": "https to http", "/loop": "without end"} {
		e, err := At("m", s.URL+path, hexSum(nil))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (Puller{Dir: t.TempDir(), Client: s.Client()}).Pull(t.Context(), e); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v, want one that says %q", path, err, says)
		}
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	s, dir := serve(t, content(1, size)), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "models"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Puller{Dir: filepath.Join(dir, "models")}.Pull(t.Context(), s.entry())
	if err == nil || !strings.Contains(err.Error(), DataVariable) {
		t.Errorf("error %v, want one that names %s", err, DataVariable)
	}
}
