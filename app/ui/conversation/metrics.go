package conversation

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// style is how a piece of text looks.
type style struct {
	bold, italic, mono, strike, underline bool

	fill  bool                // on a background of its own, as inline code
	size  fyne.ThemeSizeName  // "" is the size of text
	color fyne.ThemeColorName // "" is the foreground
}

// textStyle is the style in Fyne's terms. Fixed-width text is never bold or italic: themes have one such
// font, and Fyne needs a font for every style that it is given.
func (s style) textStyle() fyne.TextStyle {
	if s.mono {
		s.bold, s.italic = false, false
	}
	return fyne.TextStyle{Bold: s.bold, Italic: s.italic, Monospace: s.mono, Strikethrough: s.strike, Underline: s.underline}
}

func (s style) textSize() float32 {
	if s.size == "" {
		return theme.Size(theme.SizeNameText)
	}
	return theme.Size(s.size)
}

func (s style) colorName() fyne.ThemeColorName {
	if s.color == "" {
		return theme.ColorNameForeground
	}
	return s.color
}

// face is the part of a style that widths depend on.
type face struct {
	style fyne.TextStyle
	size  float32
}

func (s style) face() face {
	s.strike, s.underline = false, false
	return face{s.textStyle(), s.textSize()}
}

// metrics remembers how wide characters are, because asking Fyne shapes the text each time. It is
// shared by all text of a pane.
type metrics struct {
	widths map[face]map[rune]float32
	seen   appearance // of the theme
	epoch  int        // counts changes of the look; what was laid out in an older epoch is void
}

// appearance is the part of a theme that the size and the colours of text follow from.
type appearance struct {
	fonts  [3]fyne.Resource
	sizes  [4]float32
	colors [3]color.Color
}

// advance returns the width of one character in pixels.
func (m *metrics) advance(widths map[rune]float32, r rune, f face) float32 {
	w, ok := widths[r]
	if !ok {
		w = fyne.MeasureText(string(r), f.size, f.style).Width
		widths[r] = w
	}
	return w
}

// of returns the known widths of a face, to be completed by advance.
func (m *metrics) of(f face) map[rune]float32 {
	w := m.widths[f]
	if w == nil {
		if m.widths == nil {
			m.widths = map[face]map[rune]float32{}
		}
		w = map[rune]float32{}
		m.widths[f] = w
	}
	return w
}

// check forgets everything when the theme looks different from the last call.
func (m *metrics) check() {
	th := fyne.CurrentApp().Settings().Theme()
	now := appearance{
		fonts: [3]fyne.Resource{
			th.Font(fyne.TextStyle{}), th.Font(fyne.TextStyle{Bold: true}), th.Font(fyne.TextStyle{Monospace: true}),
		},
		sizes: [4]float32{
			theme.Size(theme.SizeNameText), theme.Size(theme.SizeNameCaptionText),
			theme.Size(theme.SizeNameHeadingText), theme.Size(theme.SizeNameSubHeadingText),
		},
		colors: [3]color.Color{
			theme.Color(theme.ColorNameForeground), theme.Color(theme.ColorNameBackground), theme.Color(theme.ColorNameInputBackground),
		},
	}
	if now != m.seen {
		m.seen, m.widths = now, nil
		m.epoch++
	}
}
