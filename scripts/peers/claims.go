package main

import (
	"fmt"
	"slices"

	"github.com/dustin/go-humanize"

	"fovea/internal/bench"
)

// claim is something that Fovea's own figures must show.
type claim struct {
	What           string
	Measured, Goal string
	Met            bool
}

// claims are those that a report of Fovea alone has the figures for.
func claims(r *bench.Report, start *startup) (c []claim) {
	at := func(depth int) *bench.Point {
		if i := slices.IndexFunc(r.Points, func(p bench.Point) bool { return p.Depth == depth }); i >= 0 {
			return &r.Points[i]
		}
		return nil
	}
	flat := func(what string, of, to int, goal float64, value func(*bench.Point) float64) {
		deep, shallow := at(of), at(to)
		if deep == nil || shallow == nil || value(shallow) == 0 || value(deep) == 0 {
			return
		}
		ratio := value(deep) / value(shallow)
		c = append(c, claim{
			fmt.Sprintf("%s at %s tokens over that at %s", what, comma(of), comma(to)), fmt.Sprintf("%.2f", ratio),
			fmt.Sprintf("at least %.1f", goal), ratio >= goal,
		})
	}
	flat("Decode speed", 500_000, 4096, 0.8, func(p *bench.Point) float64 { return p.Decode })
	flat("Prefill speed", 200_000, 8192, 0.9, func(p *bench.Point) float64 { return p.Prefill })
	var dispatches, submissions, over float64
	for i := range r.Points {
		p := &r.Points[i]
		dispatches, submissions, over = max(dispatches, p.Dispatches), max(submissions, p.Submissions), max(over, p.OverRoofline())
	}
	most := float64(5*r.Layers + 5)
	if start != nil {
		first := median(slices.Clone(start.FirstToken))
		c = append(
			c,
			claim{
				fmt.Sprintf("First token of a prompt of 32 tokens after the start of the process, median of %d starts", len(start.FirstToken)),
				fmt.Sprintf("%.2f s", first), "at most 1.5 s", first <= 1.5,
			},
			claim{
				fmt.Sprintf("Peak resident memory with %s tokens read", comma(start.Document.Tokens)), size(start.Document.Peak), "under 350 MiB",
				start.Document.Peak < 350<<20,
			},
		)
	}
	return append(
		c,
		claim{"Dispatches a decoded token", fmt.Sprintf("%.0f", dispatches), fmt.Sprintf("at most %.0f: 5 a layer and 5", most), dispatches <= most},
		claim{"Submissions a decoded token", fmt.Sprintf("%.0f", submissions), "1", submissions == 1},
		claim{"Bytes read a decoded token, over the roofline", fmt.Sprintf("%.2f", over), "at most 1.15", over <= 1.15},
	)
}

func comma(n int) string { return humanize.Comma(int64(n)) }

// mark says in a table whether a target is reached.
func mark(met bool) string {
	if met {
		return "met"
	}
	return "**missed**"
}
