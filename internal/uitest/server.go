package uitest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// startServer starts Xvfb and returns the display that it chose.
func startServer(t testing.TB, width, height int) string {
	t.Helper()
	path, err := exec.LookPath("Xvfb")
	if err != nil {
		t.Fatal("uitest: Xvfb is missing; install it (Debian and Ubuntu: apt-get install xvfb)")
	}
	logName := filepath.Join(t.TempDir(), "xvfb.log")
	logFile, err := os.Create(logName)
	if err != nil {
		t.Fatal(err)
	}
	defer logFile.Close()
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	// -r: no key repeats because a busy machine was late to release it.
	cmd := exec.Command(path, "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height),
		"-dpi", "96", "-nolisten", "tcp", "-noreset", "-r")
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = logFile, logFile, []*os.File{out}
	server, err := startProcess(cmd)
	out.Close()
	if err != nil {
		t.Fatalf("uitest: start Xvfb: %v", err)
	}
	t.Cleanup(server.end)

	in.SetReadDeadline(time.Now().Add(patience))
	// The whole line: Xvfb ends if nobody reads the rest.
	number, err := bufio.NewReader(in).ReadString('\n')
	if err != nil {
		said, _ := os.ReadFile(logName)
		t.Fatalf("uitest: Xvfb named no display: %v: %s", err, said)
	}
	return ":" + strings.TrimSpace(number)
}
