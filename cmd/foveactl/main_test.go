package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// mainVariable makes the test binary the program itself, for what only a
// process can show.
const mainVariable = "FOVEACTL_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainVariable) != "" {
		main()
	}
	quiet = time.Hour // however slow the machine, tests see the same lines
	os.Exit(m.Run())
}

// program is foveactl as a process of its own.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), mainVariable+"=1")
	return cmd
}

// foveactl runs a command line in this process.
func foveactl(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(stdin), &out, &errs)
	return out.String(), errs.String(), code
}

// succeed runs a command line that must not fail.
func succeed(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	out, errs, code := foveactl(t, stdin, args...)
	if code != 0 || errs != "" {
		t.Fatalf("foveactl %q: code %d, %s", args, code, errs)
	}
	return out
}

// fail runs a command line that must fail, in one line that says something.
func fail(t *testing.T, says string, args ...string) {
	t.Helper()
	_, errs, code := foveactl(t, "", args...)
	expectFailure(t, args, errs, code, says)
}

func expectFailure(t *testing.T, args []string, errs string, code int, says string) {
	t.Helper()
	if code != 1 || !strings.HasPrefix(errs, "foveactl: ") || strings.Count(errs, "\n") != 1 || !strings.Contains(errs, says) {
		t.Errorf("foveactl %q: code %d, %q; want code 1 and one line that says %q", args, code, errs, says)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{}, {"nonsense"}, {"devices", "--nonsense"}, {"inspect"}, {"tokenize"}, {"inspect", "a", "b"}} {
		fail(t, "foveactl --help", args...)
	}
	if out := succeed(t, "", "--help"); !strings.Contains(out, "inspect") || !strings.Contains(out, "pull") {
		t.Errorf("help is %q", out)
	}
	for _, name := range []string{"inspect", "devices", "pull", "tokenize"} {
		if out := succeed(t, "", name, "--help"); !strings.Contains(out, "Usage: foveactl "+name) {
			t.Errorf("help of %s is %q", name, out)
		}
	}
	if out := succeed(t, "", "--version"); !strings.HasPrefix(out, "foveactl ") || !strings.Contains(out, "go1.") {
		t.Errorf("version is %q", out)
	}
}

// TestFullDisk writes results to a device that is always full.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	t.Setenv("FOVEA_DATA", t.TempDir())
	for _, args := range [][]string{{"pull"}, {"--help"}} {
		var errs bytes.Buffer
		code := run(t.Context(), args, nil, full, &errs)
		expectFailure(t, args, errs.String(), code, "no space left")
	}
}

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"a": "a", "a\nb": "a; b", "a:\n  b\n  c\n": "a: b; c", "\n a \n\n b": "a; b", "a\x1b[31mb\tc": "a\ufffd[31mb\ufffdc", "": "",
	} {
		if got := oneLine(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// TestNoHome starts the program as a container may.
func TestNoHome(t *testing.T) {
	cmd := program(t, "pull", "nonsense")
	cmd.Env = []string{mainVariable + "=1"}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "smollm2-135m") {
		t.Errorf("error %v, %s", err, out)
	}
	cmd = program(t, "tokenize", "--text-file", os.DevNull)
	cmd.Env = []string{mainVariable + "=1", "XDG_DATA_HOME=" + filepath.Join(t.TempDir(), "none")}
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "foveactl pull smollm2-135m") {
		t.Errorf("error %v, %s; want the command that fetches the default model", err, out)
	}
}
