package eval

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
)

// Plot is a picture of a report.
type Plot struct {
	Name  string // of its file, without a folder
	Title string
	SVG   []byte
}

// Plots draws the report: heat maps of depth and length, score against budget,
// recall of the needle's block and k by layer, overlap with dense attention by
// layer, KL divergence against depth. What was not measured is left out.
func (r *Report) Plots() (all []Plot) {
	add := func(name, title string, panels []panel, methods map[string]bool) {
		if len(panels) > 0 {
			all = append(all, Plot{name + ".svg", title, picture(title, panels, legendOf(methods))})
		}
	}
	for _, before := range []bool{false, true} {
		suffix, says := "", ""
		if before {
			suffix, says = "-before", ", question before the text"
		}
		budget := r.mainBudget(before)
		at := fmt.Sprintf(" at %d tokens%s", budget, says)
		add("depth-score"+suffix, "Mean score by depth and length"+at, r.heatPanels(before, budget, func(c HeatCell) float64 { return c.Score }), nil)
		add("depth-recall"+suffix, "Share of the needle attended by depth and length"+at, r.heatPanels(before, budget, func(c HeatCell) float64 { return c.Needle }), nil)
		panels, methods := r.budgetPanels(before)
		add("budget"+suffix, "Mean score of all tasks against the budget"+says, panels, methods)
		panels, methods = r.layerPanels(before, budget, "needle attended", 1, func(l LayerCell) ([]float64, []float64) { return l.Needle, nil })
		add("layers-recall"+suffix, "Share of the needle attended by layer"+at, panels, methods)
		panels, methods = r.layerPanels(before, budget, "blocks", 0, func(l LayerCell) ([]float64, []float64) { return l.K, l.KSpread })
		add("layers-k"+suffix, "Recalled blocks by layer, with standard deviation"+at, panels, methods)
	}
	panels, methods := r.oraclePanels()
	add("layers-oracle", "Overlap with the blocks that dense attention weighs most, by layer", panels, methods)
	panels, methods = r.klPanels()
	add("kl", "KL divergence from dense attention against depth", panels, methods)
	return all
}

func legendOf(methods map[string]bool) (entries []legend) {
	for _, name := range MethodNames() {
		if methods[name] {
			entries = append(entries, legend{name, colourOf(name)})
		}
	}
	return entries
}

// mainBudget is the budget with most answers, of these the largest.
func (r *Report) mainBudget(before bool) int {
	n, best := map[int]int{}, 0
	for _, c := range r.Answers {
		if c.Task == "" && c.Before == before && c.Budget > 0 {
			n[c.Budget] += c.Score.N
		}
	}
	for _, budget := range slices.Sorted(maps.Keys(n)) {
		if n[budget] >= n[best] {
			best = budget
		}
	}
	return best
}

// heatPanels has a heat map a method.
func (r *Report) heatPanels(before bool, budget int, of func(HeatCell) float64) (panels []panel) {
	var lengths []int
	cells := map[string][]HeatCell{}
	for _, c := range r.Heat {
		if c.Before != before || c.Budget != budget && c.Budget != 0 || of(c) < 0 {
			continue
		}
		cells[c.Method] = append(cells[c.Method], c)
		if !slices.Contains(lengths, c.Length) {
			lengths = append(lengths, c.Length)
		}
	}
	slices.Sort(lengths)
	for _, m := range MethodNames() {
		if len(cells[m]) == 0 {
			continue
		}
		h := &heatMap{title: m, x: "length in tokens", y: "depth"}
		for _, l := range lengths {
			h.columns = append(h.columns, lengthName(l))
		}
		for row := range depths {
			h.rows = append(h.rows, fmt.Sprintf("%.2f", (float64(row)+0.5)/depths))
			values := slices.Repeat([]float64{math.NaN()}, len(lengths))
			for _, c := range cells[m] {
				if int(c.Depth*depths) == row {
					values[slices.Index(lengths, c.Length)] = of(c)
				}
			}
			h.values = append(h.values, values)
		}
		panels = append(panels, h)
	}
	return panels
}

