package vulkan

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"fovea/gpu"
)

//go:generate go run fovea/internal/shadergen

var moveTexels = ownKernel("move_texels")

// ownKernel is a kernel of this package. It has no twin: the reference device needs
// none of them.
func ownKernel(name string) *gpu.Kernel {
	code, err := spirv.ReadFile("spv/" + name + ".spv")
	if err != nil {
		panic(fmt.Sprintf("vulkan: %v: run go generate", err))
	}
	return &gpu.Kernel{Name: name, SPIRV: code, Bindings: kernelTable[name].bindings, PushWords: kernelTable[name].pushWords}
}

// verifyLarge finds out whether the device computes rightly in a buffer of more
// than gpu.SafeBuffer bytes, unless it did in one as large before. Where it
// does not, no such buffer is made any more. It leaves the buffer zeroed.
func (d *Device) verifyLarge(b *buffer) error {
	if b.size <= max(gpu.SafeBuffer, d.verified) {
		return nil
	}
	if err := d.tryLarge(b); err != nil {
		return err
	}
	d.verified = b.size
	return nil
}

// tryLarge has a kernel write a texel of its own to each of some places, and
// reads them by the kernel and by the host.
func (d *Device) tryLarge(b *buffer) error {
	places := largePlaces(b.size)
	n := int64(len(places))
	want := make([]byte, 16*n)
	for i := range want {
		want[i] = byte(i + 1)
	}
	small, err := d.alloc(4*gpu.Alignment, gpu.Host) // places, texels to write, texels read
	if err != nil {
		return err
	}
	defer small.Free()
	part := func(i, n int64) gpu.View {
		return gpu.View{Buffer: small, Offset: i * gpu.Alignment, Size: n * gpu.Alignment}
	}
	at, from, to := part(0, 1), part(1, 1), part(2, 1)
	m := small.mapped()
	clear(m)
	for i, p := range places {
		binary.LittleEndian.PutUint32(m[4*i:], uint32(p))
	}
	copy(m[gpu.Alignment:], want)

	r := gpu.NewRecording("verify a large buffer")
	defer d.Release(r)
	groups := [3]uint32{uint32(int(n)+d.info.SubgroupSize-1) / uint32(d.info.SubgroupSize), 1, 1}
	r.Dispatch(d.verifier, groups, nil, []uint32{uint32(n), 0}, at, from, gpu.Whole(b))
	r.Dispatch(d.verifier, groups, nil, []uint32{uint32(n), 1}, at, gpu.Whole(b), to)
	if err := d.Submit(context.Background(), r); err != nil {
		return fmt.Errorf("vulkan: %s: verifying a buffer of %d bytes: %w", d.info.Name, b.size, err)
	}
	read := m[2*gpu.Alignment:][:len(want)]
	for i, p := range places {
		texel, zero := make([]byte, 16), make([]byte, 16)
		if err := d.Read(b, 16*p, texel); err != nil {
			return err
		}
		right := want[16*i:][:16]
		if !bytes.Equal(texel, right) || !bytes.Equal(read[16*i:][:16], right) {
			d.info.MaxBuffer = gpu.SafeBuffer
			return fmt.Errorf("vulkan: %s computes wrong results in a buffer of %d bytes: %x was written at byte %d, the kernel reads %x there and the host %x; buffers are limited to %d bytes from now on; a newer driver may help: %w",
				d.info.Name, b.size, right, 16*p, read[16*i:][:16], texel, gpu.SafeBuffer, gpu.ErrOutOfMemory)
		}
		if err := d.Write(b, 16*p, zero); err != nil {
			return err
		}
	}
	return nil
}

// largePlaces are texels of a buffer of size bytes: the first, the last, and
// those on both sides of every multiple of gpu.SafeBuffer.
func largePlaces(size int64) []int64 {
	places := []int64{0}
	for p := int64(gpu.SafeBuffer); p < size; p += gpu.SafeBuffer {
		places = append(places, p/16-1, p/16)
	}
	if last := size/16 - 1; last > places[len(places)-1] {
		places = append(places, last)
	}
	return places
}
