package uitest

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"
)

// Command says which program to start, and how.
type Command struct {
	// Binary is the path of the program.
	Binary string
	Args   []string
	// Env holds variables as NAME=VALUE, after those that Start sets.
	Env []string
	// Home is the folder, by its absolute path, for everything that the
	// program keeps; it is made if it is not there. Empty is a new one that goes with the test. A program
	// that is started again in the same one finds what it left.
	Home string
}

// Program is a running program under test.
type Program struct {
	t       testing.TB
	display *Display
	process *process
	name    string
	log     string  // the file of its output
	first   *Window // the first that Window found
	over    bool    // its end was asked for or waited for
}

// Start starts a program on a display, in an environment of its own: no
// variable of the caller that could show it a session, a folder of settings or
// a language. Its output goes to a file, which is shown when the test fails. A
// program that is still running at the end of the test is killed; one that
// ended although nobody asked it to fails the test.
func Start(t testing.TB, d *Display, c Command) *Program {
	t.Helper()
	if c.Home == "" {
		c.Home = t.TempDir()
	}
	file, err := os.CreateTemp(t.TempDir(), "output")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := exec.Command(c.Binary, c.Args...)
	cmd.Stdout, cmd.Stderr = file, file
	cmd.Env = append(environment(t, d, c.Home), c.Env...)
	cmd.Dir = c.Home
	p := &Program{t: t, display: d, name: filepath.Base(c.Binary), log: file.Name()}
	if p.process, err = startProcess(cmd); err != nil {
		t.Fatalf("uitest: start %s: %v", c.Binary, err)
	}
	t.Cleanup(p.cleanUp)
	return p
}

// environment makes the folders of a home and returns the variables that a
// desktop session with this home and display would have.
func environment(t testing.TB, d *Display, home string) []string {
	t.Helper()
	env := []string{
		"HOME=" + home, "DISPLAY=" + d.Name, "XDG_SESSION_TYPE=x11", "LIBGL_ALWAYS_SOFTWARE=1",
		// The language is LANG; the type of characters is not, since X's
		// input of text needs a locale that every system has.
		"LANG=en_US.UTF-8", "LC_CTYPE=C.UTF-8",
		// A name where no session bus is, or one would be started.
		"DBUS_SESSION_BUS_ADDRESS=unix:path=" + filepath.Join(home, "no-bus"),
	}
	for variable, name := range map[string]string{
		"XDG_CONFIG_HOME": ".config", "XDG_DATA_HOME": ".local/share", "XDG_STATE_HOME": ".local/state",
		"XDG_CACHE_HOME": ".cache", "XDG_RUNTIME_DIR": "run", "TMPDIR": "tmp",
	} {
		dir := filepath.Join(home, name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		env = append(env, variable+"="+dir)
	}
	// What belongs to the machine: programs, libraries, drivers.
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if slices.Contains([]string{"PATH", "LD_LIBRARY_PATH", "XDG_DATA_DIRS", "GOCOVERDIR", "GORACE"}, name) ||
			strings.HasPrefix(name, "VK_") || strings.HasPrefix(name, "LP_") {
			env = append(env, v)
		}
	}
	return env
}

func (p *Program) cleanUp() {
	if p.t.Failed() {
		p.display.saveScreen(p.t, "failed-"+strings.ReplaceAll(p.t.Name(), "/", "-"))
	}
	byItself := !p.over && !p.process.running()
	if p.process.running() {
		p.process.kill()
	}
	if byItself {
		p.t.Errorf("uitest: %s ended by itself: %v", p.name, p.process.cmd.ProcessState)
	}
	if p.t.Failed() {
		p.t.Logf("uitest: output of %s:\n%s", p.name, p.Output())
	}
}

// Output is what the program has written so far to its standard output and
// standard error.
func (p *Program) Output() string {
	p.t.Helper()
	text, err := os.ReadFile(p.log)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// WaitOutput waits until the program has written what matches the regular
// expression, and returns the match with its groups.
func (p *Program) WaitOutput(pattern string) []string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		running := p.process.running()
		if match := re.FindStringSubmatch(p.Output()); match != nil {
			return match
		}
		if !running {
			break
		}
	}
	p.t.Fatalf("uitest: %s never wrote %q", p.name, pattern)
	return nil
}

// Kill ends the program at once (SIGKILL), as a power cut would.
func (p *Program) Kill() {
	p.over = true
	p.process.kill()
}

// Quit presses the close button of the first window that Window found, waits
// until the program has ended, and returns its exit status.
func (p *Program) Quit() int {
	p.t.Helper()
	if p.first == nil {
		p.t.Fatalf("uitest: quit %s: find its window first", p.name)
	}
	p.first.Close()
	return p.Wait()
}

// Wait waits until the program has ended and returns its exit status, -1 if a
// signal ended it.
func (p *Program) Wait() int {
	p.t.Helper()
	p.over = true
	select {
	case <-p.process.ended:
	case <-time.After(patience):
		p.t.Fatalf("uitest: %s does not end", p.name)
	}
	return p.process.cmd.ProcessState.ExitCode()
}

// Window waits for a window of the program on the screen whose title matches
// the regular expression, raises it and gives it the keyboard.
func (p *Program) Window(pattern string) *Window {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	for end := time.Now().Add(patience); time.Now().Before(end) && p.process.running(); time.Sleep(10 * time.Millisecond) {
		for _, w := range p.mapped() {
			if !re.MatchString(w.Title()) {
				continue
			}
			if p.first == nil {
				p.first = w
			}
			w.Activate()
			w.Ping()
			return w
		}
	}
	p.t.Fatalf("uitest: %s shows no window with a title like %q", p.name, pattern)
	return nil
}

// mapped returns the windows of the program that are on the screen.
func (p *Program) mapped() []*Window {
	p.t.Helper()
	tree, err := xproto.QueryTree(p.display.conn, p.display.root).Reply()
	if err != nil {
		p.t.Fatalf("uitest: list windows: %v", err)
	}
	var found []*Window
	for _, id := range tree.Children {
		w := &Window{program: p, display: p.display, id: id}
		pid := p.display.property(id, "_NET_WM_PID")
		if len(pid) == 4 && int(binary.LittleEndian.Uint32(pid)) == p.process.cmd.Process.Pid && w.Shown() {
			found = append(found, w)
		}
	}
	return found
}
