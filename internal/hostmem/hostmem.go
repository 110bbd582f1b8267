// Package hostmem tells how much memory the computer has.
package hostmem

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A software driver's device memory is the machine's, whatever heap it reports
// (lavapipe long reported 2 GiB on every machine), so its limits are read from
// the operating system. Only Linux tells here; elsewhere the driver's word counts.

// Total is the bytes of memory that this process may use at all; 0 if
// unknown.
func Total() int64 {
	total := meminfo("MemTotal")
	if limit := groupLimit(); limit > 0 && total > 0 {
		total = min(total, limit)
	}
	return total
}

// Available is the bytes that can be allocated without swapping; 0 if
// unknown.
func Available() int64 { return meminfo("MemAvailable") }

// Resident is the bytes of memory that this process has in use; 0 if
// unknown.
func Resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text)) // pages: all, resident, ...
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

func meminfo(key string) int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, key+":"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			if err != nil {
				return 0
			}
			return kib << 10
		}
	}
	return 0
}

// groupLimit is the memory limit of the process's control group, 0 without one.
func groupLimit() int64 {
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(groups)) {
		path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::")
		if !ok {
			continue
		}
		text, err := os.ReadFile(filepath.Join("/sys/fs/cgroup", path, "memory.max"))
		if err != nil {
			return 0
		}
		// "max" is no number and no limit.
		limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err != nil {
			return 0
		}
		return limit
	}
	return 0
}
