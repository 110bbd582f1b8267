// Package gpu is the contract between the engine, which records work, and the
// devices that execute it. It knows no language model and needs no cgo.
//
// The engine builds a [Recording], a list of kernel dispatches and copies, and
// submits it to a [Device] as often as it likes. Two devices exist:
// gpu/vulkan, the product, and gpu/reference, which runs the Go twin of every
// kernel and serves tests.
package gpu

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrDeviceLost reports that the device stopped answering; every buffer on it is gone.
	ErrDeviceLost = errors.New("gpu: device lost")
	// ErrOutOfMemory reports that an allocation does not fit the device.
	ErrOutOfMemory = errors.New("gpu: out of device memory")
)

// Sizes of buffers in bytes. Some drivers allow allocations above SafeBuffer
// and then compute wrong results, so a device gets one only after a kernel has
// written and read it rightly, and none above MaxBuffer, whose byte offsets fit
// 31 bits.
const (
	SafeBuffer = 256 << 20
	MaxBuffer  = 1 << 30
)

// Kind orders devices by preference: a lower kind is chosen first.
type Kind uint8

// The kinds of device, best first.
const (
	Discrete Kind = iota
	Integrated
	Virtual
	CPU
	Reference
)

func (k Kind) String() string {
	return [...]string{"discrete GPU", "integrated GPU", "virtual GPU", "CPU", "reference"}[k]
}

// Info describes a device.
type Info struct {
	Name         string // as the driver gives it
	Driver       string // driver name and version
	Kind         Kind
	SubgroupSize int   // lanes of a subgroup
	Team         int   // subgroups of a workgroup, of kernels that can share their work; 1 where they would run one after another
	Cores        int   // processor cores that share a dispatch's workgroups, of a software driver; 0: not one
	Memory       int64 // bytes of device-local memory
	MaxBuffer    int64 // bytes of the largest buffer whose texels kernels can read and write
	Unified      bool  // device memory is host memory: no staging copies
	Shared       int   // bytes of memory that a workgroup can share
	// Matrices are the cooperative matrices that a subgroup multiplies, of halves,
	// with sums in floats; kernels that use others, or any where there are none,
	// must not be recorded.
	Matrices []Matrix
}

// Matrix is a shape of cooperative matrices: (M, K) times (K, N).
type Matrix struct{ M, N, K int }

// Heap says who a buffer's memory is for.
type Heap uint8

// The heaps.
const (
	// Local memory is the device's own; the host reaches it by Read and Write.
	Local Heap = iota
	// Host memory is mapped: Bytes gives it. Kernels may bind it directly.
	Host
)

// Buffer is memory of one device, zeroed at allocation. Its size is a multiple
// of 16 bytes.
type Buffer interface {
	Size() int64
	// Bytes is the mapped memory of a Host buffer, nil for a Local one.
	Bytes() []byte
	// Free gives the memory back. No recording that uses it may run any more.
	Free()
}

// View is a range of a buffer as a kernel binds it. Offset and Size are in
// bytes and multiples of Alignment; Size 0 means up to the buffer's end.
type View struct {
	Buffer Buffer
	Offset int64
	Size   int64
}

// Alignment of view offsets in bytes; devices that need more are not served.
const Alignment = 256

// Align rounds a size in bytes up to the alignment of views.
func Align(n int64) int64 { return (n + Alignment - 1) / Alignment * Alignment }

// Whole is the view of all of b.
func Whole(b Buffer) View { return View{Buffer: b} }

// Range returns the byte range [lo, hi) of the view within its buffer.
func (v View) Range() (lo, hi int64) {
	if v.Size == 0 {
		return v.Offset, v.Buffer.Size()
	}
	return v.Offset, v.Offset + v.Size
}

// Piece is data for a place of a buffer, or of it.
type Piece struct {
	Buffer Buffer
	Offset int64 // bytes
	Data   []byte
}

// Binding is how a kernel sees one view. Kernels read through texel buffers,
// which software drivers serve about ten times faster than storage buffers,
// and write to storage buffers; to storage texel buffers what may be larger
// than a storage buffer that the device can bind.
type Binding uint8

