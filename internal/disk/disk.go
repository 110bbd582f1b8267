// Package disk tells how much room there is on a disk.
package disk

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Space is what an ordinary user may still write in a folder, and the size of
// its disk, in bytes.
func Space(dir string) (free, size int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, fmt.Errorf("free space of %s: %w", dir, err)
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}
