package gputest

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"fovea/gpu"
)

// Run is what every gpu.Device must do. open returns a fresh device that lives
// as long as its test.
func Run(t *testing.T, open func(t *testing.T) gpu.Device) {
	for _, test := range []struct {
		name string
		run  func(b *bench)
	}{
		{"Info", testInfo},
		{"Zeroed", testZeroed},
		{"ReadWrite", testReadWrite},
		{"WriteAll", testWriteAll},
		{"Writes", testWrites},
		{"HostMemory", testHostMemory},
		{"OutOfMemory", testOutOfMemory},
		{"Fill", testFill},
		{"Lanes", testLanes},
		{"Grid", testGrid},
		{"TexelKinds", testKinds},
		{"Views", testViews},
		{"StoreTexels", testStoreTexels},
		{"Large", testLarge},
		{"Copy", testCopy},
		{"Order", testOrder},
		{"Variants", testVariants},
		{"Replay", testReplay},
		{"Release", testRelease},
		{"Context", testContext},
		{"Stats", testStats},
		{"Profile", testProfile},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(&bench{T: t, dev: open(t)}) })
	}
}

// bench is one device under test.
type bench struct {
	*testing.T
	dev gpu.Device
}

func (b *bench) alloc(bytes int64, heap gpu.Heap) gpu.Buffer {
	b.Helper()
	buf, err := b.dev.Alloc(bytes, heap)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(buf.Free)
	return buf
}

func (b *bench) put(w []uint32) gpu.View {
	b.Helper()
	v := gpu.Whole(b.alloc(int64(4*len(w)), gpu.Local))
	if err := b.dev.Write(v.Buffer, 0, bytesOf(w)); err != nil {
		b.Fatal(err)
	}
	return v
}

func (b *bench) get(v gpu.View) []uint32 {
	b.Helper()
	lo, hi := v.Range()
	w := make([]uint32, (hi-lo)/4)
	if err := b.dev.Read(v.Buffer, lo, bytesOf(w)); err != nil {
		b.Fatal(err)
	}
	return w
}

func (b *bench) submit(r *gpu.Recording) {
	b.Helper()
	if err := b.dev.Submit(context.Background(), r); err != nil {
		b.Fatal(err)
	}
}

// groups is the workgroups that n lanes need.
func (b *bench) groups(n int) [3]uint32 {
	l := b.dev.Info().SubgroupSize
	return [3]uint32{uint32((n + l - 1) / l), 1, 1}
}

func (b *bench) equal(what string, got, want []uint32) {
	b.Helper()
	if slices.Equal(got, want) {
		return
	}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			b.Fatalf("%s: %d words, want %d; word %d differs: got %v, want %v", what, len(got), len(want), i,
				got[i:min(i+4, len(got))], want[i:min(i+4, len(want))])
		}
	}
	b.Fatalf("%s: %d words, want %d", what, len(got), len(want))
}

// counting returns n words: first, first+1, ...
func counting(first uint32, n int) []uint32 {
	w := make([]uint32, n)
	for i := range w {
		w[i] = first + uint32(i)
	}
	return w
}

func testInfo(b *bench) {
	i := b.dev.Info()
	if i.Name == "" || i.Driver == "" || i.Memory <= 0 {
		b.Errorf("incomplete: %+v", i)
	}
	if l := i.SubgroupSize; l < 4 || l > 64 || l&(l-1) != 0 {
		b.Errorf("subgroups of %d lanes", l)
	}
	if i.MaxBuffer <= 0 || i.MaxBuffer > gpu.MaxBuffer {
		b.Errorf("buffers of up to %d bytes", i.MaxBuffer)
	}
}

// testZeroed dirties memory, frees it and expects zeros where it comes back.
func testZeroed(b *bench) {
	for _, heap := range []gpu.Heap{gpu.Local, gpu.Host} {
		dirty := bytes.Repeat([]byte{0xa5}, 1<<20)
		for range 3 {
			buf, err := b.dev.Alloc(int64(len(dirty)), heap)
			if err != nil {
				b.Fatal(err)
			}
			b.equal("new memory", b.get(gpu.Whole(buf)), make([]uint32, len(dirty)/4))
			if err := b.dev.Write(buf, 0, dirty); err != nil {
				b.Fatal(err)
			}
			buf.Free()
		}
	}
}

