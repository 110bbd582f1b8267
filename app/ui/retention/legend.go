package retention

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// legend names the colours of the map.
type legend struct {
	widget.BaseWidget
	flow *flow
	box  *fyne.Container
	keys []*legendKey
}

// legendKey is a colour with its name.
type legendKey struct {
	from, to func(*palette) color.NRGBA
	swatch   *canvas.LinearGradient
	text     *canvas.Text
}

func newLegend() *legend {
	l := &legend{flow: &flow{gap: 8}}
	l.box = container.New(l.flow)
	add := func(name string, from, to func(*palette) color.NRGBA) {
		k := &legendKey{from: from, to: to, swatch: canvas.NewHorizontalGradient(nil, nil), text: canvas.NewText(name, nil)}
		l.keys = append(l.keys, k)
		l.box.Add(container.New(&keyLayout{}, k.swatch, k.text))
	}
	one := func(name string, c func(*palette) color.NRGBA) { add(name, c, c) }
	one(lang.L("Initial tokens"), func(p *palette) color.NRGBA { return p.initial })
	add(lang.L("Recalled, by attention"),
		func(p *palette) color.NRGBA { return p.weak }, func(p *palette) color.NRGBA { return p.strong })
	add(lang.L("Recalled recently"),
		func(p *palette) color.NRGBA { return p.block }, func(p *palette) color.NRGBA { return mix(p.block, p.weak, fresh) })
	one(lang.L("Not recalled"), func(p *palette) color.NRGBA { return p.block })
	one(lang.L("Remainder"), func(p *palette) color.NRGBA { return p.remainder })
	one(lang.L("Local window"), func(p *palette) color.NRGBA { return p.local })
	l.ExtendBaseWidget(l)
	l.colour()
	return l
}

func (l *legend) colour() {
	p := newPalette()
	for _, k := range l.keys {
		k.swatch.StartColor, k.swatch.EndColor = k.from(p), k.to(p)
		k.text.Color, k.text.TextSize = theme.Color(theme.ColorNameForeground), theme.Size(theme.SizeNameCaptionText)
	}
}

// CreateRenderer is part of fyne.Widget.
func (l *legend) CreateRenderer() fyne.WidgetRenderer {
	l.ExtendBaseWidget(l)
	return &legendRenderer{widget.NewSimpleRenderer(l.box), l}
}

type legendRenderer struct {
	fyne.WidgetRenderer
	l *legend
}

// Refresh follows a change of the theme.
func (r *legendRenderer) Refresh() {
	r.l.colour()
	r.WidgetRenderer.Refresh()
	canvas.Refresh(r.l)
}

// keyLayout puts a swatch left of its text.
type keyLayout struct{}

const swatch = 18 // width of a swatch

func (keyLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	h := o[1].MinSize().Height
	o[0].Move(fyne.NewPos(0, (size.Height-h*0.6)/2))
	o[0].Resize(fyne.NewSize(swatch, h*0.6))
	o[1].Move(fyne.NewPos(swatch+4, (size.Height-h)/2))
	o[1].Resize(o[1].MinSize())
}

func (keyLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	m := o[1].MinSize()
	return fyne.NewSize(swatch+4+m.Width, m.Height)
}
