package gputest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fovea/gpu"
)

func testCopy(b *bench) {
	v := b.put(counting(0, 256))
	host := b.alloc(1024, gpu.Host)
	r := gpu.NewRecording("copy")
	r.Copy(gpu.View{Buffer: host, Size: 256}, gpu.View{Buffer: v.Buffer, Offset: 512, Size: 256})
	r.Dispatch(fill, b.groups(64), nil, []uint32{900, 128, 64}, v) // must wait for the copy's reading
	r.Copy(gpu.View{Buffer: host, Offset: 512, Size: 512}, gpu.View{Buffer: v.Buffer, Offset: 512, Size: 512})
	r.Copy(gpu.View{Buffer: v.Buffer, Size: 512}, gpu.View{Buffer: host, Offset: 512, Size: 512})
	b.submit(r)
	want := make([]uint32, 256)
	copy(want, counting(128, 64))
	copy(want[128:], counting(900, 64))
	copy(want[192:], counting(192, 64))
	b.equal("copied to the host", words(host.Bytes()), want)
	b.equal("copied back", b.get(v)[:128], want[128:])
}

// chain records n operations that each need the one before: the words turn by
// one texel and grow by one, from a to b and back.
func (b *bench) chain(n, texels int, from, to gpu.View) *gpu.Recording {
	r := gpu.NewRecording(fmt.Sprintf("chain of %d", n))
	for range n {
		r.Dispatch(shift, b.groups(texels), []uint32{1}, []uint32{uint32(texels), 1, 1}, from, to)
		from, to = to, from
	}
	return r
}

func testOrder(b *bench) {
	const n, texels = 200, 4096
	want := counting(0, 4*texels)
	from, to := b.put(want), gpu.Whole(b.alloc(16*texels, gpu.Local))
	r := b.chain(n, texels, from, to)
	for i := range r.Ops {
		if r.Ops[i].Barrier != (i > 0) {
			b.Fatalf("operation %d: barrier %v", i, r.Ops[i].Barrier)
		}
	}
	b.submit(r)
	for range n {
		want = shifted(want, 1)
	}
	b.equal("a chain", b.get(from), want)
}

// testVariants has one kernel with many specialisation constants at once.
func testVariants(b *bench) {
	const variants, texels = 24, 16
	src := b.put(counting(0, 4*texels))
	dst := b.alloc(variants*gpu.Alignment, gpu.Local)
	r := gpu.NewRecording("variants")
	var want []uint32
	for i := range uint32(variants) {
		to := gpu.View{Buffer: dst, Offset: int64(i) * gpu.Alignment, Size: gpu.Alignment}
		r.Dispatch(shift, b.groups(texels), []uint32{1000 * i}, []uint32{texels, 1, 1}, src, to)
		want = append(want, shifted(counting(0, 4*texels), 1000*i)...)
	}
	b.submit(r)
	b.equal("every constant", b.get(gpu.Whole(dst)), want)
}

func testReplay(b *bench) {
	const n, texels, times = 2, 64, 300
	want := counting(0, 4*texels)
	from, to := b.put(want), gpu.Whole(b.alloc(16*texels, gpu.Local))
	r := b.chain(n, texels, from, to)
	if err := b.dev.Prepare(r); err != nil {
		b.Fatal(err)
	}
	b.equal("preparing runs nothing", b.get(from), want)
	for range times {
		b.submit(r)
	}
	for range n * times {
		want = shifted(want, 1)
	}
	b.equal("submitted many times", b.get(from), want)
}

func testRelease(b *bench) {
	const texels = 64
	want := counting(0, 4*texels)
	from, to := b.put(want), gpu.Whole(b.alloc(16*texels, gpu.Local))
	r := b.chain(2, texels, from, to)
	b.dev.Release(r) // of what was never prepared: nothing
	for range 3 {
		b.submit(r)
		b.dev.Release(r)
		want = shifted(shifted(want, 1), 1)
	}
	b.equal("released and submitted again", b.get(from), want)

	temporary, err := b.dev.Alloc(16*texels, gpu.Local)
	if err != nil {
		b.Fatal(err)
	}
	gone := b.chain(1, texels, from, gpu.Whole(temporary))
	b.submit(gone)
	b.dev.Release(gone)
	temporary.Free()
	b.submit(r)
	b.equal("after a buffer was freed", b.get(from), shifted(shifted(want, 1), 1))
}

