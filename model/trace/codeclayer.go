package trace

import (
	"encoding/binary"
	"fmt"
	"math"
)

// layerState is what the encoding of a layer's next step is a difference to.
type layerState struct {
	fractions [6]uint32
	ids       []int32
	codes     []int32 // of the masses of ids; empty where there were none
	spare     []int32 // memory for the next ids
	spareCode []int32
}

// fractions are the layer's own, in the order in which they are kept.
func (l *Layer) fractions() [6]*float32 {
	return [6]*float32{&l.Entropy, &l.H, &l.Left, &l.Top, &l.Low, &l.Gap}
}

// check reports what [Decode] would not read back.
func (l *Layer) check() error {
	if l.K < 0 || l.K > maxBlocks {
		return fmt.Errorf("%d recalled blocks, must be 0 to %d", l.K, maxBlocks)
	}
	if len(l.Mass) != 0 && len(l.Mass) != len(l.IDs) {
		return fmt.Errorf("%d masses for %d blocks", len(l.Mass), len(l.IDs))
	}
	last := int32(-1)
	for _, id := range l.IDs {
		if id <= last || id >= maxBlocks {
			return fmt.Errorf("block %d comes after block %d; they must ascend from 0 and stay below %d", id, last, maxBlocks)
		}
		last = id
	}
	return nil
}

// append writes a layer after b. code is that of the mass or bias written
// last; it returns the new one.
//
// The blocks are a bitmap of those of the step before that are recalled
// again, one byte for eight, and the others as distances to each other. A
// mass is the difference of its code to the same block's of the step before,
// or where there was none to the one written last.
func (p *layerState) append(b []byte, l *Layer, code int32) ([]byte, int32) {
	b = binary.AppendVarint(b, int64(l.K))
	for i, f := range l.fractions() {
		now := shorten(*f)
		x := now ^ p.fractions[i]
		b = append(b, byte(x>>16), byte(x>>8), byte(x))
		p.fractions[i] = now
	}
	b, fresh := p.appendKept(b, l.IDs)
	b = binary.AppendUvarint(b, uint64(fresh))
	last, j := int32(-1), 0
	for _, id := range l.IDs {
		if j = p.seek(j, id); !p.has(j, id) {
			b = binary.AppendUvarint(b, uint64(id-last-1))
			last = id
		}
	}
	b = binary.AppendUvarint(b, uint64(len(l.Mass)))
	codes := p.spareCode[:0]
	j = 0
	for i, m := range l.Mass {
		guess := code
		if j = p.seek(j, l.IDs[i]); p.has(j, l.IDs[i]) && len(p.codes) != 0 {
			guess = p.codes[j]
		}
		code = logCode(m)
		b = binary.AppendVarint(b, int64(code-guess))
		codes = append(codes, code)
	}
	b = binary.AppendUvarint(b, uint64(len(l.Bias)))
	for _, v := range l.Bias {
		c := logCode(v)
		b = binary.AppendVarint(b, int64(c-code))
		code = c
	}
	p.next(append(p.spare[:0], l.IDs...), codes)
	return b, code
}

// appendKept writes the bitmap of the blocks that ids has, too, and returns
// how many blocks of ids are not in it.
func (p *layerState) appendKept(b []byte, ids []int32) ([]byte, int) {
	at := len(b)
	for range (len(p.ids) + 7) / 8 {
		b = append(b, 0)
	}
	j, fresh := 0, len(ids)
	for _, id := range ids {
		if j = p.seek(j, id); p.has(j, id) {
			b[at+j/8] |= 1 << (j % 8)
			fresh--
		}
	}
	return b, fresh
}

// seek returns the index, from j on, of the first block that is not below id.
func (p *layerState) seek(j int, id int32) int {
	for j < len(p.ids) && p.ids[j] < id {
		j++
	}
	return j
}

func (p *layerState) has(j int, id int32) bool { return j < len(p.ids) && p.ids[j] == id }

// next makes ids and codes those of the step before.
func (p *layerState) next(ids, codes []int32) {
	p.spare, p.spareCode = p.ids, p.codes
	p.ids, p.codes = ids, codes
}

// shorten rounds a float to its upper 24 bits: sign, exponent and 15 bits of
// the mantissa.
func shorten(f float32) uint32 {
	if f != f {
		return 0x7fc000
	}
	return uint32((uint64(math.Float32bits(f)) + 1<<7) >> 8)
}

func lengthen(b uint32) float32 { return math.Float32frombits(b << 8) }

// Codes of masses and biases are logarithms in steps of 2 %, so that rounding
// errs by 1 % at most. 0 is zero (and what is not a number), negative codes
// are negative values, maxCode is infinity.
const (
	logBase = 5300
	maxCode = 9900
)

var logStep = math.Log(1.02)

func logCode(f float32) int32 {
	if f == 0 || f != f {
		return 0
	}
	if f < 0 {
		return -logCode(-f)
	}
	if math.IsInf(float64(f), 1) {
		return maxCode
	}
	return logBase + int32(math.Round(math.Log(float64(f))/logStep))
}

func logValue(code int32) float32 {
	switch {
	case code == 0:
		return 0
	case code < 0:
		return -logValue(-code)
	case code == maxCode:
		return float32(math.Inf(1))
	}
	return float32(math.Exp(float64(code-logBase) * logStep))
}
