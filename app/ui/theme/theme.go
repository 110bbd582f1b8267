// Package theme is how Fovea looks: Fyne's default theme with an accent, calmer
// surfaces and slightly denser sizes, in dark and light. Scaling is left to Fyne.
package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

// Choice says whether the window is dark or light.
type Choice string

// The choices, as settings keep them.
const (
	System Choice = "system" // as the desktop is
	Dark   Choice = "dark"
	Light  Choice = "light"
)

// Colours beyond those of Fyne, for theme.Color. Under another theme than New's
// they are transparent.
const (
	ColorNameSidebar   fyne.ThemeColorName = "foveaSidebar"   // behind lists at the window's side
	ColorNameSurface   fyne.ThemeColorName = "foveaSurface"   // behind what stands out: cards, code, the composer
	ColorNameBubble    fyne.ThemeColorName = "foveaBubble"    // behind a person's own message
	ColorNameFound     fyne.ThemeColorName = "foveaFound"     // behind words that a search found, under text in the foreground colour
	ColorNameFoundText fyne.ThemeColorName = "foveaFoundText" // of such words where nothing can be drawn behind them
)

// New makes the theme. A choice that is none of the constants is System.
func New(c Choice) fyne.Theme { return &theme{choice: c, Theme: base.DefaultTheme()} }

type theme struct {
	fyne.Theme
	choice Choice
}

// Color gives the colour of a name. The variant counts only with System.
func (t *theme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	switch t.choice {
	case Dark:
		variant = base.VariantDark
	case Light:
		variant = base.VariantLight
	}
	own := dark
	if variant == base.VariantLight {
		own = light
	}
	if c, ok := own[name]; ok {
		return c
	}
	return t.Theme.Color(name, variant)
}

// sizes are those that differ from Fyne's, in its device-independent pixels.
var sizes = map[fyne.ThemeSizeName]float32{
	base.SizeNameText:            13,
	base.SizeNameCaptionText:     11,
	base.SizeNameSubHeadingText:  16,
	base.SizeNameHeadingText:     21,
	base.SizeNameInnerPadding:    7,
	base.SizeNameInlineIcon:      18,
	base.SizeNameScrollBar:       10,
	base.SizeNameScrollBarSmall:  4,
	base.SizeNameScrollBarRadius: 5,
	base.SizeNameInputRadius:     6,
	base.SizeNameButtonRadius:    6,
	base.SizeNameSelectionRadius: 6,
	base.SizeNameCardRadius:      8,
	base.SizeNamePopupRadius:     8,
	base.SizeNameMenuRadius:      6,
}

// Size gives the size of a name, in device-independent pixels.
func (t *theme) Size(name fyne.ThemeSizeName) float32 {
	if s, ok := sizes[name]; ok {
		return s
	}
	return t.Theme.Size(name)
}
