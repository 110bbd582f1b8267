package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// errInterrupted is what the user hears who stopped the program.
var errInterrupted = errors.New("interrupted")

// patience is how long an interrupted command may take to end by itself.
const patience = 500 * time.Millisecond

// interruptible returns a context that Ctrl-C and SIGTERM end. If the command
// does not end soon after, as when it waits for a device, the process does.
func interruptible() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		select {
		case <-signals:
		case <-time.After(patience):
		}
		if isTerminal(os.Stderr) {
			fmt.Fprintln(os.Stderr) // the cursor is behind what the command wrote
		}
		os.Exit(report(os.Stderr, errInterrupted))
	}()
	return ctx
}

// report says what went wrong, in one line, and returns the exit code.
func report(w io.Writer, err error) int {
	if errors.Is(err, context.Canceled) && !errors.Is(err, errInterrupted) {
		err = errInterrupted
	}
	fmt.Fprintln(w, "foveactl: "+oneLine(err.Error()))
	return 1
}

// oneLine joins the lines of a text, and takes out what could steer a terminal.
func oneLine(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		switch so := b.String(); {
		case line == "" || so == "":
		case strings.HasSuffix(so, ":") || strings.HasSuffix(so, ";"):
			b.WriteString(" ")
		default:
			b.WriteString("; ")
		}
		b.WriteString(line)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return unicode.ReplacementChar
		}
		return r
	}, b.String())
}