func testReadWrite(b *bench) {
	const n = 5 << 20 // 20 MiB: several staging buffers
	want := counting(7, n)
	v := b.put(want)
	b.equal("whole", b.get(v), want)
	part := counting(1<<30, 1001)
	if err := b.dev.Write(v.Buffer, 4*12345, bytesOf(part)); err != nil {
		b.Fatal(err)
	}
	copy(want[12345:], part)
	b.equal("part written", b.get(v), want)
	got := make([]uint32, 77)
	if err := b.dev.Read(v.Buffer, 4*12340, bytesOf(got)); err != nil {
		b.Fatal(err)
	}
	b.equal("part read", got, want[12340:12340+77])
}

func testWriteAll(b *bench) {
	const n = 3 << 20 // 12 MiB: more than a staging buffer holds
	first, second, host := counting(1, n), counting(9, n), counting(5, 100)
	v, w, h := b.put(first), b.put(second), b.alloc(400, gpu.Host)
	pieces := []gpu.Piece{{Buffer: h, Data: bytesOf(host)}}
	for i := range 5 { // small ones in both, then all but the ends of both
		at := 1000*i + 3
		piece := counting(uint32(1000*i), 10)
		copy(first[at:], piece)
		copy(second[n-at-10:], piece)
		pieces = append(pieces, gpu.Piece{Buffer: v.Buffer, Offset: int64(4 * at), Data: bytesOf(piece)},
			gpu.Piece{Buffer: w.Buffer, Offset: int64(4 * (n - at - 10)), Data: bytesOf(piece)})
	}
	large := counting(77, n-20000)
	copy(first[10000:], large)
	copy(second[10000:], large)
	pieces = append(pieces, gpu.Piece{Buffer: v.Buffer, Offset: 40000, Data: bytesOf(large)}, gpu.Piece{Buffer: w.Buffer, Offset: 40000, Data: bytesOf(large)})
	if err := b.dev.WriteAll(pieces); err != nil {
		b.Fatal(err)
	}
	b.equal("the first buffer", b.get(v), first)
	b.equal("the second buffer", b.get(w), second)
	b.equal("host memory", words(h.Bytes())[:100], host)
	back := make([]gpu.Piece, len(pieces))
	for i, p := range pieces {
		back[i] = gpu.Piece{Buffer: p.Buffer, Offset: p.Offset, Data: make([]byte, len(p.Data))}
	}
	if err := b.dev.ReadAll(back); err != nil {
		b.Fatal(err)
	}
	for i, p := range pieces {
		b.equal("what ReadAll gives", words(back[i].Data), words(p.Data))
	}
	if free := b.dev.Free(); free <= 0 {
		b.Errorf("%d bytes of device memory are free", free)
	}
	if err := b.dev.WriteAll(nil); err != nil {
		b.Error(err)
	}
}

// Of writes to the same place the last one counts, whatever comes between them, and
// a buffer may be freed right behind one.
func testWrites(b *bench) {
	const n = 3 << 20
	v, w := b.put(counting(0, n)), b.alloc(4*n, gpu.Local)
	r := gpu.NewRecording("copy")
	r.Copy(gpu.Whole(w), v)
	for round := range uint32(4) {
		want := counting(1000*round, n)
		for i := range uint32(7) {
			part := counting(77*i+round, 300)
			copy(want[100:], part)
			if i == 0 || i == 3 { // more than one staging buffer holds
				if err := b.dev.Write(v.Buffer, 0, bytesOf(want)); err != nil {
					b.Fatal(err)
				}
			}
			if err := b.dev.Write(v.Buffer, 400, bytesOf(part)); err != nil {
				b.Fatal(err)
			}
			if i%2 == round%2 {
				b.submit(r)
			}
		}
		b.submit(r)
		b.equal("what was copied", b.get(gpu.Whole(w)), want)
	}
	for range 5 {
		gone, err := b.dev.Alloc(4*n, gpu.Local)
		if err != nil {
			b.Fatal(err)
		}
		if err := b.dev.Write(gone, 0, bytesOf(counting(5, n))); err != nil {
			b.Fatal(err)
		}
		gone.Free()
	}
	b.submit(r)
}

