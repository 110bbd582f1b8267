package retention

import (
	"encoding/binary"
	"image/color"

	"fyne.io/fyne/v2/theme"
)

// palette is the colours of the picture. Hues and lightness are such that
// people with any colour vision tell the parts apart; palette_test.go measures
// it.
type palette struct {
	ground    color.NRGBA // not read yet
	block     color.NRGBA // in a block, not recalled
	initial   color.NRGBA
	remainder color.NRGBA
	local     color.NRGBA
	weak      color.NRGBA // recalled, little attention
	strong    color.NRGBA // recalled, much attention
	line      color.NRGBA // budget, text of no document
	bar       color.NRGBA
	paper     [2]color.NRGBA // documents along the axis, by turns
	recall    [256]pixel     // from weak to strong
	memory    [remembered]pixel
}

// remembered is how many entries ago a block may have been recalled that still
// shows.
const remembered = 32

// fresh is how much of the weak colour a block has that was recalled just now
// and is not any more.
const fresh = 0.42

// pixel is a colour as it lies in an image.RGBA.
type pixel uint32

func pack(c color.NRGBA) pixel {
	return pixel(binary.LittleEndian.Uint32([]byte{c.R, c.G, c.B, 0xff}))
}

// newPalette suits the background that the theme has now.
func newPalette() *palette {
	ground := opaque(theme.Color(theme.ColorNameBackground))
	p := &palette{ground: ground}
	if luminance(ground) < 0.5 {
		p.block = mix(ground, color.NRGBA{0xff, 0xff, 0xff, 0xff}, 0.09)
		p.initial = color.NRGBA{0xd0, 0x8c, 0xb0, 0xff}
		p.remainder = color.NRGBA{0x00, 0x8b, 0x5a, 0xff}
		p.local = color.NRGBA{0x86, 0xb5, 0xfa, 0xff}
		p.weak = color.NRGBA{0xb8, 0x5c, 0x00, 0xff}
		p.strong = color.NRGBA{0xff, 0xe6, 0x6d, 0xff}
		p.paper = [2]color.NRGBA{{0x6a, 0x70, 0x80, 0xff}, {0x45, 0x4a, 0x58, 0xff}}
	} else {
		p.block = mix(ground, color.NRGBA{0x20, 0x20, 0x40, 0xff}, 0.08)
		p.initial = color.NRGBA{0xbb, 0x6d, 0xb1, 0xff}
		p.remainder = color.NRGBA{0x35, 0x85, 0x68, 0xff}
		p.local = color.NRGBA{0x00, 0x69, 0xd3, 0xff}
		p.weak = color.NRGBA{0xf2, 0xae, 0x3d, 0xff}
		p.strong = color.NRGBA{0x96, 0x2d, 0x00, 0xff}
		p.paper = [2]color.NRGBA{{0x8e, 0x94, 0xa4, 0xff}, {0xbf, 0xc4, 0xd0, 0xff}}
	}
	foreground := opaque(theme.Color(theme.ColorNameForeground))
	p.line = foreground
	p.bar = mix(ground, foreground, 0.45)
	for i := range p.recall {
		p.recall[i] = pack(mix(p.weak, p.strong, float64(i)/255))
	}
	for i := range p.memory {
		p.memory[i] = pack(mix(p.block, p.weak, fresh*(1-float64(i)/remembered)))
	}
	return p
}

func opaque(c color.Color) color.NRGBA {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = 0xff
	return n
}

// luminance is 0 for black and 1 for white.
func luminance(c color.NRGBA) float64 {
	return (0.2126*float64(c.R) + 0.7152*float64(c.G) + 0.0722*float64(c.B)) / 255
}

// mix goes from a (0) to b (1).
func mix(a, b color.NRGBA, part float64) color.NRGBA {
	m := func(a, b uint8) uint8 { return uint8(float64(a) + (float64(b)-float64(a))*part + 0.5) }
	return color.NRGBA{m(a.R, b.R), m(a.G, b.G), m(a.B, b.B), 0xff}
}
