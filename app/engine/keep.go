package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"fovea/app/document"
	"fovea/model"
)

// What a Snapshots tells of, with the reasons.
var (
	ErrReadAgain = errors.New("the document is read again")
	ErrNotKept   = errors.New("what is read is not kept")

	ErrSnapshotDamaged  = model.ErrSnapshotDamaged
	ErrSnapshotFormat   = model.ErrSnapshotFormat
	ErrSnapshotModel    = model.ErrSnapshotModel
	ErrSnapshotSettings = model.ErrSnapshotSettings
)

// part is a document before the first question, with what the template has
// before it. What a session has read at its end follows from the parts alone, as
// they are read one after the other, so a snapshot of it serves every
// conversation that begins with them.
type part struct {
	end    int    // position behind it
	text   string // model.TextID
	note   note
	joined bool // it was taken as it was read alone
}

// addPart notes that what is pending ends with document number doc.
func (c *Conversation) addPart(number int, d *document.Document) {
	if c.asked() || c.answered() {
		return
	}
	p, before := part{end: len(c.places) + len(c.pending)}, part{}
	if n := len(c.parts); n > 0 {
		before = c.parts[n-1]
	}
	n := p.end - before.end
	if n > len(c.pending) {
		return // something was read before there was a document, in windows of its own
	}
	p.text = model.TextID(before.text, idsOf(c.pending[len(c.pending)-n:]))
	p.note = note{Title: d.Title, Before: number, Model: c.engine.Name, Content: contentOf(before.note.Content, d)}
	c.parts = append(c.parts, p)
}

// contentOf names documents by their text: those before d by their name, "" for
// none.
func contentOf(before string, d *document.Document) string {
	sum := sha256.Sum256([]byte(before + d.Text()))
	return hex.EncodeToString(sum[:16])
}

// reading says whether documents before the first question are yet to be read.
func (c *Conversation) reading() bool {
	n := len(c.parts)
	return n > 0 && len(c.places) < c.parts[n-1].end
}

// keeps says whether the conversation keeps what it reads, and may use what was
// kept.
func (c *Conversation) keeps() bool {
	s := c.options.Snapshots
	return s != nil && c.options.Question == "" && s.Limit() > 0
}

// origin is that of a session with the conversation's settings.
func (c *Conversation) origin() model.Origin {
	return model.Origin{Format: model.SnapshotFormat, Model: c.engine.content, KV: c.options.KV.String(), Settings: c.options.Settings.Reading()}
}

// Snapshots are the names of those that keep what the conversation read: one for
// each of the first documents.
func (c *Conversation) Snapshots() []string {
	if c.keeper == nil {
		return nil
	}
	return slices.Clone(c.keeper.names)
}

// keeper writes the snapshots of a conversation.
type keeper struct {
	all    *Snapshots
	origin model.Origin  // of what was read; its settings are those it began with
	kept   []*model.Base // of the parts that were read and kept, the first ones
	names  []string      // of their snapshots, and of the one being written
	writer *model.SnapshotWriter
	lock   *flock.Flock
	last   time.Time // of the last checkpoint
}

// begin begins the snapshot of the part that is read next, number i.
func (k *keeper) begin(s *model.Session, i int, p part) {
	if k == nil || k.writer != nil || len(k.kept) != i || s.Settings().Reading() != k.origin.Settings || k.all.Limit() <= 0 {
		return
	}
	raw, err := json.Marshal(p.note)
	if err != nil {
		panic(err) // numbers and texts
	}
	head := model.Snapshot{Origin: k.origin, Text: p.text, Tokens: p.end, Note: raw}
	if i > 0 {
		head.Base = k.kept[i-1]
		if base, err := model.ReadSnapshot(k.all.folder(head.Base.Name)); err != nil || base.RowsSum != head.Base.Sum {
			return // it was deleted meanwhile
		}
	}
	name := nameOf(k.origin, p.text)
	k.open(name, p.note.Title, func(dir string) (*model.SnapshotWriter, error) { return model.CreateSnapshot(dir, head) })
}

// open begins to write a snapshot, unless another program writes it.
func (k *keeper) open(name, title string, open func(dir string) (*model.SnapshotWriter, error)) {
	dir := k.all.folder(name)
	lock, err := lockFolder(dir)
	if err == nil {
		if k.writer, err = open(dir); err != nil {
			_ = lock.Unlock() // nothing was written
		}
	}
	if err != nil {
		k.all.tell(fmt.Errorf("%w: %s: %w", ErrNotKept, title, err))
		return
	}
	k.lock, k.last = lock, time.Now()
	k.names = append(k.names, name)
}

// checkpoint writes what was read, where it is time to, or at the end of a part.
func (k *keeper) checkpoint(s *model.Session, p part, end bool) {
	if k == nil || k.writer == nil || !end && time.Since(k.last) < k.all.Every {
		return
	}
	err := k.all.room(k.writer.Need(s), k.names)
	if err == nil {
		err = k.writer.Checkpoint(s)
	}
	k.last = time.Now()
	name := k.names[len(k.names)-1]
	if err != nil {
		nothing := len(k.writer.Head().Parts) == 0
		k.stop()
		if nothing {
			err = errors.Join(err, k.all.Delete(name))
		}
		if !errors.Is(err, fs.ErrNotExist) { // a person deleted it meanwhile
			k.all.tell(fmt.Errorf("%w: %s: %w", ErrNotKept, p.note.Title, err))
		}
		return
	}
	if end {
		k.kept = append(k.kept, k.writer.Head().AsBase(name))
		k.stop()
	}
}

// stop ends the writing; what was written stays.
func (k *keeper) stop() {
	if k == nil || k.writer == nil {
		return
	}
	_ = k.writer.Close() // it is on the disk since the last checkpoint
	_ = k.lock.Unlock()
	k.writer, k.lock = nil, nil
}

// back takes the keeper back to a position between or in the parts, without
// deleting anything. What is being written goes on where nothing of it is behind
// the position.
func (k *keeper) back(parts []part, pos int) {
	if k == nil {
		return
	}
	whole := 0
	for whole < len(parts) && parts[whole].end <= pos {
		whole++
	}
	if k.writer != nil {
		head := k.writer.Head()
		if len(k.kept) == whole && whole < len(parts) && head.Text == parts[whole].text && head.Pos() <= pos {
			return
		}
	}
	k.stop()
	k.kept = k.kept[:min(len(k.kept), whole)]
	k.names = k.names[:min(len(k.names), len(k.kept))]
}

func lockFolder(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	l := flock.New(filepath.Join(dir, lockFile))
	mine, err := l.TryLock()
	if err != nil {
		return nil, err
	}
	if !mine {
		return nil, errors.New("another program keeps it just now")
	}
	return l, nil
}
