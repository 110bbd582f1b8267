package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fovea/app/models"
)

// answer serves HTTP on this machine, with a connection for each request: reply
// gets the path and the Range header and writes the whole answer. The program
// itself may not import net/http, see internal/archtest.
func answer(t *testing.T, reply func(conn net.Conn, path, from string)) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // the test is over
			}
			go func() {
				defer conn.Close()
				r := textproto.NewReader(bufio.NewReader(conn))
				line, _ := r.ReadLine()
				header, err := r.ReadMIMEHeader()
				if _, path, ok := strings.Cut(line, " "); ok && err == nil {
					path, _, _ = strings.Cut(path, " ")
					reply(conn, path, header.Get("Range"))
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestPull(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FOVEA_DATA", dir)
	url := answer(t, func(conn net.Conn, path, _ string) {
		status := "200 OK"
		if path == "/gone" {
			status = "404 Not Found"
		}
		fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Length: 7\r\nConnection: close\r\n\r\na model", status)
	})
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte("a model")))
	out := succeed(t, "", "pull", "mine", "--url", url+"/x", "--sha256", sum)
	path := filepath.Join(dir, "models", "mine.gguf")
	if got, err := os.ReadFile(path); err != nil || string(got) != "a model" || out != path+"\n" {
		t.Errorf("output %q, file %q, error %v", out, got, err)
	}
	fail(t, "404", "pull", "other", "--url", url+"/gone", "--sha256", sum)
	fail(t, "wrong checksum", "pull", "other", "--url", url+"/x", "--sha256", strings.Repeat("0", 64))
	fail(t, "only https", "pull", "other", "--url", "http://example.org/x", "--sha256", sum)
	fail(t, "checksum is needed", "pull", "other", "--url", url+"/x")
	fail(t, "another file another name", "pull", "smollm2-135m", "--url", url+"/x", "--sha256", sum)
	fail(t, "instead of 98362432", "pull", "smollm2-135m", "--url", url+"/x")
	fail(t, "needs --url", "pull", "smollm2-135m", "--sha256", sum)
	fail(t, "need a name", "pull", "--url", url)
	fail(t, "smollm2-135m", "pull", "nonsense")
	fail(t, "cannot be a model's name", "pull", "../other", "--url", url+"/x", "--sha256", sum)
	// Nobody listens at port 1.
	fail(t, "check the network connection", "pull", "other", "--url", "http://127.0.0.1:1/x", "--sha256", sum)
}

func TestListCatalogue(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FOVEA_DATA", dir)
	if out := succeed(t, "", "pull"); !strings.Contains(out, "smollm2-135m") || !strings.Contains(out, "Apache-2.0") || !strings.Contains(out, "not fetched") {
		t.Errorf("catalogue is %q", out)
	}
	e := models.Catalogue()[0]
	path := filepath.Join(dir, "models", e.File)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, e.Size); err != nil {
		t.Fatal(err)
	}
	if out := succeed(t, "", "pull"); !strings.Contains(out, path) {
		t.Errorf("catalogue is %q, want one with %s", out, path)
	}
}

func TestProgressText(t *testing.T) {
	for want, p := range map[string]models.Progress{
		"looking up":            {Stage: models.LookingUp},
		"downloading 1.5 MB":    {Stage: models.Downloading, Done: 1_500_000},
		"checking 0 B of 98 MB": {Stage: models.Checking, Total: 98_000_000},
		"downloading 1.0 MB of 98 MB, 500 kB/s, 3m14s left": {
			Stage: models.Downloading, Done: 1_000_000, Total: 98_000_000, PerSecond: 5e5, Left: 194*time.Second + 300*time.Millisecond,
		},
	} {
		if got := progressText(p); got != want {
			t.Errorf("%+v is %q, want %q", p, got, want)
		}
	}
}
