package vulkan

import (
	"os"

	"golang.org/x/sys/cpu"
)

// vectorWidth is the variable by which Mesa's software driver takes the bits of
// its vectors, and so the lanes of a subgroup: 32 bits each.
const vectorWidth = "LP_NATIVE_VECTOR_WIDTH"

// widenVectors has Mesa's software driver use vectors of 512 bits where the
// processor has them; by itself it stops at 256. The driver looks when it is
// loaded. What the environment says goes first.
func widenVectors() error {
	if _, set := os.LookupEnv(vectorWidth); set || !(cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL) {
		return nil
	}
	return os.Setenv(vectorWidth, "512")
}
