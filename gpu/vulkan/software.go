package vulkan

import (
	"os"

	"golang.org/x/sys/cpu"
)

// vectorWidth is the variable by which Mesa's software drivers take the bits of
// their vectors, and so the lanes of a subgroup: 32 bits each.
const vectorWidth = "LP_NATIVE_VECTOR_WIDTH"

// WidenVectors has Mesa's software driver use vectors of 512 bits where the
// processor has them; by itself it stops at 256. What the environment says goes
// first. The driver looks when it is loaded, so this loads it, and belongs at a
// program's start. Afterwards the environment is as it was: Mesa's OpenGL in
// software obeys the same variable, and crashes with 512 bits (Mesa 22.3).
func WidenVectors() error {
	if _, set := os.LookupEnv(vectorWidth); set || !(cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL) {
		return nil
	}
	if err := os.Setenv(vectorWidth, "512"); err != nil {
		return err
	}
	// What is wrong with the drivers, the one hears who opens a device. Once they
	// are loaded they stay (keeper).
	if in, err := newInstance(false); err == nil {
		in.adapters()
		in.close()
	}
	return os.Unsetenv(vectorWidth)
}