// lengthName is a length for people; texts that came as they are have none.
func lengthName(n int) string {
	if n == 0 {
		return "as it is"
	}
	return number(float64(n))
}

// charts are panels of lines, one a method, made of points that come in any order.
type charts struct {
	keys    []int // of the panels, as they came
	panels  map[int]*chart
	lines   map[int]map[string][]point
	methods map[string]bool
}

func newCharts() *charts {
	return &charts{panels: map[int]*chart{}, lines: map[int]map[string][]point{}, methods: map[string]bool{}}
}

func (c *charts) add(key int, method string, p point, like func() *chart) {
	if c.panels[key] == nil {
		c.keys = append(c.keys, key)
		c.panels[key], c.lines[key] = like(), map[string][]point{}
	}
	c.lines[key][method] = append(c.lines[key][method], p)
	c.methods[method] = true
}

func (c *charts) all() (panels []panel, methods map[string]bool) {
	slices.Sort(c.keys)
	for _, key := range c.keys {
		for _, m := range MethodNames() {
			if points := c.lines[key][m]; points != nil {
				slices.SortFunc(points, func(a, b point) int { return cmp.Compare(a.x, b.x) })
				c.panels[key].lines = append(c.panels[key].lines, series{colourOf(m), points})
			}
		}
		panels = append(panels, c.panels[key])
	}
	return panels, c.methods
}

// budgetPanels has a chart a length; dense attention is a level line.
func (r *Report) budgetPanels(before bool) ([]panel, map[string]bool) {
	c, low, high := newCharts(), math.MaxInt, 0
	for _, a := range r.Answers {
		if a.Budget > 0 && a.Before == before {
			low, high = min(low, a.Budget), max(high, a.Budget)
		}
	}
	for _, a := range r.Answers {
		if a.Task != "" || a.Before != before || high == 0 {
			continue
		}
		like := func() *chart {
			return &chart{title: lengthName(a.Length) + " tokens", x: "budget in tokens", y: "score", logX: true, yMax: 1}
		}
		at := []int{a.Budget}
		if a.Budget == 0 {
			at = []int{low, high}
		}
		for _, budget := range slices.Compact(at) {
			c.add(a.Length, a.Method, point{float64(budget), a.Score.Value, a.Score.Low, a.Score.High}, like)
		}
	}
	return c.all()
}

// layerPanels has a chart a length, of numbers by layer with their deviations.
func (r *Report) layerPanels(before bool, budget int, y string, yMax float64, of func(LayerCell) (values, spread []float64)) ([]panel, map[string]bool) {
	c := newCharts()
	for _, l := range r.Layers {
		if l.Before != before || l.Budget != budget {
			continue
		}
		values, spread := of(l)
		for i, v := range values {
			p := point{x: float64(i), y: v}
			if spread != nil {
				p.low, p.high = max(0, v-spread[i]), v+spread[i]
			}
			c.add(l.Length, l.Method, p, func() *chart {
				return &chart{title: lengthName(l.Length) + " tokens", x: "layer", y: y, yMax: yMax}
			})
		}
	}
	return c.all()
}

// oraclePanels has a chart a budget.
func (r *Report) oraclePanels() ([]panel, map[string]bool) {
	c := newCharts()
	for _, o := range r.Oracle {
		for i, v := range o.Overlap {
			c.add(o.Budget*1e6+o.Length, o.Method, point{x: float64(i), y: v}, func() *chart {
				return &chart{title: fmt.Sprintf("budget %d of %s tokens", o.Budget, lengthName(o.Length)), x: "layer", y: "overlap", yMax: 1}
			})
		}
	}
	return c.all()
}

// klPanels has a chart a budget.
func (r *Report) klPanels() ([]panel, map[string]bool) {
	c := newCharts()
	for _, l := range r.Likelihood {
		if l.Task != "" {
			continue
		}
		if l.Budget == 0 {
			continue
		}
		c.add(l.Budget, l.Method, point{float64(l.Depth), l.KL.Value, l.KL.Low, l.KL.High}, func() *chart {
			return &chart{title: fmt.Sprintf("budget %d", l.Budget), x: "depth in tokens", y: "nats a token", logX: true}
		})
	}
	return c.all()
}
