package shaders

import "fovea/gpu"

// Unpack puts packed blocks into rows of a layer's keys or values.
type Unpack struct {
	Packed
	Records gpu.View // records; those of this call from number First on
	First   int
	Most    int      // the most blocks
	Places  gpu.View // count, the first row of each block
	To      gpu.View // keys or values, as in Attend
	Base    int      // row where those of positions begin
}

// Record adds the unpacking to r.
func (a Unpack) Record(r *gpu.Recording, lanes int) {
	name := "unpack_" + a.Heads.KVType.String()
	need(name, "records", a.Records, int64(a.First+a.Most)*a.Bytes())
	need(name, "places", a.Places, int64(1+a.Most)*4)
	r.Dispatch(kernel(name, unpackTwin(a.Heads.KVType)), [3]uint32{groups(a.octets(), lanes), uint32(a.Most), 1}, a.spec(),
		[]uint32{uint32(a.Base), uint32(a.octets()), uint32(a.rowOctets()), uint32(a.First), uint32(a.Bytes() / 4)}, a.Records, a.Places, a.To)
}

// unpackTwin is the twin of unpack.comp.
func unpackTwin(kv KV) func(c *gpu.Call) {
	return func(c *gpu.Call) {
		base, octets, row, first, words := int(c.Push[0]), int(c.Push[1]), int(c.Push[2]), int(c.Push[3]), int(c.Push[4])
		form, places := packedForm{int(c.Spec[0]), int(c.Spec[1])}, u32s(c.Bufs[1])
		for b := range int(places[0]) {
			form.unpack(c.Bufs[0][4*(first+b)*words:][:4*words], octets, func(i int, v [8]float32) {
				kv.putOctet(c.Bufs[2], (base+int(places[1+b]))*row+i, v)
			})
		}
	}
}
