package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// expectInterrupt sends a signal and checks that the process says so in time, ends and
// says no more. How long the system takes to end it is not asked: threads of Mesa that
// write its cache have the lowest priority, and where other programs use all cores they
// come to their end seconds after the others.
func expectInterrupt(t *testing.T, sig os.Signal, says string, ready func(), args ...string) {
	t.Helper()
	cmd := program(t, args...)
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready()
	sent := time.Now()
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	stderr := bufio.NewReader(pipe)
	line, err := stderr.ReadString('\n')
	if took := time.Since(sent); err != nil || took > time.Second {
		t.Errorf("%v: a line after %v (%v), want one within a second", sig, took, err)
	}
	rest, err := io.ReadAll(stderr)
	if err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // the exit code tells
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("%v: code %d, want 1", sig, code)
	}
	if got := line + string(rest); got != "foveactl: "+says+"\n" {
		t.Errorf("%v: the program says %q, want %q", sig, got, says)
	}
}

// TestInterruptStuck interrupts a command in a call that does not return: it
// reads a pipe into which nobody writes.
func TestInterruptStuck(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		pipe := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Fatal(err)
		}
		expectInterrupt(t, sig, "interrupted", func() {
			f, err := os.OpenFile(pipe, os.O_WRONLY, 0) // waits for the reader
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = f.Close() })
		}, "tokenize", "--text-file", pipe)
	}
}

func TestInterruptPull(t *testing.T) {
	data := strings.Repeat("0123456789", 100_000)
	const head, whole = 400_000, 1_000_000
	asked := make(chan string, 2)
	url := answer(t, func(conn net.Conn, _, from string) {
		asked <- from
		if from == "" {
			// The rest never comes.
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: %d\r\n\r\n%s", whole, data[:head])
			_, _ = conn.Read(make([]byte, 1)) // the client goes
			return
		}
		fmt.Fprintf(conn, "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %d-%d/%d\r\nContent-Length: %d\r\n\r\n%s",
			head, whole-1, whole, whole-head, data[head:])
	})
	dir := t.TempDir()
	t.Setenv("FOVEA_DATA", dir)
	part := filepath.Join(dir, "models", "m.gguf.partial")
	args := []string{"pull", "m", "--url", url, "--sha256", fmt.Sprintf("%x", sha256.Sum256([]byte(data)))}
	expectInterrupt(t, os.Interrupt, "interrupted; the same command continues the download", func() {
		<-asked
		for range 500 {
			if info, err := os.Stat(part); err == nil && info.Size() == head {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Error("the first part was not written")
	}, args...)
	out := succeed(t, "", args...)
	if want := filepath.Join(dir, "models", "m.gguf") + "\n"; out != want {
		t.Errorf("output %q, want %q", out, want)
	}
	if got := <-asked; got != "bytes=400000-" {
		t.Errorf("the second call asked for %q", got)
	}
}
