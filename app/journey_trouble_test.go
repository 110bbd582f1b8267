package app_test

import (
	"image"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"fovea/internal/uicheck"
	"fovea/internal/uitest"
)

// TestNoDataFolder starts the program where its data folder cannot be made,
// which root cannot do either: below a file.
func TestNoDataFolder(t *testing.T) {
	home := t.TempDir()
	file := filepath.Join(home, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	j := &journey{
		T: t, home: home, data: filepath.Join(file, "data"), display: uitest.StartDisplay(t, 800, 600),
		pictures: map[string][]uicheck.Picture{},
	}
	j.start()
	j.window.WaitStill()
	j.see("Fovea cannot start", window)
	j.see("the data folder cannot be made", window)
	j.window.Save("no-data-folder")
	j.click("Quit", window)
	if code := j.program.Wait(); code != 1 {
		t.Errorf("exit status %d", code)
	}
	if said := j.program.Output(); !strings.Contains(said, file) || !strings.Contains(said, "FOVEA_DATA") {
		t.Errorf("the program said %q, which lacks the folder or the cure", said)
	}
}

// dialogs is where dialogs are. The status line, which is below, may tell of
// what could not be kept as well, and stays.
var dialogs = image.Rect(250, 200, 1030, 600)

// TestDiskFull limits how large files may become, which the system enforces
// like the end of a disk, while the program runs.
func TestDiskFull(t *testing.T) {
	j := newJourney(t, true)
	// A shell tells the number of the process that then is the program.
	c := j.command()
	c.Binary, c.Args = "/bin/sh", []string{"-c", `echo "process $$"; exec "$0"`, binary}
	j.program = uitest.Start(t, j.display, c)
	pid, err := strconv.Atoi(j.program.WaitOutput(`process (\d+)`)[1])
	j.must(err)
	j.window = j.program.Window("Fovea")
	j.place()
	j.ask("Say hello.")
	m := j.answered()
	kept := j.branch()
	send := j.see("Send", middle)
	draft := image.Pt(send.Min.X-100, send.Min.Y+5)

	var room unix.Rlimit
	j.must(unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &room))
	none := room
	none.Cur = 4096
	j.must(unix.Prlimit(pid, unix.RLIMIT_FSIZE, &none, nil))
	const question = "This question does not fit on the disk"
	j.click("Ask a question", middle)
	j.window.Type(question)
	j.window.Key("enter")
	j.see("The disk is full", dialogs)
	j.window.Save("disk-full")
	j.until("the draft is copied", func() bool {
		if len(j.look("The disk is full", dialogs)) > 0 {
			j.window.Key("escape")
			return false
		}
		j.window.Click(draft.X, draft.Y)
		j.window.Key("ctrl+a")
		j.window.Key("ctrl+c")
		text, err := j.display.Clipboard()
		return err == nil && text == question
	})
	if last := j.last(); last.ID != m.ID {
		t.Errorf("the disk was full, but there is the message %+v", last)
	}

	j.must(unix.Prlimit(pid, unix.RLIMIT_FSIZE, &room, nil))
	j.until("the question is sent", func() bool {
		if len(j.look("The disk is full", dialogs)) > 0 {
			j.window.Key("escape")
			return false
		}
		if len(j.look("Send", middle)) > 0 {
			j.click("Send", middle)
		}
		b := j.branch()
		return len(b) == 4 && b[2].Content == question
	})
	j.answered()
	if code := j.program.Quit(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	j.check(kept...)
}
