package main

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"testing"
)

// TestUpToDate requires that the icon in assets is the one drawn here.
func TestUpToDate(t *testing.T) {
	svg, err := os.ReadFile("../../assets/icon.svg")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(svg, asSVG()) {
		t.Error("assets/icon.svg is another one: run go run ./scripts/icon assets")
	}
	file, err := os.ReadFile("../../assets/icon.png")
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := asPNG()
	if err != nil {
		t.Fatal(err)
	}
	got, want := decode(t, file), decode(t, drawn)
	if got.Bounds() != want.Bounds() || !bytes.Equal(got.Pix, want.Pix) {
		t.Error("assets/icon.png is another one: run go run ./scripts/icon assets")
	}
}

func decode(t *testing.T, data []byte) *image.NRGBA {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img.(*image.NRGBA)
}
