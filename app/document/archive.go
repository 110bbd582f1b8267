package document

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

const (
	// unpackFactor times Options.MaxBytes is how much an archive's entries may
	// unpack to, all together.
	unpackFactor = 2
	maxEntries   = 50_000
	// maxPart limits the parts of an archive that are not its text: lists of
	// contents, styles, metadata. Those of real files have less than 1 MiB.
	maxPart = 16 << 20
)

// errNoEntry is the error for an entry that an archive does not have.
var errNoEntry = errors.New("is missing in the archive")

// archive is a ZIP file in memory. Its entries are read by name into memory;
// none is written anywhere, so a name that climbs out of a folder is harmless.
type archive struct {
	files   map[string]*zip.File
	total   int64        // bytes that all reads together may unpack to
	left    int64        // of total
	stopped func() error // the error of a context
}

// openArchive reads the directory of a ZIP file. Limit is the number of bytes
// that may be unpacked of it, counted as they come and not as they are declared.
func openArchive(ctx context.Context, data []byte, limit int64) (*archive, error) {
	// Counted before the directory is read, which takes several times its size.
	if n := bytes.Count(data, []byte("PK\x01\x02")); n > maxEntries {
		return nil, fmt.Errorf("%w: %d entries in the archive, the limit is %d", ErrTooLarge, n, maxEntries)
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("%w: the archive cannot be opened (%w)", ErrCorrupt, err)
	}
	a := &archive{files: make(map[string]*zip.File, len(r.File)), total: limit, left: limit, stopped: ctx.Err}
	for _, f := range r.File {
		if _, twice := a.files[f.Name]; !twice {
			a.files[f.Name] = f
		}
	}
	return a, nil
}

// open unpacks the named entry as it is read. The error wraps errNoEntry,
// [ErrPassword] or [ErrCorrupt].
func (a *archive) open(name string) (io.ReadCloser, error) {
	f, ok := a.files[name]
	if !ok {
		return nil, fmt.Errorf("%w: %s %w", ErrCorrupt, name, errNoEntry)
	}
	if f.Flags&1 != 0 {
		return nil, fmt.Errorf("%w: %s opens with a password only; save the file without", ErrPassword, name)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrCorrupt, name, err)
	}
	return &entry{ReadCloser: r, archive: a, name: name}, nil
}

// read unpacks the named entry. What could be unpacked of a damaged one is
// returned beside the error.
func (a *archive) read(name string) ([]byte, error) {
	r, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// decode unpacks the named entry, an XML file, into v as [xml.Unmarshal] does.
func (a *archive) decode(name string, v any) error {
	r, err := a.open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	part := &io.LimitedReader{R: r, N: maxPart}
	if err := newXML(part).Decode(v); err != nil {
		if part.N <= 0 {
			return fmt.Errorf("%w: %s has more than %d MiB", ErrTooLarge, name, maxPart>>20)
		}
		return damaged(name, err)
	}
	return nil
}

// damaged says that the named entry is corrupt, unless err says so already or
// has another reason.
func damaged(name string, err error) error {
	for _, known := range []error{ErrCorrupt, ErrTooLarge, ErrPassword, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return err
		}
	}
	return fmt.Errorf("%w: %s: %w", ErrCorrupt, name, err)
}

// unreadable names the file that err is about, and the cure of a corrupt one.
func unreadable(path string, err error, cure string) error {
	if errors.Is(err, ErrCorrupt) {
		return fmt.Errorf("document: %s: %w; get a whole copy of the file, or %s", path, err, cure)
	}
	return fmt.Errorf("document: %s: %w", path, err)
}

// entry counts the bytes that are unpacked.
type entry struct {
	io.ReadCloser
	archive *archive
	name    string
}

func (e *entry) Read(p []byte) (int, error) {
	a := e.archive
	if err := a.stopped(); err != nil {
		return 0, err
	}
	n, err := e.ReadCloser.Read(p[:min(int64(len(p)), a.left+1)])
	if a.left -= int64(n); a.left < 0 {
		a.left = 0
		return 0, fmt.Errorf("%w: the archive's text unpacks to more than %.1f MiB; split the file",
			ErrTooLarge, float64(a.total)/(1<<20))
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%w: %s: %w", ErrCorrupt, e.name, err)
	}
	return n, err
}

// relations lists the parts of an Office file that a part refers to, by the
// last word of their type. The part "" is the file itself.
func (a *archive) relations(part string) (map[string]string, error) {
	dir, base := path.Split(part)
	var list struct {
		Relations []struct {
			Type   string `xml:"Type,attr"`
			Target string `xml:"Target,attr"`
			Mode   string `xml:"TargetMode,attr"`
		} `xml:"Relationship"`
	}
	if err := a.decode(dir+"_rels/"+base+".rels", &list); err != nil {
		if errors.Is(err, errNoEntry) {
			return nil, nil
		}
		return nil, err
	}
	targets := map[string]string{}
	for _, r := range list.Relations {
		target := strings.TrimPrefix(r.Target, "/")
		if target == r.Target {
			target = path.Join(dir, target)
		}
		if kind := path.Base(r.Type); r.Mode != "External" && targets[kind] == "" {
			targets[kind] = target
		}
	}
	return targets, nil
}
