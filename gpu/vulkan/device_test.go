package vulkan_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fovea/gpu"
	"fovea/gpu/vulkan"
	"fovea/internal/gputest"
)

func open(t *testing.T, change func(*vulkan.Options)) *vulkan.Device {
	t.Helper()
	o := gputest.Options(t)
	change(&o)
	dev, err := vulkan.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	gputest.CloseAfter(t, dev)
	return dev
}

func TestDevices(t *testing.T) {
	list, err := vulkan.Devices()
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range list {
		if l.Index != i || l.Info.Name == "" || !strings.Contains(l.String(), l.Info.Name) {
			t.Errorf("%d: %v", i, l)
		}
	}
}

// TestNoDriver points the loader to a driver that is not there.
func TestNoDriver(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "none.json")
	t.Setenv("VK_ICD_FILENAMES", nowhere)
	t.Setenv("VK_DRIVER_FILES", nowhere)
	for _, try := range []func() error{
		func() error { _, err := vulkan.Devices(); return err },
		func() error { _, err := vulkan.Open(vulkan.Options{}); return err },
	} {
		if err := try(); err == nil || !strings.Contains(err.Error(), "apt install libvulkan1 mesa-vulkan-drivers") {
			t.Errorf("%v, want what to install", err)
		}
	}
}

func TestNoValidationLayer(t *testing.T) {
	t.Setenv("VK_LAYER_PATH", t.TempDir())
	_, err := vulkan.Open(vulkan.Options{Validation: true})
	if err == nil || !strings.Contains(err.Error(), "apt install vulkan-validationlayers") {
		t.Errorf("%v, want what to install", err)
	}
}

func TestMemoryLimit(t *testing.T) {
	const limit = 40 << 20
	dev := open(t, func(o *vulkan.Options) { o.MemoryLimit = limit })
	if m := dev.Info().Memory; m != limit {
		t.Errorf("memory %d, want %d", m, limit)
	}
	var held []gpu.Buffer
	for {
		b, err := dev.Alloc(3<<20, gpu.Local)
		if err != nil {
			if !errors.Is(err, gpu.ErrOutOfMemory) || !strings.Contains(err.Error(), "3145728 bytes needed, ") {
				t.Errorf("%v", err)
			}
			break
		}
		held = append(held, b)
	}
	if n := len(held); n < 11 || n > 13 {
		t.Errorf("%d buffers of 3 MiB in 40 MiB", n)
	}
	for _, b := range held {
		b.Free()
	}
	if n := dev.Stats().Slabs; n != 0 {
		t.Errorf("%d slabs hold nothing", n)
	}
	b, err := dev.Alloc(limit, gpu.Local)
	if err != nil {
		t.Fatal("all of the memory in one buffer: ", err)
	}
	b.Free()
}

// TestLargestBuffer: the device's largest buffer is zeroed and takes no memory
// before it is used.
func TestLargestBuffer(t *testing.T) {
	t.Run("alone", func(t *testing.T) { largestBuffer(t, open(t, func(*vulkan.Options) {})) })
	t.Run("crew", func(t *testing.T) { largestBuffer(t, gputest.Crew(t, 2)) })
}

func largestBuffer(t *testing.T, dev *vulkan.Device) {
	most := dev.Info().MaxBuffer
	before := vulkan.Resident()
	b, err := dev.Alloc(most, gpu.Local)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Free()
	if grown := vulkan.Resident() - before; dev.Info().Kind == gpu.CPU && grown > most/8 {
		t.Errorf("a buffer of %d bytes that nobody wrote takes %d", most, grown)
	}
	got := make([]byte, 1<<16)
	for at := int64(0); at < most; at += most / 8 {
		at = min(at, most-int64(len(got)))
		if err := dev.Read(b, at, got); err != nil || !bytes.Equal(got, make([]byte, len(got))) {
			t.Fatalf("not zero from byte %d on (%v)", at, err)
		}
	}
	if err := dev.Write(b, most-4, []byte{1, 2, 3, 4}); err != nil {
		t.Fatal(err)
	}
	if err := dev.Read(b, most-4, got[:4]); err != nil || !bytes.Equal(got[:4], []byte{1, 2, 3, 4}) {
		t.Errorf("%v, %v", got[:4], err)
	}
	if n := dev.Verified(); most > gpu.SafeBuffer && n != most {
		t.Errorf("buffers of up to %d bytes were verified, want %d", n, most)
	}
}

