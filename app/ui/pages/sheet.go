package pages

import (
	"image/color"
	"math"
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// sheet is what is scrolled: notices, and a page as an image or as text. Of
// text, only the rows in view are drawn.
type sheet struct {
	widget.BaseWidget
	page    Page
	marks   []Mark // of this page
	loading bool
	zoom    float32
	view    fyne.Size // what can be seen of it
	top     float32   // where that begins

	aspect float32 // height of the paper by its width, as last seen; 0 unknown
	face   *typeface
	rows   []row

	// Where things are.
	notice, paper, column area
	size                  fyne.Size
}

type area struct {
	at   fyne.Position
	size fyne.Size
}

func newSheet() *sheet {
	s := &sheet{zoom: 1}
	s.ExtendBaseWidget(s)
	return s
}

// margin around the page, and how many times its letters' size a column of
// text is wide at most.
const (
	margin      = 12
	columnWidth = 46
)

// forget takes away the page, and what is known of its document.
func (s *sheet) forget() {
	s.aspect = 0
	s.load(false, nil)
}

// load shows, if a page is on its way, that one has to wait.
func (s *sheet) load(loading bool, marks []Mark) {
	s.page, s.loading, s.marks = Page{}, loading, marks
	s.update()
}

func (s *sheet) setPage(p Page) {
	s.page, s.loading = p, false
	if p.Image != nil {
		if b := p.Image.Bounds(); b.Dx() > 0 {
			s.aspect = float32(b.Dy()) / float32(b.Dx())
		}
	}
	s.update()
}

func (s *sheet) setMarks(marks []Mark) {
	s.marks = marks
	s.update()
}

func (s *sheet) setZoom(z float32) {
	s.zoom = z
	s.update()
}

func (s *sheet) setView(size fyne.Size) {
	s.view = size
	s.update()
}

func (s *sheet) scrollTo(y float32) {
	if y != s.top {
		s.top = y
		s.Refresh()
	}
}

// update sets everything in its place.
func (s *sheet) update() {
	s.arrange()
	s.Refresh()
}

// scale is how many device pixels a pixel of Fyne's has.
func (s *sheet) scale() float32 {
	if c := fyne.CurrentApp().Driver().CanvasForObject(s); c != nil {
		return c.Scale()
	}
	return 1
}

// pixels is the width of the paper in device pixels, 0 while it is unknown.
func (s *sheet) pixels() int {
	if s.view.Width <= 2*margin {
		return 0
	}
	return max(1, int(math.Round(float64((s.view.Width-2*margin)*s.zoom*s.scale()))))
}

// drawn says whether the page is, or seems to become, an image.
func (s *sheet) drawn() bool { return s.page.Image != nil || s.loading && s.aspect > 0 }

func (s *sheet) arrange() {
	y := float32(margin)
	s.notice = area{}
	if text := s.noticeText(); text != "" {
		s.notice.at = fyne.NewPos(margin, y)
		s.notice.size = fyne.NewSize(s.view.Width-2*margin, noticeHeight(text, s.view.Width-2*margin))
		y += s.notice.size.Height + margin
	}
	s.paper, s.column, s.rows = area{}, area{}, nil
	s.size = fyne.NewSize(s.view.Width, y)
	switch {
	case s.drawn():
		// Whole device pixels, so that none of the image's is drawn over two.
		scale := s.scale()
		s.paper.size.Width = float32(s.pixels()) / scale
		s.paper.size.Height = s.paper.size.Width * s.aspect
		x := max(margin, (s.view.Width-s.paper.size.Width)/2)
		s.paper.at = fyne.NewPos(float32(math.Round(float64(x*scale)))/scale, float32(math.Round(float64(y*scale)))/scale)
		s.size = fyne.NewSize(max(s.view.Width, s.paper.size.Width+2*margin), y+s.paper.size.Height+margin)
	case s.page.Text != "":
		s.arrangeText(y)
	}
}

func (s *sheet) arrangeText(y float32) {
	size := theme.TextSize() * s.zoom
	if s.face == nil || s.face.size != size {
		s.face = newTypeface(size)
	}
	width := min(s.view.Width-4*margin, columnWidth*size)
	s.column.at = fyne.NewPos((s.view.Width-width)/2, y)
	s.rows = setRows(s.page.Text, width, s.face)
	last := s.rows[len(s.rows)-1]
	s.column.size = fyne.NewSize(width, last.y+last.height)
	s.size.Height = y + s.column.size.Height + margin
}

// noticeText is the lines above the page, none while it is awaited.
func (s *sheet) noticeText() string {
	if s.loading || s.page.Image == nil && s.page.Text == "" && s.view.Width == 0 {
		return ""
	}
	return s.page.notices()
}

// MinSize is the size of all there is.
func (s *sheet) MinSize() fyne.Size { return s.size }

// firstMark is the y of the first highlight, one that a search found before
// others.
func (s *sheet) firstMark() (y float32, ok bool) {
	if s.page.Image != nil {
		boxes := s.page.Found
		if len(boxes) == 0 {
			boxes = s.page.Boxes
		}
		for i, b := range boxes {
			if top := s.paper.at.Y + float32(b.Y0)*s.paper.size.Height; i == 0 || top < y {
				y = top
			}
		}
		return y, len(boxes) > 0
	}
	for _, found := range []bool{true, false} {
		for _, r := range s.rows {
			for _, m := range s.marks {
				if _, _, in := r.clip(s.page.Text, m); in && m.Found == found {
					return s.column.at.Y + r.y, true
				}
			}
		}
	}
	return 0, false
}

// visible is the range of rows in view.
func (s *sheet) visible() (from, to int) {
	top := s.top - s.column.at.Y
	from = sort.Search(len(s.rows), func(i int) bool { return s.rows[i].y+s.rows[i].height > top })
	to = sort.Search(len(s.rows), func(i int) bool { return s.rows[i].y >= top+s.view.Height })
	return from, max(from, to)
}

// The colours of highlights on paper, which is white in dark windows too.
var (
	recalledOnPaper = color.NRGBA{R: 0xff, G: 0xc8, B: 0x00, A: 0x60}
	foundOnPaper    = color.NRGBA{R: 0x25, G: 0x63, B: 0xd9, A: 0x60}
)

// noticeHeight is that of a notice that wraps at a width.
func noticeHeight(text string, width float32) float32 {
	l := newNoticeLabel()
	l.SetText(text)
	l.Resize(fyne.NewSize(width, 0))
	return l.MinSize().Height
}

func newNoticeLabel() *widget.Label {
	l := widget.NewLabel("")
	l.Wrapping = fyne.TextWrapWord
	return l
}

var _ fyne.Widget = (*sheet)(nil)

// CreateRenderer is for Fyne.
func (s *sheet) CreateRenderer() fyne.WidgetRenderer {
	r := &sheetRenderer{
		sheet: s, noticeBox: canvas.NewRectangle(color.Transparent), notice: newNoticeLabel(),
		paper: canvas.NewRectangle(color.White), image: canvas.NewImageFromImage(nil), wait: widget.NewActivity(),
	}
	r.noticeBox.CornerRadius = theme.InputRadiusSize()
	r.paper.StrokeWidth = 1
	r.Refresh()
	return r
}
