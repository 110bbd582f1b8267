package kvcache

import (
	"errors"
	"fmt"
	"io"
	"os"

	"fovea/gpu"
	"fovea/internal/disk"
)

// coldChunk is how much host memory cold takes at once.
const coldChunk = 16 << 20

// cold keeps records of one size by number: those used last in host memory, as
// far as it may, the others in a file that nobody else sees, or where they are
// lent.
type cold struct {
	size   int // of a record, bytes
	dev    gpu.Device
	used   *lru // records in host memory
	memory []gpu.Buffer
	dirty  map[int]bool // ids of records that are in host memory only

	lent     *lent
	perBlock int // records of a block

	dir    string
	file   *os.File // made when it is needed
	places []int32  // where in the file a record is, counted from 1; 0: it is not
	free   []int32  // places that were given back
	taken  int32    // places that the file has
}

// newCold makes one with up to host bytes of host memory, for records of size
// bytes.
func newCold(dev gpu.Device, size int, host int64, dir string, lent *lent, perBlock int) *cold {
	return &cold{size: size, dev: dev, used: newLRU(int(host / int64(size))), dirty: map[int]bool{}, dir: dir, lent: lent, perBlock: perBlock}
}

// check fails unless there is room for so many records.
func (c *cold) check(records int) error {
	elsewhere := c.used.places + c.lent.count()*c.perBlock + int(c.taken)
	need := int64(records-elsewhere) * int64(c.size)
	if need <= 0 {
		return nil
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return fmt.Errorf("kvcache: the folder for keys and values that memory has no room for: %w", err)
	}
	free, _, err := disk.Space(c.dir)
	if err != nil {
		return fmt.Errorf("kvcache: %w", err)
	}
	if need > free {
		return fmt.Errorf("kvcache: keys and values that memory has no room for need %d MiB of disk in %s, %d MiB are free; free some or choose a shorter text: %w",
			need>>20, c.dir, free>>20, ErrDiskFull)
	}
	return nil
}

// ErrDiskFull reports that keys and values do not fit the disk.
var ErrDiskFull = errors.New("the disk is full")

func (c *cold) perChunk() int { return max(1, coldChunk/c.size) }

// at is the memory of a place.
func (c *cold) at(place int) ([]byte, error) {
	n := c.perChunk()
	for place/n >= len(c.memory) {
		b, err := c.dev.Alloc(gpu.Align(int64(n*c.size)), gpu.Host)
		if err != nil {
			return nil, fmt.Errorf("kvcache: host memory for keys and values: %w", err)
		}
		c.memory = append(c.memory, b)
	}
	return c.memory[place/n].Bytes()[place%n*c.size:][:c.size], nil
}

// hold gives a record a place in host memory, and its memory.
func (c *cold) hold(id int) ([]byte, error) {
	if place, ok := c.used.find(id); ok {
		return c.at(place)
	}
	place, evicted := c.used.take(id)
	b, err := c.at(place)
	if err != nil {
		return nil, err
	}
	if evicted >= 0 && c.dirty[evicted] {
		if err := c.write(evicted, b); err != nil {
			return nil, err
		}
		delete(c.dirty, evicted)
	}
	return b, nil
}

// put keeps a record.
func (c *cold) put(id int, record []byte) error {
	lent := c.lent.of(id/c.perBlock) != nil
	if c.used.places == 0 {
		if lent {
			return nil
		}
		return c.write(id, record)
	}
	b, err := c.hold(id)
	if err != nil {
		return err
	}
	copy(b, record)
	if !lent {
		c.dirty[id] = true
	}
	return nil
}

// among is one of n records that are wanted together: where it lies in host memory,
// or, if it does not or might have to make room for another one of them, in record.
func (c *cold) among(n, id int, record []byte) ([]byte, error) {
	if place, ok := c.used.find(id); ok && n <= c.used.places {
		return c.at(place)
	}
	return record, c.get(id, record)
}

// get fills record with what put kept.
func (c *cold) get(id int, record []byte) error {
	if place, ok := c.used.find(id); ok {
		b, err := c.at(place)
		copy(record, b)
		return err
	}
	if err := c.read(id, record); err != nil {
		return err
	}
	if c.used.places == 0 {
		return nil
	}
	b, err := c.hold(id)
	if err != nil {
		return err
	}
	copy(b, record)
	return nil
}

// read fills record with what is not in host memory.
func (c *cold) read(id int, record []byte) error {
	block := id / c.perBlock
	if b := c.lent.of(block); b != nil {
		return b.read(block, id%c.perBlock, record)
	}
	if id >= len(c.places) || c.places[id] == 0 {
		return fmt.Errorf("kvcache: block record %d was never kept", id)
	}
	if _, err := c.file.ReadAt(record, c.offset(c.places[id])); err != nil {
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("the file of keys and values ends too early: %w", err)
		}
		return fmt.Errorf("kvcache: %s: %w", c.dir, err)
	}
	return nil
}

// offset is where in the file a place is.
func (c *cold) offset(place int32) int64 { return int64(place-1) * int64(c.size) }

// place gives a record a place in the file, the one that it has if any.
func (c *cold) place(id int) int32 {
	if id >= len(c.places) {
		c.places = append(c.places, make([]int32, id+1-len(c.places))...)
	}
	if c.places[id] > 0 {
		return c.places[id]
	}
	if n := len(c.free); n > 0 {
		c.places[id], c.free = c.free[n-1], c.free[:n-1]
	} else {
		c.taken++
		c.places[id] = c.taken
	}
	return c.places[id]
}

// forget takes note that the records from first to end are lent from now on.
func (c *cold) forget(first, end int) {
	for id := first; id < end; id++ {
		delete(c.dirty, id)
		if id < len(c.places) && c.places[id] > 0 {
			c.free = append(c.free, c.places[id])
			c.places[id] = 0
		}
	}
}

func (c *cold) write(id int, record []byte) error {
	if c.file == nil {
		f, err := os.CreateTemp(c.dir, "kv-*")
		if err != nil {
			return fmt.Errorf("kvcache: a file for keys and values: %w", err)
		}
		// Where the system lets an open file lose its name, nothing stays behind
		// however the program ends. Elsewhere close removes it.
		_ = os.Remove(f.Name())
		c.file = f
	}
	if _, err := c.file.WriteAt(record, c.offset(c.place(id))); err != nil {
		return fmt.Errorf("kvcache: %w: %s: %w", ErrDiskFull, c.dir, err)
	}
	return nil
}

// stored is what the file has, in bytes.
func (c *cold) stored() int64 { return int64(c.taken) * int64(c.size) }

// held is what the records take of host memory, in bytes.
func (c *cold) held() (n int64) {
	for _, b := range c.memory {
		n += b.Size()
	}
	return n
}

func (c *cold) close() {
	for _, b := range c.memory {
		b.Free()
	}
	c.memory = nil
	if c.file != nil {
		c.file.Close()
		_ = os.Remove(c.file.Name())
		c.file = nil
	}
}
