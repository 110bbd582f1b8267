package vulkan_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"fovea/gpu"
	"fovea/gpu/vulkan"
	"fovea/internal/gputest"
)

// crewed has the crew run all recordings.
type crewed struct{ *vulkan.Device }

func (d crewed) Prepare(r *gpu.Recording) error {
	r.Brief = true
	return d.Device.Prepare(r)
}

func (d crewed) Submit(ctx context.Context, r *gpu.Recording) error {
	r.Brief = true
	return d.Device.Submit(ctx, r)
}

func TestCrew(t *testing.T) {
	for _, n := range []int{2, 3} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			gputest.Run(t, func(t *testing.T) gpu.Device { return crewed{gputest.Crew(t, n)} })
		})
	}
}

// TestShare has the mates' parts of a grid be all of it, each workgroup once.
func TestShare(t *testing.T) {
	for _, groups := range [][3]uint32{{1, 1, 1}, {9, 1, 1}, {1, 3, 3}, {2, 3, 5}, {7, 1, 4}, {1, 1, 9}, {64, 3, 1}} {
		for of := 2; of <= 4; of++ {
			done, all := map[[3]uint32]int{}, groups[0]*groups[1]*groups[2]
			for number := range of {
				n := 0
				for _, b := range vulkan.Share(number, of, groups) {
					for x := range b[1][0] {
						for y := range b[1][1] {
							for z := range b[1][2] {
								done[[3]uint32{b[0][0] + x, b[0][1] + y, b[0][2] + z}]++
								n++
							}
						}
					}
				}
				if least := int(all) / of; n < least || n > least+1 {
					t.Errorf("of %v workgroups, mate %d of %d has %d", groups, number, of, n)
				}
			}
			for g, n := range done {
				if n != 1 || g[0] >= groups[0] || g[1] >= groups[1] || g[2] >= groups[2] {
					t.Errorf("of %v workgroups, %v runs %d times", groups, g, n)
				}
			}
			if len(done) != int(all) {
				t.Errorf("of %v workgroups, %d run", groups, len(done))
			}
		}
	}
}

// TestCrewOrAlone has a program run in the way that takes less time, and the other be
// tried now and then.
func TestCrewOrAlone(t *testing.T) {
	if got := vulkan.AloneRuns(1000, time.Millisecond, 2*time.Millisecond); got < 10 || got > 60 {
		t.Errorf("where all are faster, the first mate ran %d of 1000 alone", got)
	}
	if got := vulkan.AloneRuns(1000, 2*time.Millisecond, time.Millisecond); got < 900 || got > 990 {
		t.Errorf("where one is faster, it ran %d of 1000", got)
	}
}