// TestLargeBufferWrong verifies large buffers by a kernel that is as wrong as
// the drivers for which they are verified.
func TestLargeBufferWrong(t *testing.T) {
	code, err := os.ReadFile("../../internal/gputest/spv/alias_texels.spv")
	if err != nil {
		t.Fatal(err)
	}
	dev := open(t, func(*vulkan.Options) {})
	most := dev.Info().MaxBuffer
	if most <= gpu.SafeBuffer {
		t.Fatalf("the device has no large buffers: %d bytes at most; run the test on another", most)
	}
	dev.VerifyBy(&gpu.Kernel{
		Name: "alias_texels", SPIRV: code, PushWords: 2, Bindings: []gpu.Binding{gpu.TexelI1, gpu.TexelU4, gpu.StoreU4},
	})
	for range 2 { // refused each time, by whatever limit
		_, err = dev.Alloc(most, gpu.Local)
		if !errors.Is(err, gpu.ErrOutOfMemory) {
			t.Fatalf("%v, want %v", err, gpu.ErrOutOfMemory)
		}
	}
	if n := dev.Info().MaxBuffer; n != gpu.SafeBuffer {
		t.Errorf("buffers of up to %d bytes afterwards, want %d", n, gpu.SafeBuffer)
	}
	b, err := dev.Alloc(gpu.SafeBuffer, gpu.Local)
	if err != nil {
		t.Fatal(err)
	}
	b.Free()
}

func TestDeviceLost(t *testing.T) {
	dev := open(t, func(*vulkan.Options) {})
	b, err := dev.Alloc(1024, gpu.Local)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Free()
	r := gpu.NewRecording("lost")
	r.Copy(gpu.View{Buffer: b, Size: 256}, gpu.View{Buffer: b, Offset: 256, Size: 256})
	if err := dev.Prepare(r); err != nil {
		t.Fatal(err)
	}
	dev.Lose()
	_, alloc := dev.Alloc(16, gpu.Local)
	for what, err := range map[string]error{
		"Alloc":   alloc,
		"Write":   dev.Write(b, 0, []byte{1}),
		"Read":    dev.Read(b, 0, []byte{1}),
		"Submit":  dev.Submit(context.Background(), r),
		"Prepare": dev.Prepare(gpu.NewRecording("another")),
	} {
		if !errors.Is(err, gpu.ErrDeviceLost) {
			t.Errorf("%s: %v, want %v", what, err, gpu.ErrDeviceLost)
		}
	}
}

// TestSubmitAllocatesNothing, for it runs for every token.
func TestSubmitAllocatesNothing(t *testing.T) {
	dev := open(t, func(o *vulkan.Options) { o.Validation = false })
	b, err := dev.Alloc(1024, gpu.Local)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Free()
	r := gpu.NewRecording("copies")
	r.Copy(gpu.View{Buffer: b, Size: 256}, gpu.View{Buffer: b, Offset: 256, Size: 256})
	ctx := context.Background()
	n := testing.AllocsPerRun(100, func() {
		if err := dev.Submit(ctx, r); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations a submission", n)
	}
}

// TestPipelineCache opens devices on a cache file that is missing, kept, and
// damaged in several ways; each must leave a sound file.
func TestPipelineCache(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made on demand")
	use := func() string {
		dev, err := vulkan.Open(vulkan.Options{Device: os.Getenv(gputest.DeviceVariable), CacheDir: dir, Validation: true})
		if err != nil {
			t.Fatal(err)
		}
		path := dev.CachePath()
		if err := dev.Close(); err != nil {
			t.Fatal(err)
		}
		for _, m := range dev.ValidationMessages() {
			t.Error(m)
		}
		return path
	}
	path := use()
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(sound)
	flipped[len(flipped)-1] ^= 1
	for name, data := range map[string][]byte{
		"kept": sound, "flipped": flipped, "cut": sound[:len(sound)/2], "empty": {}, "foreign": []byte("GGUF and so on"),
	} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		use()
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, sound) {
			t.Errorf("%s: not a sound file afterwards (%v)", name, err)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v in the cache's folder, %v", files, err)
	}
}

