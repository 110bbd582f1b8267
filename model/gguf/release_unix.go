//go:build unix

package gguf

import (
	"os"

	"golang.org/x/sys/unix"
)

// around is how far the system maps pages around one that is read, in bytes;
// Linux' default. They go with a tensor too, though its neighbour's come back.
const around = 64 << 10

// release gives the pages of the bytes [lo, hi) of a mapping back. They stay in
// the system's cache of files. That it may refuse is no loss but of memory.
func release(mapping []byte, lo, hi int64) {
	page := int64(os.Getpagesize())
	lo, hi = max(0, lo-around)/page*page, min(int64(len(mapping)), hi+around)
	_ = unix.Madvise(mapping[lo:hi], unix.MADV_DONTNEED)
}
