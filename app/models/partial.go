package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// partial is a file that is not complete, or not checked yet: its bytes in
// PATH.partial and, in PATH.partial.json, which file they are the beginning of.
type partial struct {
	file *os.File
	path string // of the finished file
	size int64  // bytes that are there
	note note
}

type note struct {
	SHA256 string `json:"sha256"` // of the whole file
	// Validator is the ETag or the date of the server's file, for If-Range.
	Validator string `json:"validator,omitempty"`
}

// openPartial opens what is there of the file with a checksum, or begins it.
func openPartial(path, sha256 string) (*partial, error) {
	f, err := os.OpenFile(path+".partial", os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	part := &partial{file: f, path: path, size: info.Size()}
	data, err := os.ReadFile(part.notePath())
	if err != nil || json.Unmarshal(data, &part.note) != nil || part.note.SHA256 != sha256 {
		// Bytes of unknown origin or of another file: none is worth keeping.
		part.note = note{SHA256: sha256}
		if err := part.restart(""); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return part, nil
}

func (p *partial) notePath() string { return p.path + ".partial.json" }

// restart drops all bytes and notes the validator of those that will follow.
func (p *partial) restart(validator string) error {
	if p.size > 0 {
		if err := p.file.Truncate(0); err != nil {
			return err
		}
		p.size = 0
	}
	p.note.Validator = validator
	data, err := json.Marshal(p.note)
	if err != nil {
		return err
	}
	return diskError(os.WriteFile(p.notePath(), data, 0o644))
}

// Write appends.
func (p *partial) Write(b []byte) (int, error) {
	n, err := p.file.WriteAt(b, p.size)
	p.size += int64(n)
	return n, diskError(err)
}

// diskError says what a full disk is.
func diskError(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w; free some, or let %s name a folder on another disk", ErrNoSpace, err, DataVariable)
	}
	return err
}

// finish gives the complete and checked file its name, so that it has it even
// if the power fails afterwards.
func (p *partial) finish() error {
	if err := p.file.Sync(); err != nil {
		return diskError(err)
	}
	if err := os.Rename(p.file.Name(), p.path); err != nil {
		return err
	}
	if err := os.Remove(p.notePath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir, err := os.Open(filepath.Dir(p.path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// discard removes all of it.
func (p *partial) discard() error {
	return errors.Join(os.Remove(p.file.Name()), os.Remove(p.notePath()))
}

func (p *partial) close() { _ = p.file.Close() } // finish has synced what counts