// TestPipelineCacheNotKept: what stands in the way of the cache is told, at the
// latest by Close.
func TestPipelineCacheNotKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if dev, err := vulkan.Open(vulkan.Options{CacheDir: path}); err == nil {
		t.Error("a file as the cache's folder: no error, and closing it gives", dev.Close())
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	dev, err := vulkan.Open(vulkan.Options{CacheDir: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := dev.Close(); err == nil || !strings.Contains(err.Error(), "pipeline cache") {
		t.Errorf("closing gives %v", err)
	}
}

// TestFindings keeps numbers from one device to the next; a damaged file has none.
func TestFindings(t *testing.T) {
	dir := t.TempDir()
	open := func() *vulkan.Device {
		dev, err := vulkan.Open(vulkan.Options{Device: os.Getenv(gputest.DeviceVariable), CacheDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		return dev
	}
	find := func(dev *vulkan.Device, want int, wantKnown bool) {
		t.Helper()
		if got, known := dev.Finding("a"); got != want || known != wantKnown {
			t.Errorf("found %d, %v, want %d, %v", got, known, want, wantKnown)
		}
	}
	closed := func(dev *vulkan.Device) {
		t.Helper()
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	}
	dev := open()
	find(dev, 0, false)
	dev.Keep("a", 3)
	dev.Keep("b", 4)
	find(dev, 3, true)
	closed(dev)
	dev = open()
	find(dev, 3, true)
	closed(dev)
	files, err := filepath.Glob(filepath.Join(dir, "findings-*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, damaged := range []string{"", "null", `{"a": 3`, `{"a": "x"}`, "[1]"} {
		if err := os.WriteFile(files[0], []byte(damaged), 0o644); err != nil {
			t.Fatal(err)
		}
		dev := open()
		find(dev, 0, false)
		closed(dev)
	}
	dev = open()
	dev.Keep("a", 5)
	find(dev, 5, true)
	if err := os.Remove(files[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(files[0], 0o755); err != nil {
		t.Fatal(err)
	}
	dev.Keep("a", 6)
	if err := dev.Close(); err == nil || !strings.Contains(err.Error(), "findings") {
		t.Errorf("closing what could not be kept gives %v", err)
	}
}

// TestLimits lowers the device's limits below what a recording needs.
func TestLimits(t *testing.T) {
	code, err := os.ReadFile("../../internal/gputest/spv/kinds.spv")
	if err != nil {
		t.Fatal(err)
	}
	k := &gpu.Kernel{
		Name: "kinds", SPIRV: code, PushWords: 1,
		Bindings: []gpu.Binding{gpu.TexelU4, gpu.TexelF4, gpu.TexelI1, gpu.Storage},
	}
	short := *k
	short.Name, short.SPIRV = "short", code[:len(code)-2]
	for _, test := range []struct {
		limit func(dev *vulkan.Device)
		k     *gpu.Kernel
		want  string
	}{
		{func(*vulkan.Device) {}, k, ""},
		{func(d *vulkan.Device) { d.Limits().MaxComputeWorkGroupCount[0] = 4 }, k, "kernel kinds: vulkan: a grid of [5 1 1] workgroups"},
		{func(d *vulkan.Device) { d.Limits().MaxStorageBufferRange = 512 }, k, "binding 3: 1024 bytes to write"},
		{func(d *vulkan.Device) { d.Limits().MaxTexelBufferElements = 128 }, k, "binding 2: 1024 bytes of texels"},
		{func(d *vulkan.Device) { d.Limits().MaxPushConstantsSize = 0 }, k, "4 bytes of push constants"},
		{func(d *vulkan.Device) { d.Limits().MaxPerStageDescriptorStorageBuffers = 0 }, k, "1 storage buffers"},
		{func(d *vulkan.Device) { d.Limits().MaxPerStageDescriptorSampledImages = 2 }, k, "3 texel buffers"},
		{func(*vulkan.Device) {}, &short, "bytes of SPIR-V"},
	} {
		t.Run(test.want, func(t *testing.T) {
			dev := open(t, func(*vulkan.Options) {})
			test.limit(dev)
			b, err := dev.Alloc(2048, gpu.Local)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(b.Free)
			src, dst := gpu.View{Buffer: b, Size: 1024}, gpu.View{Buffer: b, Offset: 1024}
			r := gpu.NewRecording("limits")
			r.Dispatch(test.k, [3]uint32{5, 1, 1}, nil, []uint32{256}, src, src, src, dst)
			err = dev.Prepare(r)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) ||
				!strings.Contains(err.Error(), `recording "limits"`)) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}
