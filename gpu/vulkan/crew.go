package vulkan

// #include "native.h"
import "C"

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"

	"fovea/gpu"
)

// crew is how a device takes part in a crew: several Vulkan devices of a software
// driver, the mates, which work for another one, the leader, on its memory. They run
// its brief recordings. Each runs its share of every dispatch's workgroups in the
// thread that submits to it, and between operations of which one waits for the other,
// all meet in a word of the memory (meet.comp). Mesa by itself hands every dispatch to
// threads of the driver, which it wakes and waits for: that takes longer than many
// kernels of a decoded token (decision 26).
type crew struct {
	leader *Device   // of a mate
	number int       // of a mate
	of     int       // mates; 0: the device is none
	meet   *program  // of a mate: one step, meet.comp
	mates  []*Device // of the leader
	words  *buffer   // of the leader: those of meet.comp
}

const (
	// mostCrew is the most mates of a crew: kernels of a decoded token have few
	// workgroups.
	mostCrew = 4
	// hostPage is the alignment of memory that a crew shares.
	hostPage = 4096
)

var meetKernel = ownKernel("meet")

// patience are the workgroups of a meeting's dispatches. Those behind the first go on
// waiting, about 2 ms each, where shares are not alike and where the machine is busy with
// something else. Workgroups that need not wait any more take time as well.
var patience = [3]uint32{1, 64, 60000}

// crewSize is how many mates the device gets.
func crewSize(a *adapter, o Options) int {
	if !a.software() || a.native.host_alignment == 0 || a.native.host_alignment > hostPage {
		return 0
	}
	n := min(o.Crew, mostCrew)
	switch {
	case o.Validation && os.Getenv(ThreadVariable) != "0":
		n = 0
	case !o.Validation:
		n = min(n, len(prepared))
	}
	if n < 2 {
		return 0
	}
	return n
}

// recruit makes the device the leader of n mates.
func (d *Device) recruit(n int) error {
	if n == 0 {
		return nil
	}
	d.info.Cores = n
	for i := range n {
		if err := d.enlist(i, n); err != nil {
			return err
		}
	}
	var err error
	if d.crew.words, err = d.alloc(int64(4*meetingApart*(n+1)), gpu.Host); err != nil {
		return err
	}
	if err := d.crew.words.zero(); err != nil {
		return err
	}
	for m := range n {
		for i := range patience[1:] {
			for _, axis := range []int{1, 2} {
				word(d.crew.words.mapped(), meetingGroups(m, i)+axis).Store(1)
			}
		}
	}
	r := gpu.NewRecording("meet")
	r.Dispatch(meetKernel, [3]uint32{1, 1, 1}, nil, make([]uint32, meetKernel.PushWords), gpu.Whole(d.crew.words))
	return each(d.crew.mates, func(m *Device) (err error) {
		m.crew.meet, err = m.build(r)
		return err
	})
}

// Crew is the number of the device's mates.
func (d *Device) Crew() int { return len(d.crew.mates) }

// enlist opens a mate. It is of an instance of its own: devices of one have a lock in
// common, which the driver holds while it works.
func (d *Device) enlist(number, of int) error {
	in, err := d.options.mateInstance(number)
	if err != nil {
		return err
	}
	m := &Device{
		instance: in, options: d.options,
		crew:     crew{leader: d, number: number, of: of},
		programs: map[*gpu.Recording]*program{},
	}
	m.options.CacheDir = ""
	d.crew.mates = append(d.crew.mates, m)
	adapters, err := in.adapters()
	if err != nil {
		return err
	}
	same := slices.IndexFunc(adapters, func(a *adapter) bool { return a.cacheKey == d.cacheKey })
	if same < 0 {
		return fmt.Errorf("vulkan: %s cannot be opened another time", d.info.Name)
	}
	m.adapter = adapters[same]
	m.native.imports, m.info.Team = 1, d.info.Team
	if err := m.open(); err != nil {
		return err
	}
	return m.pipelines.init(m)
}

// each calls f for all of the devices at the same time.
func each(devices []*Device, f func(m *Device) error) error {
	errs := make([]error, len(devices))
	var wait sync.WaitGroup
	for i, m := range devices {
		wait.Go(func() { errs[i] = f(m) })
	}
	wait.Wait()
	return errors.Join(errs...)
}

// meetingApart is the words of a device at a meeting (APART in meet.comp).
const meetingApart = 16

// meetingGroups is the word from which a mate's waiting dispatch i has its workgroups,
// those of three axes (GROUPS in meet.comp).
func meetingGroups(mate, i int) int { return meetingApart*(1+mate) + 4*(1+i) }

// all is the device and its mates.
func (d *Device) all() []*Device { return append([]*Device{d}, d.crew.mates...) }

// await records that what comes waits for what came, on all mates of the crew.
func (d *Device) await(c vk.CommandBuffer, alone bool) {
	C.fv_barrier(unsafe.Pointer(c), 0)
	if alone || d.crew.meet == nil {
		return
	}
	meet, words := &d.crew.meet.steps[0], d.crew.leader.crew.words.mates[d.crew.number]
	for i, workgroups := range patience {
		push := []uint32{uint32(d.crew.number), uint32(d.crew.of), uint32(i), workgroups - 1, 0}
		if i+1 < len(patience) {
			push[4] = patience[i+1]
		}
		if i == 0 {
			meet.bind(c, push)
			vk.CmdDispatch(c, workgroups, 1, 1)
		} else {
			meet.push(c, push)
			C.fv_indirect_barrier(unsafe.Pointer(c))
			vk.CmdDispatchIndirect(c, words.vk, vk.DeviceSize(4*meetingGroups(d.crew.number, i-1)))
		}
	}
	C.fv_barrier(unsafe.Pointer(c), 0)
}

