package gguf

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fovea/gpu/quant"
)

// resident is how much of a mapped file is resident in this process, in bytes.
func resident(t *testing.T, path string) (n int) {
	t.Helper()
	maps, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer maps.Close()
	in := false
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		line := lines.Text()
		if first, _, _ := strings.Cut(line, " "); !strings.HasSuffix(first, ":") { // a mapping begins
			in = strings.HasSuffix(line, path)
		}
		var kib int
		if _, err := fmt.Sscanf(line, "Rss: %d kB", &kib); err == nil && in {
			n += kib << 10
		}
	}
	return n
}

// Release gives memory back, and the tensor can still be read.
func TestRelease(t *testing.T) {
	const size = 8 << 20
	data := bytes.Repeat([]byte("0123456789abcdef"), size/16)
	path := filepath.Join(t.TempDir(), "large.gguf")
	tensors := []TensorData{{Name: "a", Shape: []int64{size / 4}, Type: quant.F32, Data: data}, {Name: "b", Shape: []int64{1024}, Type: quant.F32, Data: data[:4096]}}
	if err := Write(path, nil, tensors); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	a, _ := f.Tensor("a")
	b, _ := f.Tensor("b")
	if !bytes.Equal(f.Data(a), data) {
		t.Fatal("the file has other content")
	}
	if n := resident(t, path); n < size {
		t.Fatalf("%d bytes are resident before", n)
	}
	f.Release(a)
	if n := resident(t, path); n > size/10 {
		t.Errorf("%d bytes are resident behind it", n)
	}
	if !bytes.Equal(f.Data(b), data[:4096]) || !bytes.Equal(f.Data(a), data) {
		t.Error("the file has other content behind it")
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f.Release(a)
}