func testContext(b *bench) {
	v := b.put(counting(0, 64))
	r := gpu.NewRecording("cancelled")
	r.Dispatch(fill, b.groups(64), nil, []uint32{7, 0, 64}, v)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := b.dev.Submit(ctx, r); !errors.Is(err, context.Canceled) {
		b.Errorf("%v, want %v", err, context.Canceled)
	}
	b.equal("a cancelled recording does not run", b.get(v), counting(0, 64))
	b.submit(r)
	b.equal("and can run later", b.get(v), counting(7, 64))
}

func testStats(b *bench) {
	before := b.dev.Stats()
	local, err := b.dev.Alloc(3<<20, gpu.Local)
	if err != nil {
		b.Fatal(err)
	}
	host, err := b.dev.Alloc(1000, gpu.Host)
	if err != nil {
		b.Fatal(err)
	}
	if n := host.Size(); n != 1008 {
		b.Errorf("a buffer of 1000 bytes has %d, want 1008", n)
	}
	during := b.dev.Stats()
	if l, h := during.LocalBytes-before.LocalBytes, during.HostBytes-before.HostBytes; l != 3<<20 || h != 1008 {
		b.Errorf("allocated %d local and %d host bytes, want %d and 1008", l, h, 3<<20)
	}
	if during.Slabs == 0 {
		b.Error("memory without slabs")
	}
	r := b.chain(5, 64, gpu.View{Buffer: local, Size: 1024}, gpu.View{Buffer: local, Offset: 1024, Size: 1024})
	r.Copy(gpu.View{Buffer: host, Size: 256}, gpu.View{Buffer: local, Size: 256})
	begin := time.Now()
	b.submit(r)
	b.submit(r)
	took := time.Since(begin)
	b.dev.Release(r)
	local.Free()
	host.Free()
	after := b.dev.Stats()
	if s, d := after.Submissions-during.Submissions, after.Dispatches-during.Dispatches; s != 2 || d != 10 {
		b.Errorf("%d submissions of %d dispatches, want 2 of 10", s, d)
	}
	if busy := after.Busy - during.Busy; busy <= 0 || busy > took {
		b.Errorf("busy for %v of %v", busy, took)
	}
	if after.LocalBytes != before.LocalBytes || after.HostBytes != before.HostBytes || after.Slabs != before.Slabs {
		b.Errorf("before %+v, after all was freed %+v", before, after)
	}
}

func testProfile(b *bench) {
	const n, texels = 6, 1 << 14
	want := counting(0, 4*texels)
	from, to := b.put(want), gpu.Whole(b.alloc(16*texels, gpu.Local))
	r := b.chain(n, texels, from, to)
	r.Dispatch(fill, b.groups(8), nil, []uint32{0, 0, 8}, gpu.Whole(b.alloc(256, gpu.Local)))
	b.submit(r)
	if times := b.dev.Profile(true); len(times) != 0 {
		b.Errorf("times without profiling: %v", times)
	}
	start := time.Now()
	b.submit(r)
	b.submit(r)
	wall := time.Since(start)
	times := b.dev.Profile(false)
	if len(times) == 0 {
		b.Skip("the device has no timestamps")
	}
	sum := time.Duration(0)
	for name, calls := range map[string]int{"shift": 2 * n, "fill": 2} {
		k := times[name]
		if k.Calls != calls || k.Time <= 0 {
			b.Errorf("%s: %+v, want %d calls", name, k, calls)
		}
		sum += k.Time
	}
	if len(times) != 2 || sum > wall {
		b.Errorf("%v in %v", times, wall)
	}
	b.submit(r)
	if times := b.dev.Profile(false); len(times) != 0 {
		b.Errorf("times after profiling: %v", times)
	}
	for range 4 * n {
		want = shifted(want, 1)
	}
	b.equal("profiled and not", b.get(from), want)
}
