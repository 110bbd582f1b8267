package shaders

import (
	"fmt"
	"math"
	"testing"
)

// TestPack packs blocks and unpacks them elsewhere: as the twins do, with an
// error of at most half a step of each group's scale, and nothing else touched.
func TestPack(t *testing.T) {
	for _, kv := range []KV{KV16, KV32} {
		for _, c := range []struct {
			h                      Heads
			bits, size             int
			first, seals, maxSeals int
			init, tail, round      int
			base                   int
		}{
			{h: Heads{KV: 3, Group: 3, Octets: 8}, bits: 8, size: 32, first: 1, seals: 2, maxSeals: 3, init: 64, base: 7},
			{h: Heads{KV: 1, Group: 4, Octets: 16}, bits: 4, size: 5, first: 0, seals: 1, maxSeals: 1, init: 2},
			{h: Heads{KV: 2, Group: 1, Octets: 2}, bits: 8, size: 7, first: 9, seals: 4, maxSeals: 5, init: 5, tail: 50, round: 50, base: 3},
			{h: Heads{KV: 2, Group: 2, Octets: 4}, bits: 4, size: 16, first: 0, seals: 0, maxSeals: 2, init: 8},
		} {
			c.h.KVType = kv
			t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
				onDevices(t, 1e-3, func(r *rig) [][]float32 {
					form := Packed{Heads: c.h, BlockSize: c.size, Bits: c.bits}
					step := Step{
						SealFirst: uint32(c.first), Seals: uint32(c.seals), InitEnd: uint32(c.init),
						Tail: uint32(c.tail), Round: uint32(c.round),
					}
					row, rows := c.h.KV*c.h.Octets*8, c.base+c.init+(c.first+c.maxSeals)*c.size
					numbers := r.normal(rows * row)
					from, records := r.octets(kv, numbers), r.alloc(int64(2*c.maxSeals)*form.Bytes())
					Pack{
						Packed: form, Rows: from, Base: c.base, MaxSeals: c.maxSeals, Records: records, Params: r.step(step, 1),
					}.Record(r.rec, r.lanes)
					before := r.normal(rows * row)
					to := r.octets(kv, before)
					places := []uint32{uint32(c.seals)}
					for b := range c.maxSeals { // the last block first
						places = append(places, uint32((c.maxSeals-1-b)*c.size))
					}
					Unpack{
						Packed: form, Records: records, Most: c.maxSeals, Places: r.put(wordBytes(places)), To: to, Base: c.base,
					}.Record(r.rec, r.lanes)
					r.run()

					got, group := r.numbers(to, kv, rows*row), 8*form.groupOctets()
					for b := range c.seals {
						for i := range c.size {
							src := (c.base + step.RowOf(c.init+(c.first+b)*c.size+i)) * row
							dst := (c.base + int(places[1+b]) + i) * row
							for g := 0; g < row; g += group {
								most := 0.0
								for _, v := range numbers[src+g:][:group] {
									most = max(most, math.Abs(float64(v)))
								}
								for j := range group {
									v, want := float64(got[dst+g+j]), float64(numbers[src+g+j])
									if math.Abs(v-want) > most/float64(int(1)<<c.bits-2)*1.01+math.Abs(want)/1024 {
										r.Fatalf("block %d, token %d, number %d: %v, was %v in a group up to %v", b, i, g+j, v, want, most)
									}
								}
							}
							copy(before[dst:][:row], got[dst:][:row])
						}
					}
					agree(r, 0, got, before, 0)
					return [][]float32{got}
				})
			})
		}
	}
}

// On the host, blocks are packed as on the device.
func TestPackOnHost(t *testing.T) {
	form := Packed{Heads: Heads{KV: 2, Group: 1, Octets: 4, KVType: KV32}, BlockSize: 3, Bits: 8}
	rows := make([]float32, 3*2*32)
	for i := range rows {
		rows[i] = float32(i%17) - 8
	}
	record, back := make([]byte, form.Bytes()), make([]byte, 4*len(rows))
	form.Pack(record, KV32.Bytes(rows))
	form.Unpack(back, record)
	for i, v := range KV32.Floats(back) {
		if math.Abs(float64(v-rows[i])) > 8.0/254*1.01 {
			t.Errorf("number %d is %v, was %v", i, v, rows[i])
		}
	}
}
