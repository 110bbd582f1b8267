package trace

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
)

// An encoded log is the line head and a stream of package compress/flate. In
// it come the settings and then records: a letter says which, and numbers are
// varints of encoding/binary unless they say otherwise. A text is its length
// and its bytes.
//
//	map:   documents that were not there before (id, title, pages, bytes),
//	       spans that were not there before (differences to the span before)
//	entry: the numbers of the step, the token's text, then per layer
//	       K, the other numbers, IDs, masses and biases (see codeclayer.go)
//
// Layers are written as differences to the same layer of the entry before:
// successive tokens recall mostly the same blocks.
const (
	head        = "Fovea trace 1\n"
	recordMap   = 'm'
	recordEntry = 'e'
)

// end is what follows a flushed flate stream to end it: an empty last block.
var end = []byte{1, 0, 0, 0xff, 0xff}

// Encoder writes a log while it comes into being. Step and Layer keep all of
// their numbers but Scores, which are dropped. IDs and integers are exact;
// masses and biases are kept to 1 % (zeros exactly), the other fractions to
// 0.002 %. An Encoder may be used by one goroutine at a time.
type Encoder struct {
	out    bytes.Buffer
	flate  *flate.Writer
	raw    []byte // of the record being made
	layers []layerState
	docs   int // documents and spans written
	spans  int
	last   Span
}

// NewEncoder begins a log of a method with the given settings (JSON).
func NewEncoder(settings []byte) *Encoder {
	e := &Encoder{}
	e.out.WriteString(head)
	var err error
	if e.flate, err = flate.NewWriter(&e.out, flate.BestSpeed); err != nil {
		panic(err) // the level is a constant
	}
	e.raw = appendText(e.raw, string(settings))
	e.write()
	return e
}

// Extend writes what m has more than the map of the last call. m is the whole
// map as it is now; what it had before must not have changed. It is an error
// that m is shorter or that spans do not ascend; nothing is written then.
func (e *Encoder) Extend(m Map) error {
	if len(m.Documents) < e.docs || len(m.Spans) < e.spans {
		return fmt.Errorf("trace: a map of %d documents and %d spans cannot extend one of %d and %d: pass the whole map",
			len(m.Documents), len(m.Spans), e.docs, e.spans)
	}
	docs, spans := m.Documents[e.docs:], m.Spans[e.spans:]
	if len(docs) == 0 && len(spans) == 0 {
		return nil
	}
	last, b := e.last, append(e.raw[:0], recordMap)
	b = binary.AppendUvarint(b, uint64(len(docs)))
	for i, d := range docs {
		if d.Pages < 0 || d.Pages > maxPosition || d.Bytes < 0 {
			return fmt.Errorf("trace: document %d, %q, has %d pages and %d bytes", e.docs+i, d.Title, d.Pages, d.Bytes)
		}
		b = appendInts(appendText(appendInts(b, int(d.ID)), d.Title), d.Pages, d.Bytes)
	}
	b = binary.AppendUvarint(b, uint64(len(spans)))
	for i, s := range spans {
		if s.Pos < last.Pos || s.Pos > maxPosition || s.Doc < -1 || s.Doc >= len(m.Documents) || s.Page < 0 || s.Page > maxPosition || s.Offset < 0 {
			return fmt.Errorf("trace: span %d is %+v; the one before begins at position %d and there are %d documents",
				e.spans+i, s, last.Pos, len(m.Documents))
		}
		b = appendInts(b, s.Pos-last.Pos, s.Doc-last.Doc, s.Page-last.Page, s.Offset-last.Offset)
		last = s
	}
	e.raw, e.last = b, last
	e.docs, e.spans = len(m.Documents), len(m.Spans)
	e.write()
	return nil
}

// Add writes an entry. It is an error that the IDs of a layer do not ascend,
// that there are masses for another number of blocks, or that a number is
// negative or absurdly large; nothing is written then.
func (e *Encoder) Add(entry Entry) error {
	s := entry.Step
	for _, n := range s.numbers() {
		if n < 0 || n > maxPosition {
			return fmt.Errorf("trace: a number of the step at position %d is %d, must be 0 to %d", s.Pos, n, maxPosition)
		}
	}
	if len(s.Layers) > maxLayers {
		return fmt.Errorf("trace: the step at position %d has %d layers; a log takes %d at most", s.Pos, len(s.Layers), maxLayers)
	}
	for i := range s.Layers {
		if err := s.Layers[i].check(); err != nil {
			return fmt.Errorf("trace: the step at position %d, layer %d: %w", s.Pos, i, err)
		}
	}
	b := append(e.raw[:0], recordEntry)
	b = appendInts(b, s.numbers()...)
	b = appendText(b, entry.Text)
	b = binary.AppendUvarint(b, uint64(len(s.Layers)))
	if len(e.layers) != len(s.Layers) {
		e.layers = make([]layerState, len(s.Layers))
	}
	var code int32
	for i := range s.Layers {
		b, code = e.layers[i].append(b, &s.Layers[i], code)
	}
	e.raw = b
	e.write()
	return nil
}

// Bytes returns a complete log of all so far, which [Decode] reads and which
// later calls leave alone. It costs a copy, a millisecond for about 5 MB.
func (e *Encoder) Bytes() []byte {
	must(e.flate.Flush())
	b := make([]byte, 0, e.out.Len()+len(end))
	return append(append(b, e.out.Bytes()...), end...)
}

// write compresses the record in raw.
func (e *Encoder) write() {
	_, err := e.flate.Write(e.raw)
	must(err)
}

// must panics: writing to memory cannot fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// numbers are the step's own, in the order in which they are kept.
func (s *Step) numbers() []int {
	return []int{s.Pos, s.Queries, s.Inits, s.Blocks, s.RemFirst, s.RemEnd, s.BlockSize, s.InitEnd}
}

func appendInts(b []byte, values ...int) []byte {
	for _, v := range values {
		b = binary.AppendVarint(b, int64(v))
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
