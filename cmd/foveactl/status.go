package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// status shows how far a command is: on a terminal in one line that changes,
// elsewhere in a line every few seconds.
type status struct {
	w     io.Writer
	fd    int // of the terminal; -1: none
	told  time.Time
	shown bool
}

func newStatus(w io.Writer) *status {
	s := &status{w: w, fd: -1, told: time.Now()}
	if isTerminal(w) {
		s.fd = int(w.(*os.File).Fd())
	}
	return s
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// quiet is the time between two lines where there is no terminal.
var quiet = 5 * time.Second

// set shows text, which has no line breaks.
func (s *status) set(text string) {
	if s.fd < 0 {
		if now := time.Now(); now.Sub(s.told) >= quiet {
			s.told = now
			fmt.Fprintln(s.w, text)
		}
		return
	}
	// A line that wraps could not be taken back.
	if width, _, err := term.GetSize(s.fd); err == nil && width > 1 {
		if r := []rune(text); len(r) >= width {
			text = string(r[:width-1])
		}
	}
	fmt.Fprint(s.w, "\r\x1b[K"+text)
	s.shown = true
}

// clear takes the line away, so that something else can be written.
func (s *status) clear() {
	if s.shown {
		fmt.Fprint(s.w, "\r\x1b[K")
		s.shown = false
	}
}