func testHostMemory(b *bench) {
	local, host := b.alloc(4096, gpu.Local), b.alloc(4096, gpu.Host)
	if local.Bytes() != nil {
		b.Error("local memory has Bytes")
	}
	if n := len(host.Bytes()); n != 4096 {
		b.Fatalf("host memory of %d bytes, want 4096", n)
	}
	mapped := words(host.Bytes())
	copy(mapped, counting(100, 1024))
	r := gpu.NewRecording("host memory")
	r.Dispatch(shift, b.groups(256), []uint32{1}, []uint32{256, 1, 1}, gpu.Whole(host), gpu.Whole(local))
	r.Dispatch(fill, b.groups(8), nil, []uint32{9, 4, 8}, gpu.Whole(host))
	b.submit(r)
	want := append(counting(105, 1020), counting(101, 4)...)
	b.equal("read by a kernel", b.get(gpu.Whole(local)), want)
	b.equal("written by a kernel", mapped[:12], append(counting(100, 4), counting(9, 8)...))
	// What the host writes after a submission, the next one sees.
	copy(mapped, counting(500, 1024))
	b.submit(r)
	b.equal("read again", b.get(gpu.Whole(local))[:4], counting(505, 4))
}

func testOutOfMemory(b *bench) {
	for _, heap := range []gpu.Heap{gpu.Local, gpu.Host} {
		if _, err := b.dev.Alloc(b.dev.Info().MaxBuffer+16, heap); !errors.Is(err, gpu.ErrOutOfMemory) {
			b.Errorf("more than MaxBuffer: %v, want %v", err, gpu.ErrOutOfMemory)
		}
	}
	before := b.dev.Stats()
	v := b.put(counting(1, 64))
	if now := b.dev.Stats().LocalBytes; now != before.LocalBytes+256 {
		b.Errorf("%d bytes held, want %d", now, before.LocalBytes+256)
	}
	b.equal("a device that was out of memory works", b.get(v), counting(1, 64))
}

func testFill(b *bench) {
	v := gpu.Whole(b.alloc(4096, gpu.Local))
	r := gpu.NewRecording("fill")
	r.Dispatch(fill, b.groups(1000), nil, []uint32{5, 3, 1000}, v)
	b.submit(r)
	want := make([]uint32, 1024)
	copy(want[3:], counting(5, 1000))
	b.equal("filled", b.get(v), want)
}

func testLanes(b *bench) {
	n := b.dev.Info().SubgroupSize
	const groups = 37
	v := gpu.Whole(b.alloc(int64(16*n*groups), gpu.Local))
	r := gpu.NewRecording("lanes")
	r.Dispatch(lanes, [3]uint32{groups, 1, 1}, nil, nil, v)
	b.submit(r)
	var want []uint32
	for i := range n * groups {
		want = append(want, uint32(n), 1, uint32(i%n), uint32(i%n)^1)
	}
	b.equal("workgroups are full subgroups", b.get(v), want)
}

// shifted is what shift makes of src.
func shifted(src []uint32, step uint32) []uint32 {
	dst := slices.Concat(src[4:], src[:4])
	for i := range dst {
		dst[i] += step
	}
	return dst
}

func testGrid(b *bench) {
	n := 3 * 5 * 7 * b.dev.Info().SubgroupSize
	src := b.put(counting(0, 4*n))
	dst := gpu.Whole(b.alloc(int64(16*n), gpu.Local))
	r := gpu.NewRecording("grid")
	r.Dispatch(shift, [3]uint32{3, 5, 7}, []uint32{0}, []uint32{uint32(n), 3, 5}, src, dst)
	b.submit(r)
	b.equal("three dimensions", b.get(dst), shifted(counting(0, 4*n), 0))
}