// The bindings; the shader generator derives them from the SPIR-V.
const (
	TexelU4 Binding = iota // usamplerBuffer: RGBA32_UINT, 16 bytes a texel, read only
	TexelF4                // samplerBuffer: RGBA32_SFLOAT, 16 bytes a texel, read only
	TexelI1                // isamplerBuffer: R32_SINT, 4 bytes a texel, read only
	Storage                // storage buffer, written (and read where the kernel says so)
	StoreU4                // uimageBuffer: RGBA32_UINT, 16 bytes a texel, written; read only where other workgroups of the dispatch wrote
)

// Writes says whether a kernel writes through the binding.
func (b Binding) Writes() bool { return b == Storage || b == StoreU4 }

// Kernel is one compiled permutation of a shader with its Go twin.
//
// Devices set specialisation constant 0 to the size of their subgroups and
// TeamConstant to Info.Team; each dispatch gives constants 1, 2, ... . A workgroup
// is exactly one full subgroup or, where the kernel has TeamConstant, such a team. A
// kernel must not ask how many workgroups there are: a device may run parts of a grid
// as dispatches of their own.
type Kernel struct {
	Name      string // unique, e.g. "matmul_q4_t4"
	SPIRV     []byte
	Bindings  []Binding
	PushWords int // 32-bit words of push constants
	Twin      func(c *Call)
}

// TeamConstant is the specialisation constant that has the number of subgroups
// of a workgroup.
const TeamConstant = 15

// Call is what a twin sees of one dispatch. Workgroups run in any order.
type Call struct {
	Lanes  int       // of a subgroup
	Groups [3]uint32 // workgroups
	Push   []uint32  // push constants
	Spec   []uint32  // specialisation constants from id 1 on
	Bufs   [][]byte  // the bound views, in binding order
}

// Device executes recordings. It is used by one goroutine at a time.
type Device interface {
	Info() Info
	// Alloc returns zeroed memory. It fails with ErrOutOfMemory, wrapped with
	// what was needed and what there is, also when bytes > Info().MaxBuffer,
	// which falls to SafeBuffer when a larger buffer turns out not to work.
	Alloc(bytes int64, heap Heap) (Buffer, error)
	// Write copies data, which it does not need afterwards, to b at offset (bytes).
	// It may return before that is there; what is done with the device later finds
	// it there.
	Write(b Buffer, offset int64, data []byte) error
	// WriteAll is Write of all pieces, which have no byte in common.
	WriteAll(pieces []Piece) error
	// Read copies from b at offset to data, and waits for that.
	Read(b Buffer, offset int64, data []byte) error
	// ReadAll is Read to all pieces, with one wait for as many as possible.
	ReadAll(pieces []Piece) error
	// Prepare compiles the pipelines and the command buffer of r, which Submit
	// otherwise does on first use.
	Prepare(r *Recording) error
	// Submit runs r as one submission and waits for it. A recording may be
	// submitted any number of times; it must not change after the first.
	// It fails with ErrDeviceLost or the context's error.
	Submit(ctx context.Context, r *Recording) error
	// Release drops what Prepare made for r.
	Release(r *Recording)
	// Finding is a number that was found out about the device, such as which of some
	// kernels is the fastest, under a name that says all that it depends on but the
	// device and its driver; Keep keeps it, with the compiled kernels.
	Finding(name string) (value int, known bool)
	Keep(name string, value int)
	// Profile switches per-kernel timing on or off and returns the times
	// gathered since the last call, by kernel name.
	Profile(on bool) map[string]KernelTime
	// Free is the bytes of Local memory that can be allocated now, at most.
	Free() int64
	// Stats says what the device has done and holds.
	Stats() Stats
	Close() error
}

// KernelTime is the device time of a kernel, from timestamps.
type KernelTime struct {
	Calls int
	Time  time.Duration
}

// Stats counts a device's work and memory.
type Stats struct {
	Submissions int64
	Dispatches  int64
	Busy        time.Duration // from the beginning of submissions to their ends
	LocalBytes  int64         // allocated, Local heap
	HostBytes   int64         // allocated, Host heap
	Slabs       int           // memory allocations behind them
}
