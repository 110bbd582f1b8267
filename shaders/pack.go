package shaders

import (
	"math"

	"fovea/gpu"
)

// Packed is the form of a block's keys, or values, off the device: an octet in
// Bits bytes, then a scale for each group of up to four octets of a head.
type Packed struct {
	Heads     Heads
	BlockSize int // tokens of a block
	Bits      int // of a number: 8 or 4
}

// groupOctets is the octets that have one scale.
func (p Packed) groupOctets() int { return min(4, p.Heads.Octets) }

func (p Packed) rowOctets() int { return p.Heads.KV * p.Heads.Octets }

func (p Packed) octets() int { return p.BlockSize * p.rowOctets() }

// Bytes is the size of a record: the keys or the values of a block.
func (p Packed) Bytes() int64 {
	words := p.octets()*p.Bits/4 + p.octets()/p.groupOctets()
	return int64(words+3) / 4 * 16 // whole texels
}

func (p Packed) spec() []uint32 { return []uint32{uint32(p.Bits), uint32(p.groupOctets())} }

// Pack packs the blocks that a step seals, in a layer's keys or values.
type Pack struct {
	Packed
	Rows     gpu.View // keys or values, as in Attend
	Base     int      // row where those of positions begin
	MaxSeals int      // the most blocks that one step seals
	Records  gpu.View // (MaxSeals) records
	Params   gpu.View
}

// Record adds the packing to r.
func (a Pack) Record(r *gpu.Recording, lanes int) {
	name := "pack_" + a.Heads.KVType.String()
	need(name, "records", a.Records, int64(a.MaxSeals)*a.Bytes())
	r.Dispatch(kernel(name, packTwin(a.Heads.KVType)), [3]uint32{groups(a.octets()/a.groupOctets(), lanes), uint32(a.MaxSeals), 1}, a.spec(),
		[]uint32{uint32(a.Base), uint32(a.rowOctets()), uint32(a.BlockSize), uint32(a.Bytes() / 4)}, a.Rows, a.Params, a.Records)
}

// packTwin is the twin of pack.comp.
func packTwin(kv KV) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		s := step(c.Bufs[1])
		base, octets, size, words := int(c.Push[0]), int(c.Push[1]), int(c.Push[2]), int(c.Push[3])
		form := packedForm{int(c.Spec[0]), int(c.Spec[1])}
		for b := range int(s.Seals) {
			first := int(s.InitEnd) + (int(s.SealFirst)+b)*size
			form.pack(c.Bufs[2][4*b*words:][:4*words], size*octets, func(i int) [8]float32 {
				return kv.octet(c.Bufs[0], (base+s.RowOf(first+i/octets))*octets+i%octets)
			})
		}
	}
}

// packedForm is what decides how octets are packed.
type packedForm struct{ bits, group int }

func (p Packed) form() packedForm { return packedForm{p.Bits, p.groupOctets()} }

// pack packs n octets into a record.
func (f packedForm) pack(record []byte, n int, octet func(i int) [8]float32) {
	words, top, perWord := u32s(record), float64(int(1)<<(f.bits-1)-1), 32/f.bits
	clear(words[:n*f.bits/4])
	for g := range n / f.group {
		most := 0.0
		for i := range f.group {
			for _, v := range octet(g*f.group + i) {
				most = max(most, math.Abs(float64(v)))
			}
		}
		for i := range 8 * f.group {
			code := 0.0
			if most > 0 {
				code = math.RoundToEven(float64(octet(g*f.group + i/8)[i%8]) * (top / most))
			}
			at := g*f.group*8 + i
			words[at/perWord] |= uint32(int32(code)) & (1<<f.bits - 1) << (f.bits * (at % perWord))
		}
		words[n*f.bits/4+g] = math.Float32bits(float32(most / top))
	}
}

// unpack gives put the n octets of a record.
func (f packedForm) unpack(record []byte, n int, put func(i int, v [8]float32)) {
	words, perWord := u32s(record), 32/f.bits
	for i := range n {
		scale := math.Float32frombits(words[n*f.bits/4+i/f.group])
		var v [8]float32
		for e := range v {
			at := i*8 + e
			code := int32(words[at/perWord]<<(32-f.bits*(at%perWord+1))) >> (32 - f.bits)
			v[e] = float32(code) * scale
		}
		put(i, v)
	}
}

// Pack packs a block's rows (BlockSize, heads, octets) on the host.
func (p Packed) Pack(record, rows []byte) {
	p.form().pack(record, p.octets(), func(i int) [8]float32 { return p.Heads.KVType.octet(rows, i) })
}

// Unpack is its opposite.
func (p Packed) Unpack(rows, record []byte) {
	p.form().unpack(record, p.octets(), func(i int, v [8]float32) { p.Heads.KVType.putOctet(rows, i, v) })
}
