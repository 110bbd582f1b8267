package trace

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unsafe"
)

// What a log may hold at most. A damaged one ends with an error, not with all
// memory.
const (
	maxLogMemory = 2 << 30 // bytes, of a decoded log
	maxPosition  = 1<<31 - 1
	maxLayers    = 1 << 12
	maxBlocks    = 1 << 26
)

// Decode reads a log that an [Encoder] wrote. The error says what is wrong with
// bytes that are not one, that are damaged, or that would take over 2 GiB.
func Decode(b []byte) (*Log, error) {
	if !bytes.HasPrefix(b, []byte(head)) {
		return nil, errors.New("trace: this is not a log, or one of another version of Fovea")
	}
	packed := bytes.NewReader(b[len(head):])
	r := &reader{in: bufio.NewReader(flate.NewReader(packed)), room: maxLogMemory}
	l := r.log()
	if packed.Len() > 0 {
		r.fail(fmt.Errorf("%d bytes follow its end", packed.Len()))
	}
	if r.err != nil {
		return nil, fmt.Errorf("trace: the log is damaged after entry %d: %w", len(l.Entries), r.err)
	}
	return l, nil
}

// reader reads numbers until something is wrong with one; then it has an error
// and reads zeros.
type reader struct {
	in     *bufio.Reader
	err    error
	room   int64 // bytes that what is decoded may still take
	layers []layerState
}

func (r *reader) log() *Log {
	l := &Log{}
	if s := r.text(); s != "" {
		l.Settings = []byte(s)
	}
	for r.err == nil {
		record, err := r.in.ReadByte()
		switch {
		case err == io.EOF:
			return l
		case err != nil:
			r.fail(err)
		case record == recordMap:
			r.readMap(&l.Map)
		case record == recordEntry:
			if e := r.entry(); r.err == nil {
				l.Entries = append(l.Entries, e)
			}
		default:
			r.fail(fmt.Errorf("there is a record of unknown kind %d", record))
		}
	}
	return l
}

func (r *reader) readMap(m *Map) {
	var d Document
	for range r.count(maxPosition, unsafe.Sizeof(d)) {
		id := r.varint(math.MinInt64, math.MaxInt64)
		d = Document{ID: id, Title: r.text(), Pages: r.int(0, maxPosition), Bytes: r.int(0, math.MaxInt)}
		if r.err != nil {
			return
		}
		m.Documents = append(m.Documents, d)
	}
	var s Span
	if n := len(m.Spans); n > 0 {
		s = m.Spans[n-1]
	}
	for range r.count(maxPosition, unsafe.Sizeof(s)) {
		s.Pos += r.int(0, maxPosition-s.Pos)
		s.Doc += r.int(-1-s.Doc, len(m.Documents)-1-s.Doc)
		s.Page += r.int(-s.Page, maxPosition-s.Page)
		s.Offset += r.int(-s.Offset, math.MaxInt-s.Offset)
		if r.err != nil {
			return
		}
		m.Spans = append(m.Spans, s)
	}
}

func (r *reader) entry() Entry {
	s := &Step{}
	for _, v := range []*int{&s.Pos, &s.Queries, &s.Inits, &s.Blocks, &s.RemFirst, &s.RemEnd, &s.BlockSize, &s.InitEnd} {
		*v = r.int(0, maxPosition)
	}
	e := Entry{Step: s, Text: r.text()}
	n := r.count(maxLayers, unsafe.Sizeof(Layer{}))
	if n > 0 {
		s.Layers = make([]Layer, n)
	}
	if len(r.layers) != n {
		r.layers = make([]layerState, n)
	}
	r.take(int64(unsafe.Sizeof(*s) + unsafe.Sizeof(e)))
	var code int32
	for i := range s.Layers {
		if code = r.layer(&s.Layers[i], &r.layers[i], code); r.err != nil {
			r.err = fmt.Errorf("layer %d: %w", i, r.err)
			break
		}
	}
	return e
}

