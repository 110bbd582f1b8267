package model

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"fovea/model/kvcache"
)

// The files of a snapshot, in its folder.
const (
	rowsFile  = "rows"
	stateFile = "state"
	newState  = "state.new"
)

const (
	snapshotMagic = "FoveaKV\n"
	headBytes     = int64(len(snapshotMagic) + 8) // magic, length and CRC-32C of the head
	maxHead       = 16 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ReadSnapshot reads the head of the snapshot in a folder and checks that the
// files have what it tells of. An error is an ErrSnapshotDamaged, an
// ErrSnapshotFormat, or fs.ErrNotExist where there is none.
func ReadSnapshot(dir string) (*Snapshot, error) {
	f, err := os.Open(filepath.Join(dir, stateFile))
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	defer f.Close()
	s, err := readHead(f)
	if err != nil {
		return nil, fmt.Errorf("model: %s: %w", f.Name(), err)
	}
	info, err := os.Stat(filepath.Join(dir, rowsFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("model: %s: %w: its rows are missing", dir, ErrSnapshotDamaged)
	case err != nil:
		return nil, fmt.Errorf("model: %w", err)
	case info.Size() < s.RowsBytes: // more is what a checkpoint left that did not come to its end
		return nil, fmt.Errorf("model: %s: %w: its rows have %d bytes of %d", dir, ErrSnapshotDamaged, info.Size(), s.RowsBytes)
	}
	return s, nil
}

// readHead reads the head of a file of state and leaves f behind it.
func readHead(f *os.File) (*Snapshot, error) {
	start := make([]byte, headBytes)
	if _, err := io.ReadFull(f, start); err != nil {
		return nil, cutOff(err)
	}
	n := int64(binary.LittleEndian.Uint32(start[8:]))
	if string(start[:8]) != snapshotMagic || n > maxHead {
		return nil, fmt.Errorf("%w: it does not begin as snapshots do", ErrSnapshotDamaged)
	}
	head := make([]byte, n)
	if _, err := io.ReadFull(f, head); err != nil {
		return nil, cutOff(err)
	}
	if crc32.Checksum(head, castagnoli) != binary.LittleEndian.Uint32(start[12:]) {
		return nil, fmt.Errorf("%w: its head has another checksum", ErrSnapshotDamaged)
	}
	var s Snapshot
	if err := json.Unmarshal(head, &s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSnapshotDamaged, err)
	}
	if s.Origin.Format != SnapshotFormat {
		return nil, fmt.Errorf("%w: its format is %d, this program's %d", ErrSnapshotFormat, s.Origin.Format, SnapshotFormat)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if want := headBytes + n + s.StateBytes; info.Size() != want {
		return nil, fmt.Errorf("%w: it has %d bytes, must have %d", ErrSnapshotDamaged, info.Size(), want)
	}
	return &s, nil
}

func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it is cut off", ErrSnapshotDamaged)
	}
	return err
}

// summed writes or reads pieces, each with the CRC-32C of all pieces so far
// behind it.
type summed struct {
	sum   uint32
	bytes int64
	w     io.Writer
	r     io.Reader
}

// sumBytes is the size of a sum.
const sumBytes = crc32.Size

// summedBytes is the size of pieces with their sums.
func summedBytes(s kvcache.Size) int64 { return s.Bytes + sumBytes*s.Pieces }

func (s *summed) put(piece []byte) error {
	s.sum = crc32.Update(s.sum, castagnoli, piece)
	s.bytes += int64(len(piece)) + sumBytes
	if _, err := s.w.Write(piece); err != nil {
		return err
	}
	_, err := s.w.Write(binary.LittleEndian.AppendUint32(nil, s.sum))
	return err
}

func (s *summed) get(piece []byte) error {
	if _, err := io.ReadFull(s.r, piece); err != nil {
		return cutOff(err)
	}
	var tail [sumBytes]byte
	if _, err := io.ReadFull(s.r, tail[:]); err != nil {
		return cutOff(err)
	}
	s.sum = crc32.Update(s.sum, castagnoli, piece)
	s.bytes += int64(len(piece)) + sumBytes
	if s.sum != binary.LittleEndian.Uint32(tail[:]) {
		return fmt.Errorf("%w: a checksum is wrong %d bytes on", ErrSnapshotDamaged, s.bytes)
	}
	return nil
}

// reopen opens a file once more to read it; nil where another one has its name
// now.
func reopen(file *os.File) *os.File {
	again, err := os.Open(file.Name())
	if err != nil {
		return nil
	}
	was, err1 := file.Stat()
	is, err2 := again.Stat()
	if err1 != nil || err2 != nil || !os.SameFile(was, is) {
		again.Close()
		return nil
	}
	return again
}

// seed begins the sums of a snapshot's rows, which so belong to its text.
func (s *Snapshot) seed() uint32 { return crc32.Checksum([]byte(s.Text), castagnoli) }
