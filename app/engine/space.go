package engine

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// diskSpace is what an ordinary user may still write in a folder, and the size
// of its disk, in bytes.
func diskSpace(dir string) (free, all int64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, fmt.Errorf("engine: free space of %s: %w", dir, err)
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}