// layer reads what layerState.append writes.
func (r *reader) layer(l *Layer, p *layerState, code int32) int32 {
	l.K = r.int(0, maxBlocks)
	for i, f := range l.fractions() {
		p.fractions[i] ^= uint32(r.byte())<<16 | uint32(r.byte())<<8 | uint32(r.byte())
		*f = lengthen(p.fractions[i])
	}
	ids, before := r.ids(p)
	l.IDs = ids
	n := r.count(len(ids), 4)
	if r.err == nil && n != 0 && n != len(ids) {
		r.fail(fmt.Errorf("there are %d masses for %d blocks", n, len(ids)))
	}
	if r.err != nil {
		return 0
	}
	codes := p.spareCode[:0]
	for i := range n {
		guess := code
		if j := before[i]; j >= 0 && len(p.codes) != 0 {
			guess = p.codes[j]
		}
		code = r.code(guess)
		codes = append(codes, code)
		l.Mass = append(l.Mass, logValue(code))
	}
	for range r.count(maxPosition, 4) {
		if code = r.code(code); r.err != nil {
			break
		}
		l.Bias = append(l.Bias, logValue(code))
	}
	p.next(append(p.spare[:0], ids...), codes)
	return code
}

// ids reads the recalled blocks, and for each its index among those of the
// step before, or -1.
func (r *reader) ids(p *layerState) (ids []int32, before []int) {
	kept := make([]int, 0, len(p.ids))
	for at := 0; at < len(p.ids); at += 8 {
		bits := r.byte()
		for j := at; j < min(at+8, len(p.ids)); j++ {
			if bits>>(j-at)&1 == 1 {
				kept = append(kept, j)
			}
		}
	}
	r.take(int64(4 * len(kept)))
	last := int32(-1)
	for range r.count(maxBlocks, 4) {
		id := last + 1 + int32(r.uint(maxBlocks-1-int(last)))
		if r.err != nil {
			return nil, nil
		}
		for len(kept) > 0 && p.ids[kept[0]] < id {
			ids, before, kept = append(ids, p.ids[kept[0]]), append(before, kept[0]), kept[1:]
		}
		if len(kept) > 0 && p.ids[kept[0]] == id {
			r.fail(fmt.Errorf("block %d is recalled twice", id))
		}
		ids, before, last = append(ids, id), append(before, -1), id
	}
	for _, j := range kept {
		ids, before = append(ids, p.ids[j]), append(before, j)
	}
	return ids, before
}

func (r *reader) code(guess int32) int32 {
	return guess + int32(r.int(int(-maxCode-guess), int(maxCode-guess)))
}

// fail keeps the first error.
func (r *reader) fail(err error) {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if r.err == nil {
		r.err = err
	}
}

// take accounts for memory of what is decoded.
func (r *reader) take(bytes int64) {
	if r.room -= bytes; r.room < 0 {
		r.fail(fmt.Errorf("it takes over %d MiB of memory", maxLogMemory>>20))
	}
}

func (r *reader) byte() byte {
	if r.err != nil {
		return 0
	}
	b, err := r.in.ReadByte()
	if err != nil {
		r.fail(err)
	}
	return b
}

func (r *reader) varint(low, high int64) int64 {
	if r.err != nil {
		return 0
	}
	v, err := binary.ReadVarint(r.in)
	if err == nil && (v < low || v > high) {
		err = fmt.Errorf("a number is %d, must be %d to %d", v, low, high)
	}
	if err != nil {
		r.fail(err)
		return 0
	}
	return v
}

func (r *reader) int(low, high int) int { return int(r.varint(int64(low), int64(high))) }

// uint reads a number that is not negative, at most high.
func (r *reader) uint(high int) int {
	if r.err != nil {
		return 0
	}
	v, err := binary.ReadUvarint(r.in)
	if err == nil && v > uint64(max(high, 0)) {
		err = fmt.Errorf("a number is %d, must be at most %d", v, high)
	}
	if err != nil {
		r.fail(err)
		return 0
	}
	return int(v)
}

// count reads how many things of a size follow.
func (r *reader) count(most int, size uintptr) int {
	n := r.uint(most)
	r.take(int64(n) * int64(size))
	if r.err != nil {
		return 0
	}
	return n
}

func (r *reader) text() string {
	n := r.count(math.MaxInt32, 1)
	var b strings.Builder
	if n == 0 {
		return ""
	}
	if _, err := io.CopyN(&b, r.in, int64(n)); err != nil {
		r.fail(err)
	}
	return b.String()
}
