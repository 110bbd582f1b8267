package vulkan

import (
	"fmt"
	"time"

	vk "github.com/vulkan-go/vulkan"

	"fovea/gpu"
)

const (
	// mostSubmission is how long a graphics card should be busy with one
	// submission: the screen that it draws stands still meanwhile, and drivers
	// give up a device after two seconds or so.
	mostSubmission = 50 * time.Millisecond
	// firstPiece is the number of operations in one submission of a program whose
	// time is not known yet.
	firstPiece = 4
)

// cut records the program's commands, in so many pieces of about as many
// operations each.
func (p *program) cut(d *Device, r *gpu.Recording, pieces int) error {
	p.dropPieces(d)
	pieces = max(1, min(pieces, len(r.Ops)))
	begin := 0
	for i := range pieces {
		end := len(r.Ops) * (i + 1) / pieces
		commands, err := d.commandBuffer(d.commands)
		if err != nil {
			return err
		}
		p.pieces = append(p.pieces, commands)
		if err := record(commands, false, func() { p.record(d, commands, r, begin, end, false, nil) }); err != nil {
			return err
		}
		begin = end
	}
	return nil
}

func (p *program) dropPieces(d *Device) {
	if len(p.pieces) > 0 {
		vk.FreeCommandBuffers(d.device, d.commands, uint32(len(p.pieces)), p.pieces)
	}
	p.pieces = nil
}

// firstCut is the number of pieces of a program of n operations whose time is
// not known.
func (d *Device) firstCut(n int) int {
	if d.options.MostSubmission <= 0 {
		return 1
	}
	return (n + firstPiece - 1) / firstPiece
}

// run submits the pieces one after another and cuts the program anew where they
// took much longer or shorter than a submission should.
func (p *program) run(d *Device, r *gpu.Recording) error {
	begin := time.Now()
	for _, piece := range p.pieces {
		if err := d.submit(piece); err != nil {
			return err
		}
	}
	took := time.Since(begin)
	d.stats.Submissions += int64(len(p.pieces))
	d.stats.Busy += took
	most := d.options.MostSubmission
	if most <= 0 {
		return nil
	}
	if now, want := len(p.pieces), p.wanted(len(r.Ops), took, most); want != now {
		if err := p.cut(d, r, want); err != nil {
			return fmt.Errorf("in %d pieces: %w", want, err)
		}
	}
	return nil
}

// wanted is the number of pieces that a program of n operations should be
// submitted in after it took so long in as many as it has. A time that is about
// right changes nothing, so that noise does not.
func (p *program) wanted(n int, took, most time.Duration) int {
	now := len(p.pieces)
	each := took / time.Duration(now)
	if each <= most && (now == 1 || each >= most/3) {
		return now
	}
	return max(1, min(int((took+most-1)/most), n))
}
