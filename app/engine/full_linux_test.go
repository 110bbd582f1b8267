package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"

	"fovea/internal/testutil"
)

// TestFull limits how large files may become, which the system enforces like
// the end of a disk. What is read is then not kept any further, which is told
// once; the reading and the answer go on, and what was kept before can be used.
func TestFull(t *testing.T) {
	if out, err := testutil.Child(childVariable, "full", tinyFolder(t)).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func readUntilFull(dir string) error {
	ctx := context.Background()
	l, err := OpenSnapshots(filepath.Join(dir, "snapshots"))
	if err != nil {
		return err
	}
	var told []error
	l.Every, l.Reserve, l.Notice = 0, 1, func(err error) { told = append(told, err) }
	d, err := newDesk(dir, l)
	if err != nil {
		return err
	}
	defer d.Close()
	doc, err := parseBook("book", 16)
	if err != nil {
		return err
	}
	answer := func(o ConversationOptions) (string, int, error) {
		o.MaxTokens = 8
		c := d.NewConversation(o, doc)
		defer c.Close()
		a, err := c.Ask(ctx, "What?", Listener{})
		if err != nil {
			return "", 0, err
		}
		return a.Text, c.Restored(), nil
	}
	plain := d.options
	plain.Snapshots = nil
	want, _, err := answer(plain)
	if err != nil {
		return err
	}

	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	for _, bytes := range []uint64{1000, 100_000} { // before the first checkpoint, and in the middle
		full := limit
		full.Cur = bytes
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
			return err
		}
		text, _, err := answer(d.options)
		if err != nil || text != want {
			return fmt.Errorf("with %d bytes: answered %q, want %q: %w", bytes, text, want, err)
		}
		if len(told) != 1 || !errors.Is(told[0], ErrNotKept) || !errors.Is(told[0], syscall.EFBIG) {
			return fmt.Errorf("with %d bytes: told of %v", bytes, told)
		}
		told = nil
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
	}
	kept, err := l.List()
	if err != nil || len(kept) != 1 || kept[0].Read == 0 || kept[0].Read >= kept[0].Tokens {
		return fmt.Errorf("kept %+v: %w", kept, err)
	}
	text, restored, err := answer(d.options)
	if err != nil || text != want || restored != kept[0].Read || len(told) > 0 {
		return fmt.Errorf("answered %q with %d tokens restored, want %q with %d; told of %v: %w", text, restored, want, kept[0].Read, told, err)
	}
	return nil
}
