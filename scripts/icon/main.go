// Command icon draws the program's icon, the fovea of an eye: sharp in the
// middle, and around it the blocks of a long text, of which a few are recalled.
// It writes icon.svg and icon.png, the same picture, into a folder.
//
//	go run ./scripts/icon assets
package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// size is the width and the height, in pixels.
const size = 512

// ground is the rounded square behind the rings.
var ground = struct {
	margin, radius float64 // pixels
	colour         color.NRGBA
}{16, 112, color.NRGBA{0x10, 0x18, 0x2b, 255}}

// ring is a ring around the centre, or a part of one.
type ring struct {
	inner, outer float64 // radii in pixels; inner 0: a disc
	from, to     float64 // turns, clockwise from the top; 0 to 1: all of it
	colour       color.NRGBA
}

func rings() []ring {
	all := []ring{
		{118, 146, 0, 1, color.NRGBA{0x2f, 0x6f, 0xe4, 255}},
		{70, 100, 0, 1, color.NRGBA{0x6e, 0xa0, 0xff, 255}},
		{0, 52, 0, 1, color.NRGBA{0xff, 0xc7, 0x5a, 255}},
		{0, 24, 0, 1, color.NRGBA{0xff, 0xf8, 0xe6, 255}},
	}
	const blocks, gap = 20, 0.010
	recalled := []int{1, 6, 7, 13, 18}
	for i := range blocks {
		c := color.NRGBA{0x2c, 0x3b, 0x5e, 255}
		if slices.Contains(recalled, i) {
			c = color.NRGBA{0xff, 0xc7, 0x5a, 255}
		}
		all = append(all, ring{168, 200, float64(i)/blocks + gap/2, float64(i+1)/blocks - gap/2, c})
	}
	return all
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "icon: say into which folder: go run ./scripts/icon assets")
		os.Exit(2)
	}
	picture, err := asPNG()
	if err == nil {
		err = os.WriteFile(filepath.Join(os.Args[1], "icon.png"), picture, 0o644)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(os.Args[1], "icon.svg"), asSVG(), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "icon:", err)
		os.Exit(1)
	}
}

func hex(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

func asSVG() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n", size, size, size, size)
	fmt.Fprintf(&b, "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" rx=\"%g\" fill=\"%s\"/>\n",
		ground.margin, ground.margin, size-2*ground.margin, size-2*ground.margin, ground.radius, hex(ground.colour))
	for _, r := range rings() {
		middle, width := (r.inner+r.outer)/2, r.outer-r.inner
		switch {
		case r.inner == 0:
			fmt.Fprintf(&b, "<circle cx=\"%d\" cy=\"%d\" r=\"%g\" fill=\"%s\"/>\n", size/2, size/2, r.outer, hex(r.colour))
		case r.to-r.from == 1:
			fmt.Fprintf(&b, "<circle cx=\"%d\" cy=\"%d\" r=\"%g\" fill=\"none\" stroke=\"%s\" stroke-width=\"%g\"/>\n",
				size/2, size/2, middle, hex(r.colour), width)
		default:
			x0, y0 := at(middle, r.from)
			x1, y1 := at(middle, r.to)
			fmt.Fprintf(&b, "<path d=\"M%.2f %.2fA%g %g 0 0 1 %.2f %.2f\" fill=\"none\" stroke=\"%s\" stroke-width=\"%g\"/>\n",
				x0, y0, middle, middle, x1, y1, hex(r.colour), width)
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// at is the point at a radius in pixels and an angle in turns.
func at(radius, turn float64) (x, y float64) {
	sin, cos := math.Sincos(2 * math.Pi * turn)
	return size/2 + radius*sin, size/2 - radius*cos
}

func asPNG() ([]byte, error) {
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	all := rings()
	for y := range size {
		for x := range size {
			img.SetNRGBA(x, y, pixel(all, x, y))
		}
	}
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img)
	return b.Bytes(), err
}

// pixel averages samples by samples points of a pixel, so that edges are smooth.
func pixel(all []ring, x, y int) color.NRGBA {
	const samples = 6
	var sum [4]int
	for i := range samples * samples {
		c := point(all, float64(x)+(float64(i%samples)+0.5)/samples, float64(y)+(float64(i/samples)+0.5)/samples)
		if c.A > 0 {
			sum[0], sum[1], sum[2], sum[3] = sum[0]+int(c.R), sum[1]+int(c.G), sum[2]+int(c.B), sum[3]+1
		}
	}
	n := sum[3]
	if n == 0 {
		return color.NRGBA{}
	}
	return color.NRGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), uint8(255 * n / (samples * samples))}
}

func point(all []ring, x, y float64) color.NRGBA {
	dx, dy := x-size/2, y-size/2
	// The distance from the square that the corners' centres span.
	straight := size/2 - ground.margin - ground.radius
	if math.Hypot(max(math.Abs(dx)-straight, 0), max(math.Abs(dy)-straight, 0)) > ground.radius {
		return color.NRGBA{}
	}
	radius := math.Hypot(dx, dy)
	turn := math.Mod(math.Atan2(dx, -dy)/(2*math.Pi)+1, 1)
	c := ground.colour
	for _, r := range all {
		if radius >= r.inner && radius < r.outer && turn >= r.from && turn < r.to {
			c = r.colour
		}
	}
	return c
}
