package testutil

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Child is the running test binary once more, as a process in which an
// environment variable has a value. The package's TestMain looks at it.
func Child(variable, value string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), variable+"="+value)
	return cmd
}

// KillOnce starts a child, kills it after some time, and returns the whole lines
// that it had written to its output, and what it had written to its errors. With
// while the time counts from its first line, else from its start. A child that
// ends by itself fails the test.
func KillOnce(t *testing.T, cmd *exec.Cmd, while bool, after time.Duration) (lines []string, problems string) {
	t.Helper()
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(time.Hour, func() { cmd.Process.Kill() })
	defer kill.Stop()
	if !while {
		kill.Reset(after)
	}
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			break // a line that was cut off tells of nothing
		}
		if lines = append(lines, strings.TrimSuffix(line, "\n")); while && len(lines) == 1 {
			kill.Reset(after)
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Errorf("the program ended by itself: %v\n%s", err, errs.Bytes())
	}
	return lines, errs.String()
}
