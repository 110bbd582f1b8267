package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

const (
	hashedHead    = 16 << 20 // bytes at the beginning, where a model's shape and vocabulary are
	hashedSamples = 256      // taken evenly from the whole file
	sampleBytes   = 64 << 10
)

// contentName names a file by its size and its content: all of it where it is
// small, else its beginning, its end and samples in between. Reading gigabytes
// at each start would take longer than it is worth: two versions of a model
// differ everywhere.
func contentName(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	size, h := info.Size(), sha256.New()
	fmt.Fprintln(h, size)
	head := min(size, hashedHead+hashedSamples*sampleBytes)
	if head < size {
		head = hashedHead
	}
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, head)); err != nil {
		return "", err
	}
	if head < size {
		last := size - sampleBytes
		for i := range int64(hashedSamples) {
			at := head + (last-head)*(i+1)/hashedSamples
			if _, err := io.Copy(h, io.NewSectionReader(f, at, sampleBytes)); err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}
