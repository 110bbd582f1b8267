package vulkan

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// findings are what was found out about a device and its driver, kept in a file
// beside its compiled pipelines.
type findings struct {
	path   string // empty: not kept
	values map[string]int
	err    error // of the last save
}

// open reads the file. One that is absent or damaged has nothing: all is found out
// again.
func (f *findings) open(d *Device) error {
	f.values = map[string]int{}
	if d.options.CacheDir == "" {
		return nil
	}
	f.path = filepath.Join(d.options.CacheDir, "findings-"+d.cacheKey+".json")
	data, err := os.ReadFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("vulkan: findings: %w", err)
	}
	values := map[string]int{}
	if json.Unmarshal(data, &values) == nil && values != nil {
		f.values = values
	}
	return nil
}

// Finding is what Keep was told under a name.
func (d *Device) Finding(name string) (value int, known bool) {
	value, known = d.findings.values[name]
	return value, known
}

// Keep keeps a number under a name. A full disk is no reason to stop work: Close tells
// of the last failure.
func (d *Device) Keep(name string, value int) {
	f := &d.findings
	f.values[name] = value
	if f.path == "" {
		return
	}
	data, err := json.MarshalIndent(f.values, "", "\t")
	if err == nil {
		err = replaceFile(f.path, data)
	}
	if f.err = err; err != nil {
		f.err = fmt.Errorf("vulkan: findings: %w", err)
	}
}