func testKinds(b *bench) {
	const n = 1000
	floats, signed, want := make([]uint32, n), make([]uint32, n), make([]uint32, n)
	for i := range floats {
		floats[i] = math.Float32bits(float32(i))
		signed[i] = uint32(-3 * i)
		want[i] = 1<<31 + uint32(i) + uint32(i) + uint32(-3*i)
	}
	dst := gpu.Whole(b.alloc(4*n, gpu.Local))
	r := gpu.NewRecording("kinds")
	r.Dispatch(kinds, b.groups(n), nil, []uint32{n}, b.put(counting(1<<31, n)), b.put(floats), b.put(signed), dst)
	b.submit(r)
	b.equal("the kinds of texel buffers", b.get(dst), want)
}

// testViews binds parts of one buffer, each kind of view at an offset.
func testViews(b *bench) {
	v := b.put(counting(0, 1024))
	part := func(first, n int64) gpu.View { return gpu.View{Buffer: v.Buffer, Offset: 4 * first, Size: 4 * n} }
	r := gpu.NewRecording("views")
	r.Dispatch(shift, b.groups(32), []uint32{1000}, []uint32{32, 1, 1}, part(128, 128), part(512, 128))
	r.Dispatch(kinds, b.groups(64), nil, []uint32{64}, part(64, 64), part(896, 128), part(192, 64), part(768, 64))
	if r.Ops[1].Barrier {
		b.Error("a barrier between operations that touch different parts")
	}
	b.submit(r)
	want := counting(0, 1024)
	copy(want[512:], shifted(counting(128, 128), 1000))
	for i := range 64 { // words as small as 896 are floats next to 0
		want[768+i] = uint32(64 + i + 192 + i)
	}
	b.equal("parts of a buffer", b.get(v), want)
}

// testStoreTexels writes a part of a buffer through a storage texel buffer.
func testStoreTexels(b *bench) {
	v := b.put(counting(0, 1024))
	part := func(first, n int64) gpu.View { return gpu.View{Buffer: v.Buffer, Offset: 4 * first, Size: 4 * n} }
	r := gpu.NewRecording("texels")
	r.Dispatch(shiftTexels, b.groups(32), []uint32{1000}, []uint32{32, 1, 1}, part(128, 128), part(512, 128))
	r.Dispatch(shift, b.groups(32), []uint32{1}, []uint32{32, 1, 1}, part(512, 128), part(768, 128))
	if !r.Ops[1].Barrier {
		b.Error("no barrier between texels that are written and read")
	}
	b.submit(r)
	want := counting(0, 1024)
	copy(want[512:], shifted(counting(128, 128), 1000))
	copy(want[768:], shifted(want[512:640], 1))
	b.equal("texels", b.get(v), want)
}

// testLarge writes the last texels of a buffer above gpu.SafeBuffer, which is
// larger than what many devices bind as a storage buffer, and reads them.
func testLarge(b *bench) {
	size := min(b.dev.Info().MaxBuffer, gpu.SafeBuffer+(1<<20))
	large := b.alloc(size, gpu.Local)
	const texels = 64
	tail := make([]uint32, 4*texels)
	end := gpu.View{Buffer: large, Offset: size - 16*texels}
	b.equal("the new buffer's end", b.get(end), tail)
	r := gpu.NewRecording("large")
	r.Dispatch(shiftTexels, b.groups(texels), []uint32{7}, []uint32{texels, 1, 1}, b.put(counting(1, 4*texels)), end)
	small := gpu.Whole(b.alloc(16*texels, gpu.Local))
	r.Dispatch(shift, b.groups(texels), []uint32{0}, []uint32{texels, 1, 1}, end, small)
	b.submit(r)
	want := shifted(counting(1, 4*texels), 7)
	b.equal("the large buffer's end", b.get(end), want)
	b.equal("its beginning", b.get(gpu.View{Buffer: large, Size: 16 * texels}), tail)
	b.equal("read by a kernel", b.get(small), shifted(want, 0))
}
