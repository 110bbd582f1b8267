package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

type colours map[fyne.ThemeColorName]color.Color

func rgb(v uint32) color.NRGBA { return rgba(v<<8 | 0xff) }

func rgba(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 24), G: uint8(v >> 16), B: uint8(v >> 8), A: uint8(v)}
}

var dark = colours{
	base.ColorNameBackground:        rgb(0x16181d),
	base.ColorNameButton:            rgb(0x2a2e37),
	base.ColorNameDisabled:          rgb(0x6d7480),
	base.ColorNameDisabledButton:    rgb(0x22252c),
	base.ColorNameForeground:        rgb(0xe6e8ec),
	base.ColorNamePlaceHolder:       rgb(0xb0b7c3),
	base.ColorNameHeaderBackground:  rgb(0x1c1f25),
	base.ColorNameHover:             rgba(0xffffff12),
	base.ColorNamePressed:           rgba(0xffffff24),
	base.ColorNameInputBackground:   rgb(0x23272f),
	base.ColorNameInputBorder:       rgb(0x3a404b),
	base.ColorNameMenuBackground:    rgb(0x23262e),
	base.ColorNameOverlayBackground: rgb(0x1e2128),
	base.ColorNameScrollBar:         rgba(0xffffff55),
	base.ColorNameSeparator:         rgb(0x2c3038),
	base.ColorNameShadow:            rgba(0x00000088),

	base.ColorNamePrimary:             rgb(0x6ea0ff),
	base.ColorNameHyperlink:           rgb(0x8ab4ff),
	base.ColorNameForegroundOnPrimary: rgb(0x0b1426),
	base.ColorNameFocus:               rgba(0x6ea0ff50),
	base.ColorNameSelection:           rgba(0x6ea0ff33),
	base.ColorNameError:               rgb(0xff7b72),
	base.ColorNameForegroundOnError:   rgb(0x2a0b09),
	base.ColorNameWarning:             rgb(0xf0b44c),
	base.ColorNameForegroundOnWarning: rgb(0x261a04),
	base.ColorNameSuccess:             rgb(0x4cc38a),
	base.ColorNameForegroundOnSuccess: rgb(0x05261a),

	ColorNameSidebar:   rgb(0x111317),
	ColorNameSurface:   rgb(0x1e2128),
	ColorNameBubble:    rgb(0x202b40),
	ColorNameFound:     rgba(0xf0b44c55),
	ColorNameFoundText: rgb(0xf5c46b),
}

var light = colours{
	base.ColorNameBackground:        rgb(0xffffff),
	base.ColorNameButton:            rgb(0xe9ecf1),
	base.ColorNameDisabled:          rgb(0x8d949f),
	base.ColorNameDisabledButton:    rgb(0xf1f3f6),
	base.ColorNameForeground:        rgb(0x1f2329),
	base.ColorNamePlaceHolder:       rgb(0x555d69),
	base.ColorNameHeaderBackground:  rgb(0xf5f6f8),
	base.ColorNameHover:             rgba(0x0000000d),
	base.ColorNamePressed:           rgba(0x0000001c),
	base.ColorNameInputBackground:   rgb(0xeff2f6),
	base.ColorNameInputBorder:       rgb(0xc9ced6),
	base.ColorNameMenuBackground:    rgb(0xffffff),
	base.ColorNameOverlayBackground: rgb(0xffffff),
	base.ColorNameScrollBar:         rgba(0x00000055),
	base.ColorNameSeparator:         rgb(0xe2e5ea),
	base.ColorNameShadow:            rgba(0x00000040),

	base.ColorNamePrimary:             rgb(0x2563d9),
	base.ColorNameHyperlink:           rgb(0x1d55c0),
	base.ColorNameForegroundOnPrimary: rgb(0xffffff),
	base.ColorNameFocus:               rgba(0x2563d938),
	base.ColorNameSelection:           rgba(0x2563d91f),
	base.ColorNameError:               rgb(0xc62f2f),
	base.ColorNameForegroundOnError:   rgb(0xffffff),
	base.ColorNameWarning:             rgb(0x925400),
	base.ColorNameForegroundOnWarning: rgb(0xffffff),
	base.ColorNameSuccess:             rgb(0x18794e),
	base.ColorNameForegroundOnSuccess: rgb(0xffffff),

	ColorNameSidebar:   rgb(0xf5f6f8),
	ColorNameSurface:   rgb(0xf5f6f8),
	ColorNameBubble:    rgb(0xe3ecfd),
	ColorNameFound:     rgba(0xffc83d70),
	ColorNameFoundText: rgb(0x8a5a00),
}
