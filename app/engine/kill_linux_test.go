package engine

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"fovea/gpu/reference"
	"fovea/internal/testutil"
	"fovea/internal/tinymodel"
	"fovea/model/actqkv"
)

// childVariable tells a process of this test binary that it is a child, and
// which one; its argument is a folder with a model.
const childVariable = "FOVEA_ENGINE_TEST_CHILD"

var kills = flag.Int("kills", 200, "how often TestKillWhileReading kills")

func TestMain(m *testing.M) {
	children := map[string]func(dir string) error{"kill": readUntilKilled, "full": readUntilFull}
	name := os.Getenv(childVariable)
	if name == "" {
		os.Exit(m.Run())
	}
	if err := children[name](os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// tinyFolder is a folder with a model.
func tinyFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Rename(tinymodel.Write(t, tinymodel.Default()), filepath.Join(dir, "tiny.gguf")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// desk is an engine on a device without a driver, and a book to read.
type desk struct {
	*Engine
	options ConversationOptions
}

func newDesk(dir string, snapshots *Snapshots) (*desk, error) {
	e, err := OpenOn(context.Background(), reference.New(8), filepath.Join(dir, "tiny.gguf"))
	if err != nil {
		return nil, err
	}
	s, err := actqkv.New(actqkv.ActQKV, "fovea")
	s.BlockSize, s.Init, s.Local, s.Window = 4, 4, 24, 16
	s.SetTopK(3)
	return &desk{e, ConversationOptions{Settings: s, Snapshots: snapshots}}, err
}

// readUntilKilled reads a book, with a checkpoint after each window, and answers a
// question somewhere in the middle. It tells of each window in a line: the
// position. When it is through, it tells of "end", deletes what it kept, and
// begins anew.
func readUntilKilled(dir string) error {
	l, err := OpenSnapshots(filepath.Join(dir, "snapshots"))
	if err != nil {
		return err
	}
	l.Every, l.Reserve, l.Notice = 0, 1, func(err error) { fmt.Fprintln(os.Stderr, err) }
	d, err := newDesk(dir, l)
	if err != nil {
		return err
	}
	doc, err := parseBook("book", 16)
	if err != nil {
		return err
	}
	for {
		c := d.NewConversation(d.options, doc)
		ctx, cancel := context.WithCancel(context.Background())
		pause := 1 + rand.IntN(12) // windows
		err := c.Read(ctx, func(Reading) {
			fmt.Println(c.Pos())
			if pause--; pause <= 0 && c.CanCut() {
				cancel()
			}
		})
		if errors.Is(err, context.Canceled) {
			if err = askAside(c); err == nil {
				err = c.Read(context.Background(), func(Reading) { fmt.Println(c.Pos()) })
			}
		}
		cancel()
		if err != nil {
			return err
		}
		c.Close()
		fmt.Println("end")
		all, err := l.List()
		if err != nil {
			return err
		}
		for _, k := range all {
			if err := l.Delete(k.Name); err != nil {
				return err
			}
		}
	}
}

// askAside asks a question about what was read so far and goes back.
func askAside(c *Conversation) error {
	m, err := c.Mark(context.Background())
	if err != nil {
		return err
	}
	defer m.Free()
	if err := c.Cut(); err != nil {
		return err
	}
	c.Sample(c.options.Sampling, 2)
	if _, err := c.Ask(context.Background(), "What?", Listener{}); err != nil {
		return err
	}
	return c.Return(context.Background(), m)
}

// TestKillWhileReading kills a program that reads, at random moments: half of
// them while it reads, half at any time since its start. Each time what it told
// to have kept must be there, and a conversation that goes on from there must
// come to the bit to the logits of one that was not interrupted.
func TestKillWhileReading(t *testing.T) {
	dir := tinyFolder(t)
	d, err := newDesk(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	whole := conversation(t, d.Engine, d.options, book(t, "book", 16))
	want := logits(t, whole)
	tokens := whole.Pos()
	whole.Close()

	began := time.Now()
	killOnce(t, dir, true, 0)
	start := time.Since(began) // how long it takes to its first checkpoint
	told, continued, fresh, complete, through := 0, 0, 0, 0, 0
	for i := range *kills {
		while, moments := i%2 == 0, 400*time.Millisecond
		if !while {
			moments = 2 * start
		}
		for _, line := range killOnce(t, dir, while, rand.N(moments)) {
			if told, err = strconv.Atoi(line); err != nil {
				told = 0 // it deletes what it kept
				through++
			}
		}
		restored := d.goOn(t, dir, want)
		switch {
		case restored < told:
			t.Errorf("kill %d: %d tokens were told to be kept, %d were restored", i, told, restored)
		case restored > told+16 && told > 0:
			t.Errorf("kill %d: %d tokens were restored, %d were told of", i, restored, told)
		case restored == tokens-4:
			complete++
		case restored > 0:
			continued++
		default:
			fresh++
		}
		if t.Failed() {
			return
		}
		told = restored
	}
	t.Logf("reading went on in the middle %d times, at the end %d times, from the beginning %d times; it was through %d times", continued, complete, fresh, through)
	if continued < *kills/2 {
		t.Errorf("of %d kills only %d were in the middle of the reading", *kills, continued)
	}
}

// goOn restores a copy of what is kept in a folder, reads to the end, requires
// the logits, and returns how many tokens were restored.
func (d *desk) goOn(t *testing.T, dir string, want []float32) int {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copied, os.DirFS(filepath.Join(dir, "snapshots"))); err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(copied)
	l, err := OpenSnapshots(copied)
	if err != nil {
		t.Fatal(err)
	}
	l.Reserve, l.Notice = 1, func(err error) { t.Errorf("told of %v", err) }
	o := d.options
	o.Snapshots = l
	c := d.NewConversation(o, book(t, "book", 16))
	defer c.Close()
	if got := logits(t, c); !slices.Equal(got, want) {
		t.Errorf("the logits differ from those of an uninterrupted reading, %d tokens were restored", c.Restored())
	}
	return c.Restored()
}

// logits reads what c has to read and returns the logits of four tokens behind it.
func logits(t *testing.T, c *Conversation) (all []float32) {
	t.Helper()
	readAll(t, c)
	for _, id := range []int32{65, 66, 67, 68} {
		l, _, err := c.session.Step(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, l...)
	}
	return all
}

// killOnce has a child read in dir, kills it, requires that it had told of
// nothing wrong, and returns its lines; see [testutil.KillOnce].
func killOnce(t *testing.T, dir string, while bool, after time.Duration) []string {
	t.Helper()
	lines, problems := testutil.KillOnce(t, testutil.Child(childVariable, "kill", dir), while, after)
	if problems != "" {
		t.Errorf("the program told of %s", problems)
	}
	return lines
}
