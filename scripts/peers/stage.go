package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"fovea/internal/bench"
)

// The names of comparisons in results.
const (
	cpuStage    = "cpu"
	vulkanStage = "vulkan"
)

// stage is a comparison of engines at depths, in tokens, rising.
type stage struct {
	name    string
	depths  []int
	engines []engine
	logs    string // folder
	// oneDevice requires that all engines name the same Vulkan device.
	oneDevice bool
}

// run measures what is missing in the kept results: round by round, depth by
// depth, in each one engine after the other, which rotate from round to round.
func (s *stage) run(ctx context.Context, kept *results, rounds int) error {
	for round := 1; round <= rounds; round++ {
		missing := kept.missing(s.name, round, s.depths)
		if len(missing) == 0 {
			continue
		}
		for _, e := range s.engines {
			if e.prepare != nil {
				if err := e.prepare(ctx); err != nil {
					return err
				}
			}
		}
		if err := s.round(ctx, kept, round, rounds, missing); err != nil {
			return fmt.Errorf("%w\n(what was measured before is kept; the same command goes on from there)", err)
		}
	}
	return nil
}

func (s *stage) round(ctx context.Context, kept *results, round, of int, depths []int) error {
	var running []*driver
	defer func() {
		for _, d := range running {
			_ = d.end(true) // ended already unless something failed
		}
	}()
	for _, e := range s.engines {
		var says about
		d, err := start(ctx, e.name, e.command(ctx, depths), filepath.Join(s.logs, "log", e.log+".txt"), &says)
		if err != nil {
			return err
		}
		running = append(running, d)
		kept.About[s.name+": "+e.name] = says
		if first := kept.About[s.name+": "+s.engines[0].name].Device; s.oneDevice && deviceName(says.Device) != deviceName(first) {
			return fmt.Errorf("%s runs on the device %q, and %s on %q: nothing can be compared; leave this out with -vulkan=", e.name, says.Device, s.engines[0].name, first)
		}
	}
	for _, depth := range depths {
		m := measured{Stage: s.name, Round: round, Depth: depth, Points: map[string]bench.Point{}}
		for i := range running {
			d := running[(i+round-1)%len(running)]
			var p bench.Point
			if err := d.next(ctx, &p); err != nil {
				return err
			}
			if p.Depth != depth || p.Decode <= 0 {
				return d.failed(fmt.Errorf("it measured %+v, not at depth %d", p, depth))
			}
			fmt.Fprintf(os.Stderr, "%s, round %d of %d, %d tokens: %s reads %s and writes %.3g tokens/s\n", s.name, round, of, depth, d.name, speed(p.Mean), p.Decode)
			m.Points[d.name] = p
		}
		if err := kept.add(m); err != nil {
			return err
		}
	}
	for _, d := range running {
		if err := d.close(); err != nil {
			return err
		}
	}
	return nil
}

// deviceName is a Vulkan device's name without what stands in brackets, which
// says on lavapipe how wide the vectors are that a program asked for.
func deviceName(device string) string {
	name, _, _ := strings.Cut(device, " (")
	return name
}

// speed writes tokens per second, where they were measured.
func speed(v float64) string {
	if v <= 0 {
		return "-"
	}
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}
