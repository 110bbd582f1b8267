package kvcache

import (
	"fmt"
	"io"
	"os"
	"slices"
)

// Stretch is rows in a file: those that SaveRows gives between two extents, from
// byte At on.
type Stretch struct {
	From, To Extent
	At       int64
}

// Lends says whether blocks off the device can be read where Lend says.
func (c *Cache) Lends() bool { return c.mayPage() && !c.packs() }

// Lend says that a file has rows of the text, with gap bytes behind each piece:
// blocks off the device that lie wholly in a stretch are read from there and kept
// nowhere else. Stretches come in the order of the text, and must stay what they
// are. The cache closes the file when it needs it no longer.
func (c *Cache) Lend(file *os.File, gap int64, rows []Stretch) { c.lend(file, gap, rows, 0, 0) }

// lend is Lend of the rows of another text, whose blocks from skip on have
// numbers here that are larger by so much.
func (c *Cache) lend(file *os.File, gap int64, rows []Stretch, skip, by int) {
	file = c.lent.hold(file)
	size, init := c.Settings.BlockSize, c.Settings.Init
	for _, r := range rows {
		first := max(skip, (max(0, r.From.Pos-init)+size-1)/size)
		end := max(0, r.To.Pos-init) / size
		if !c.Lends() || first >= end {
			continue
		}
		s := lentBlocks{
			file: file, gap: gap, first: first + by, end: end + by, regions: make([]int64, c.record(0, 1, keys)),
			lead: c.blockStart(first) - int64(r.From.Pos)*c.Shape.Heads.RowBytes(),
		}
		at := r.At
		for _, region := range c.rows(r.From, r.To) {
			if region.buffer == nil {
				s.regions[c.record(region.layer, 0, region.half)] = at
			}
			n := region.length()
			at += n.Bytes + n.Pieces*gap
		}
		c.lent.add(s)
		if c.Paged() {
			c.paging.cold.forget(c.record(0, s.first, keys), c.record(0, s.end, keys))
		}
	}
	c.lent.tidy()
}

// Unlend closes the files of Lend, of a cache that has all blocks on the device.
func (c *Cache) Unlend() {
	if c.Paged() {
		panic("kvcache: blocks off the device would be lost")
	}
	c.lent.truncate(0)
}

// lent is blocks that lie in files of others.
type lent struct {
	blocks []lentBlocks // by number; none in two
	files  []*os.File
}

// lentBlocks are blocks whose rows lie in a stretch of a file.
type lentBlocks struct {
	file       *os.File
	gap        int64   // bytes behind each piece
	first, end int     // numbers
	lead       int64   // bytes of a region before the first block
	regions    []int64 // where the rows of each record of a block begin in the file
}

// hold takes a file over. Of one that is held already it gives the other handle.
func (l *lent) hold(file *os.File) *os.File {
	info, err := file.Stat()
	for _, f := range l.files {
		if was, e := f.Stat(); err == nil && e == nil && os.SameFile(info, was) {
			file.Close()
			return f
		}
	}
	l.files = append(l.files, file)
	return file
}

// add adds blocks, in place of what was lent of them and of those behind.
func (l *lent) add(b lentBlocks) {
	l.cut(b.first)
	l.blocks = append(l.blocks, b)
}

// truncate forgets the blocks from a number on.
func (l *lent) truncate(first int) {
	if n := len(l.blocks); n > 0 && l.blocks[n-1].end > first {
		l.cut(first)
		l.tidy()
	}
}

func (l *lent) cut(first int) {
	for n := len(l.blocks); n > 0 && l.blocks[n-1].end > first; n = len(l.blocks) {
		if last := &l.blocks[n-1]; last.first < first {
			last.end = first
		} else {
			l.blocks = l.blocks[:n-1]
		}
	}
}

// tidy closes the files that no block lies in.
func (l *lent) tidy() {
	l.files = slices.DeleteFunc(l.files, func(f *os.File) bool {
		unused := !slices.ContainsFunc(l.blocks, func(b lentBlocks) bool { return b.file == f })
		if unused {
			f.Close()
		}
		return unused
	})
}

// of finds what a block lies in, nil for nothing.
func (l *lent) of(block int) *lentBlocks {
	i, _ := slices.BinarySearchFunc(l.blocks, block, func(b lentBlocks, block int) int { return b.end - 1 - block })
	if i == len(l.blocks) || block < l.blocks[i].first {
		return nil
	}
	return &l.blocks[i]
}

// count is the number of blocks.
func (l *lent) count() (n int) {
	for _, b := range l.blocks {
		n += b.end - b.first
	}
	return n
}

// read fills rows with the keys or values of a block, record number of it.
func (b *lentBlocks) read(block, number int, rows []byte) error {
	at := b.lead + int64(block-b.first)*int64(len(rows))
	for len(rows) > 0 {
		n := min(int64(len(rows)), MaxPiece-at%MaxPiece)
		if _, err := b.file.ReadAt(rows[:n], b.regions[number]+at+at/MaxPiece*b.gap); err != nil {
			if err == io.EOF {
				err = fmt.Errorf("it was cut off after it was opened; what was read must be read again: %w", err)
			}
			return fmt.Errorf("kvcache: %s: %w", b.file.Name(), err)
		}
		at, rows = at+n, rows[n:]
	}
	return nil
}
