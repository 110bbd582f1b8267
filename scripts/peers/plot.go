package main

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// The picture is two panels side by side. Colours are told apart by people
// with any kind of colour vision (after Okabe and Ito).
const (
	pictureWidth, pictureHeight = 24 * vg.Centimeter, 9.5 * vg.Centimeter
	pictureDPI                  = 120
)

var (
	foveaColour = color.RGBA{0, 114, 178, 255}
	peerColour  = color.RGBA{213, 94, 0, 255}
)

// plot draws speed against depth of Fovea and of llama.cpp's CPU backend.
func (r *results) plot(path string) error {
	panels := []*plot.Plot{}
	for _, k := range []kind{prefill, decode} {
		p, err := r.panel(k)
		if err != nil {
			return fmt.Errorf("the picture: %w", err)
		}
		panels = append(panels, p)
	}
	c := vgimg.NewWith(vgimg.UseWH(pictureWidth, pictureHeight), vgimg.UseDPI(pictureDPI))
	pad := vg.Points(12)
	tiles := draw.Tiles{Rows: 1, Cols: 2, PadTop: pad, PadBottom: pad, PadLeft: pad, PadRight: pad, PadX: 2 * pad}
	for i, canvas := range plot.Align([][]*plot.Plot{panels}, tiles, draw.New(c))[0] {
		panels[i].Draw(canvas)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("the picture: %w", err)
	}
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("the picture: %w", err)
	}
	if _, err := (vgimg.PngCanvas{Canvas: c}).WriteTo(file); err != nil {
		file.Close()
		return fmt.Errorf("the picture: %w", err)
	}
	return file.Close()
}

// panel is the plot of one kind.
func (r *results) panel(k kind) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = fmt.Sprintf("%s, tokens/s", k.name)
	p.X.Label.Text = "tokens in the cache"
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.ConstantTicks(depthTicks())
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	size := font.Length(12)
	for _, s := range []*draw.TextStyle{&p.Title.TextStyle, &p.X.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle} {
		s.Font.Size, s.Font.Variant = size, "Sans"
	}
	p.Title.TextStyle.Font.Size = size + 2
	p.Title.Padding, p.Legend.Padding = vg.Points(6), vg.Points(3)

	var fovea, peer plotter.XYs
	for _, w := range r.compare(cpuStage, k) {
		fovea = append(fovea, plotter.XY{X: float64(w.Depth), Y: w.Fovea})
		peer = append(peer, plotter.XY{X: float64(w.Depth), Y: w.Peer})
	}
	alone := "Fovea alone"
	var beyond plotter.XYs // the comparison's depths
	if r.Alone != nil && len(fovea) > 0 {
		beyond = plotter.XYs{fovea[len(fovea)-1]}
		for _, at := range r.Alone.Points {
			v := k.value(at)
			if v == 0 { // not all tokens were read
				v = at.Prefill
			}
			if float64(at.Depth) > beyond[len(beyond)-1].X {
				beyond = append(beyond, plotter.XY{X: float64(at.Depth), Y: v})
			}
			if at.Synthetic {
				alone = "Fovea alone, cache filled by repetition"
			}
		}
	}
	device, _, _ := strings.Cut(r.device(), " ")
	for _, l := range []struct {
		name   string
		xys    plotter.XYs
		colour color.RGBA
		shape  draw.GlyphDrawer
		dashes []vg.Length
	}{
		{"Fovea (Vulkan: " + device + ")", fovea, foveaColour, draw.CircleGlyph{}, nil},
		{alone, beyond, foveaColour, draw.CircleGlyph{}, []vg.Length{vg.Points(4), vg.Points(3)}},
		{"llama.cpp (native code)", peer, peerColour, draw.BoxGlyph{}, nil},
	} {
		if len(l.xys) < 1 || l.name == alone && len(l.xys) < 2 {
			continue
		}
		line, points, err := plotter.NewLinePoints(l.xys)
		if err != nil {
			return nil, err
		}
		line.Color, line.Width, line.Dashes = l.colour, vg.Points(2), l.dashes
		points.Color, points.Shape, points.Radius = l.colour, l.shape, vg.Points(3.5)
		p.Add(line, points)
		p.Legend.Add(l.name, line, points)
	}
	p.X.Min, p.X.Max = 0.9*p.X.Min, 1.1*p.X.Max
	p.Y.Min = 0
	p.Y.Max *= 1.3 // room for the legend
	return p, nil
}

// depthTicks are the places of numbers under a logarithmic axis of depths.
func depthTicks() []plot.Tick {
	return []plot.Tick{
		{Value: 32, Label: "32"},
		{Value: 128, Label: "128"},
		{Value: 512, Label: "512"},
		{Value: 2048, Label: "2K"},
		{Value: 8192, Label: "8K"},
		{Value: 32768, Label: "32K"},
		{Value: 131072, Label: "128K"},
		{Value: 524288, Label: "512K"},
	}
}
