package uitest

import (
	"bytes"
	"image"
)

// row is the bytes of a rectangle's line in an image that contains it.
func row(img *image.RGBA, r image.Rectangle, y int) []byte {
	return img.Pix[img.PixOffset(r.Min.X, y):][:4*r.Dx()]
}

// Differing is the share of pixels, from 0 to 1, that are not the same in two
// images within a rectangle. Pixels outside of either image do not count; 0 if
// none is left, but 1 if the images differ in size.
func Differing(a, b *image.RGBA, in image.Rectangle) float64 {
	if a.Bounds() != b.Bounds() && !(in.In(a.Bounds()) && in.In(b.Bounds())) {
		return 1
	}
	in = in.Intersect(a.Bounds())
	if in.Empty() {
		return 0
	}
	count := 0
	for y := in.Min.Y; y < in.Max.Y; y++ {
		p, q := row(a, in, y), row(b, in, y)
		for i := 0; i < len(p); i += 4 {
			if !bytes.Equal(p[i:i+4], q[i:i+4]) {
				count++
			}
		}
	}
	return float64(count) / float64(in.Dx()*in.Dy())
}

// Difference is the smallest rectangle around all pixels that are not the same
// in two images: empty if there are none, all of both images if they differ in
// size.
func Difference(a, b *image.RGBA) image.Rectangle {
	if a.Bounds() != b.Bounds() {
		return a.Bounds().Union(b.Bounds())
	}
	var around image.Rectangle
	all := a.Bounds()
	for y := all.Min.Y; y < all.Max.Y; y++ {
		p, q := row(a, all, y), row(b, all, y)
		if bytes.Equal(p, q) {
			continue
		}
		first, last := 0, len(p)-4
		for bytes.Equal(p[first:first+4], q[first:first+4]) {
			first += 4
		}
		for bytes.Equal(p[last:last+4], q[last:last+4]) {
			last -= 4
		}
		around = around.Union(image.Rect(all.Min.X+first/4, y, all.Min.X+last/4+1, y+1))
	}
	return around
}

// Uniform says whether all pixels within a rectangle have one colour, as where
// nothing is drawn. The rectangle must lie in the image.
func Uniform(img *image.RGBA, in image.Rectangle) bool {
	first := row(img, in, in.Min.Y)
	for i := 4; i < len(first); i += 4 {
		if !bytes.Equal(first[:4], first[i:i+4]) {
			return false
		}
	}
	for y := in.Min.Y + 1; y < in.Max.Y; y++ {
		if !bytes.Equal(first, row(img, in, y)) {
			return false
		}
	}
	return true
}

// Find looks for a picture within a rectangle of an image, pixel by pixel the
// same, and returns where its upper left corner is. It looks from the top to
// the bottom, and in a line from the left to the right.
func Find(img, picture *image.RGBA, in image.Rectangle) (image.Point, bool) {
	in = in.Intersect(img.Bounds())
	all := picture.Bounds()
	for y := in.Min.Y; y <= in.Max.Y-all.Dy(); y++ {
		for x := in.Min.X; x <= in.Max.X-all.Dx(); x++ {
			if sameAt(img, picture, x, y) {
				return image.Pt(x, y), true
			}
		}
	}
	return image.Point{}, false
}

func sameAt(img, picture *image.RGBA, x, y int) bool {
	all := picture.Bounds()
	for dy := range all.Dy() {
		want := row(picture, all, all.Min.Y+dy)
		if !bytes.Equal(want, img.Pix[img.PixOffset(x, y+dy):][:len(want)]) {
			return false
		}
	}
	return true
}
