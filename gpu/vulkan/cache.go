package vulkan

// #include <stdlib.h>
import "C"

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"
)

// cacheMagic begins a cache file: magic, SHA-256 of the data, data. Drivers
// are known to crash on damaged data, so it is checked before they see it.
const cacheMagic = "fovea pipelines 1\n"

// pipelineCache is Vulkan's cache of compiled pipelines, kept in a file of the
// device and driver that made it.
type pipelineCache struct {
	vk   vk.PipelineCache
	path string            // empty: not kept
	sum  [sha256.Size]byte // of the file's data
	err  error             // of the last save
}

func (c *pipelineCache) open(d *Device) error {
	info := vk.PipelineCacheCreateInfo{SType: vk.StructureTypePipelineCacheCreateInfo}
	defer info.Free()
	if d.options.CacheDir != "" {
		c.path = filepath.Join(d.options.CacheDir, "pipelines-"+d.cacheKey+".bin")
		data, err := c.read()
		if err != nil {
			return err
		}
		if len(data) > 0 {
			initial := C.CBytes(data)
			defer C.free(initial)
			info.InitialDataSize, info.PInitialData = uint(len(data)), initial
		}
	}
	var handle vk.PipelineCache
	if r := vk.CreatePipelineCache(d.device, &info, nil, &handle); r != vk.Success {
		return failed("create a pipeline cache", r)
	}
	c.vk = handle
	return nil
}

// read returns the file's data, none when it is absent or damaged: then the
// pipelines are compiled again and the file is replaced.
func (c *pipelineCache) read() ([]byte, error) {
	file, err := os.ReadFile(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("vulkan: pipeline cache: %w", err)
	}
	rest, ok := bytes.CutPrefix(file, []byte(cacheMagic))
	if !ok || len(rest) < sha256.Size {
		return nil, nil
	}
	data := rest[sha256.Size:]
	c.sum = sha256.Sum256(data)
	if !bytes.Equal(rest[:sha256.Size], c.sum[:]) {
		c.sum = [sha256.Size]byte{}
		return nil, nil
	}
	return data, nil
}

// save writes the cache to its file if it changed, so that at every moment the
// file is either the old one or the new. A full disk is no reason to stop work:
// close tells of the last failure.
func (c *pipelineCache) save(d *Device) {
	if c.path == "" {
		return
	}
	var data []byte
	if data, c.err = c.data(d); c.err != nil {
		return
	}
	sum := sha256.Sum256(data)
	if sum == c.sum {
		return
	}
	file := append(append([]byte(cacheMagic), sum[:]...), data...)
	if err := replaceFile(c.path, file); err != nil {
		c.err = fmt.Errorf("vulkan: pipeline cache: %w", err)
		return
	}
	c.sum = sum
}

func (c *pipelineCache) data(d *Device) ([]byte, error) {
	var n uint
	if r := vk.GetPipelineCacheData(d.device, c.vk, &n, nil); r != vk.Success {
		return nil, failed("read the pipeline cache", r)
	}
	if n == 0 {
		return nil, nil
	}
	data := make([]byte, n)
	if r := vk.GetPipelineCacheData(d.device, c.vk, &n, unsafe.Pointer(&data[0])); r != vk.Success {
		return nil, failed("read the pipeline cache", r)
	}
	return data[:n], nil
}

func (c *pipelineCache) close(d *Device) error {
	if c.vk == nil {
		return nil
	}
	if !d.lost {
		c.save(d)
	}
	vk.DestroyPipelineCache(d.device, c.vk, nil)
	return c.err
}

func replaceFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
