package uitest

import (
	"image"
	"image/color"
	"testing"
)

func picture(width, height int, dots ...image.Point) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for _, p := range dots {
		img.Set(p.X, p.Y, color.White)
	}
	return img
}

func TestPixels(t *testing.T) {
	empty, dots := picture(10, 8), picture(10, 8, image.Pt(2, 3), image.Pt(7, 5))
	all := empty.Bounds()
	if got := Differing(empty, dots, all); got != 2.0/80 {
		t.Errorf("two pixels of 80 differ, not the share %v", got)
	}
	if got := Differing(empty, dots, image.Rect(2, 3, 4, 4)); got != 0.5 {
		t.Errorf("one pixel of two differs, not the share %v", got)
	}
	if got := Differing(empty, dots, image.Rect(0, 0, 2, 8)); got != 0 {
		t.Errorf("no pixel differs there, not the share %v", got)
	}
	if got := Differing(empty, picture(9, 8), all); got != 1 {
		t.Errorf("images of two sizes differ by %v", got)
	}
	if got := Difference(empty, dots); got != image.Rect(2, 3, 8, 6) {
		t.Errorf("the difference lies in %v", got)
	}
	if got := Difference(dots, dots); !got.Empty() {
		t.Errorf("an image differs from itself in %v", got)
	}
	if got := Difference(empty, picture(11, 4)); got != image.Rect(0, 0, 11, 8) {
		t.Errorf("images of two sizes differ in %v", got)
	}
	if !Uniform(dots, image.Rect(3, 0, 10, 5)) || Uniform(dots, image.Rect(2, 3, 4, 4)) || Uniform(dots, image.Rect(2, 2, 3, 4)) {
		t.Error("what is of one colour, and what is not")
	}
}

func TestFind(t *testing.T) {
	img := picture(20, 10, image.Pt(3, 2), image.Pt(11, 6), image.Pt(12, 7))
	diagonal := picture(2, 2, image.Pt(0, 0), image.Pt(1, 1))
	if at, ok := Find(img, diagonal, img.Bounds()); !ok || at != image.Pt(11, 6) {
		t.Errorf("found %v at %v", ok, at)
	}
	if at, ok := Find(img, diagonal, image.Rect(0, 0, 12, 10)); ok {
		t.Errorf("found half of it at %v", at)
	}
	part := img.SubImage(image.Rect(11, 6, 13, 8)).(*image.RGBA)
	if at, ok := Find(img, part, img.Bounds()); !ok || at != image.Pt(11, 6) {
		t.Errorf("a part of the image is at %v, %v", at, ok)
	}
}
