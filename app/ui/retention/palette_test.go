package retention

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
)

// vision is a matrix on linear RGB by which a colour looks to people with one
// kind of cones missing (Machado, Oliveira and Fernandes 2009, severity 1).
var vision = map[string][9]float64{
	"all cones": {1, 0, 0, 0, 1, 0, 0, 0, 1},
	"no red":    {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
	"no green":  {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
	"no blue":   {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
}

// lab is the colour in CIE L*a*b* as eyes with a vision see it.
func lab(c color.NRGBA, m [9]float64) [3]float64 {
	linear := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	r, g, b := linear(c.R), linear(c.G), linear(c.B)
	r, g, b = m[0]*r+m[1]*g+m[2]*b, m[3]*r+m[4]*g+m[5]*b, m[6]*r+m[7]*g+m[8]*b
	f := func(t float64) float64 {
		if t = max(t, 0); t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	x := f((0.4124*r + 0.3576*g + 0.1805*b) / 0.9505)
	y := f(0.2126*r + 0.7152*g + 0.0722*b)
	z := f((0.0193*r + 0.1192*g + 0.9505*b) / 1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

// TestColoursDiffer requires that the parts of the map are told apart on dark
// and light grounds, by people with all kinds of cones or two: a difference of
// 2 in L*a*b* can just be seen.
func TestColoursDiffer(t *testing.T) {
	app := test.NewTempApp(t)
	for name, variant := range test.KnownThemeVariants() {
		app.Settings().SetTheme(lighted{theme.DefaultTheme(), variant})
		p := newPalette()
		parts := map[string]color.NRGBA{
			"not recalled": p.block, "initial": p.initial, "remainder": p.remainder, "local": p.local,
			"recalled, weak": p.weak, "recalled, strong": p.strong,
		}
		for eyes, m := range vision {
			for a, ca := range parts {
				for b, cb := range parts {
					if a >= b {
						continue
					}
					la, lb := lab(ca, m), lab(cb, m)
					d := math.Hypot(math.Hypot(la[0]-lb[0], la[1]-lb[1]), la[2]-lb[2])
					if d < 20 {
						t.Errorf("%s, %s: %q and %q differ by %.0f, want 20", name, eyes, a, b, d)
					}
				}
			}
		}
	}
}