// box is a part of a grid of workgroups.
type box struct{ base, count [3]uint32 }

// share is a mate's part of a grid of workgroups, as many as each has, or one more: of
// all in order, x first, those of one range.
func (c *crew) share(groups [3]uint32) []box {
	all := groups[0] * groups[1] * groups[2]
	lo, hi := all*uint32(c.number)/uint32(c.of), all*uint32(c.number+1)/uint32(c.of)
	var boxes []box
	for lo < hi {
		x, y, z := lo%groups[0], lo/groups[0]%groups[1], lo/groups[0]/groups[1]
		row, layer := groups[0], groups[0]*groups[1]
		b := box{base: [3]uint32{x, y, z}}
		switch n := hi - lo; {
		case x > 0 || n < row:
			b.count = [3]uint32{min(n, row-x), 1, 1}
		case y > 0 || n < layer:
			b.count = [3]uint32{row, min(n/row, groups[1]-y), 1}
		default:
			b.count = [3]uint32{row, groups[1], n / layer}
		}
		boxes = append(boxes, b)
		lo += b.count[0] * b.count[1] * b.count[2]
	}
	return boxes
}

// ready makes what a mate has besides its share: the commands of all, for the first, and
// the code that a software driver leaves to the first dispatch, by one of no
// workgroups, as the others would have to wait for it.
func (p *program) ready(d *Device, r *gpu.Recording) (err error) {
	if d.crew.number == 0 {
		if p.alone, err = d.commandBuffer(d.commands); err != nil {
			return err
		}
		if err := record(p.alone, false, func() { p.record(d, p.alone, r, 0, len(r.Ops), true, nil) }); err != nil {
			return err
		}
	}
	if !d.pipelines.compiled {
		return nil
	}
	defer C.fv_trim()
	d.pipelines.compiled = false
	return d.transfer(func(c vk.CommandBuffer) {
		for i := range p.steps {
			if s := &p.steps[i]; s.pipeline != nil {
				s.bind(c, make([]uint32, s.pipeline.kernel.PushWords))
				vk.CmdDispatch(c, 0, 0, 0)
				C.fv_barrier(unsafe.Pointer(c), 0)
			}
		}
	})
}

// effort is what is known about a program that a crew runs: how long it takes as work
// of all mates, and as that of the first alone, which is faster where the machine has
// other work for its cores.
type effort struct {
	took [2]time.Duration // all; alone
	runs int
}

// again is how many times a program runs in the faster way before it runs in the other.
const again = 32

// alone says whether the next run is the first mate's.
func (e *effort) alone() bool {
	faster := e.took[1] != 0 && e.took[1] < e.took[0]
	return faster != (e.runs%again == again-1)
}

// note takes account of a run; noise does not change much.
func (e *effort) note(alone bool, took time.Duration) {
	of := &e.took[0]
	if alone {
		of = &e.took[1]
	}
	if *of == 0 {
		*of = took
	}
	*of += (took - *of) / 4
	e.runs++
}

// runCrew has the crew run the leader's program p of r.
func (d *Device) runCrew(p *program, r *gpu.Recording) error {
	alone := p.effort.alone()
	who, commands := d.crew.mates, func(m *Device) vk.CommandBuffer { return m.programs[r].pieces[0] }
	if alone {
		who, commands = who[:1], func(m *Device) vk.CommandBuffer { return m.programs[r].alone }
	}
	begin := time.Now()
	err := d.submitBy(who, commands)
	took := time.Since(begin)
	d.stats.Submissions++
	d.stats.Busy += took
	p.effort.note(alone, took)
	return err
}

// runners are the devices that run the leader's program p.
func (d *Device) runners(p *program) []*Device {
	if p.effort != nil {
		return d.crew.mates
	}
	return []*Device{d}
}

// submitBy runs a command buffer of the device itself, of its first mate alone, or of
// each mate, and waits for all.
func (d *Device) submitBy(who []*Device, commands func(m *Device) vk.CommandBuffer) error {
	if who[0] == d {
		return d.submit(commands(d))
	}
	state := d.crew.words.mapped()
	met, abandoned := word(state, 0), word(state, 1)
	met.Store(0)
	abandoned.Store(0)
	err := each(who, func(m *Device) error {
		err := m.submit(commands(m))
		if err != nil {
			abandoned.Store(1) // nobody needs to wait for it
		}
		return err
	})
	if err == nil && abandoned.Load() != 0 {
		err = fmt.Errorf("vulkan: %s: the threads that share its work waited for each other for minutes: %w", d.info.Name, gpu.ErrDeviceLost)
	}
	d.lost = d.lost || err != nil
	return err
}

func word(b []byte, i int) *atomic.Uint32 { return (*atomic.Uint32)(unsafe.Pointer(&b[4*i])) }
