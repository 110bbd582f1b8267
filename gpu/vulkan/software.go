package vulkan

// #include "native.h"
import "C"

import (
	"os"
	"runtime"

	"golang.org/x/sys/cpu"
)

const (
	// softwareDriver is what Mesa's software driver calls itself.
	softwareDriver = "llvmpipe"
	// vectorWidth is the variable by which it takes the bits of its vectors, and so
	// the lanes of a subgroup: 32 bits each.
	vectorWidth = "LP_NATIVE_VECTOR_WIDTH"
)

// ThreadVariable is the environment variable by which Mesa's software driver takes the
// number of its threads; with 0 it works in the thread that submits.
const ThreadVariable = "LP_NUM_THREADS"

// prepared are the instances of PrepareSoftware, which stay open: one for each mate of
// a crew.
var prepared []*instance

// PrepareSoftware has Mesa's software driver use vectors of 512 bits where the
// processor has them, as by itself it stops at 256. Where it is the best device, it
// makes instances in which it has no threads of its own, for crews (Options.Crew).
// What the environment says goes first. The driver looks at it when it is loaded and
// when an instance asks for its devices, so this does both, and belongs at a program's
// start. Afterwards the environment is as it was: Mesa's OpenGL in software obeys the
// same variables, and crashes with 512 bits (Mesa 22.3).
func PrepareSoftware() error {
	want := map[string]string{ThreadVariable: "0"}
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512VL {
		want[vectorWidth] = "512"
	}
	for name, value := range want {
		if _, set := os.LookupEnv(name); set {
			continue
		}
		if err := os.Setenv(name, value); err != nil {
			return err
		}
		defer os.Unsetenv(name)
	}
	for range max(1, min(runtime.GOMAXPROCS(0), mostCrew)) {
		in, err := newInstance(false)
		if err != nil {
			return nil // the one hears of it who opens a device
		}
		if !in.ready() {
			in.close()
			return nil
		}
		prepared = append(prepared, in)
	}
	return nil
}

// ready loads the drivers, and says whether mates can be of this instance: the best
// device is Mesa's software driver, without threads.
func (in *instance) ready() bool {
	adapters, err := in.adapters()
	if err != nil || os.Getenv(ThreadVariable) != "0" {
		return false
	}
	best, err := choose(listings(adapters), "")
	return err == nil && adapters[best].software()
}

// software says whether the adapter is Mesa's software driver.
func (a *adapter) software() bool { return C.GoString(&a.native.driver[0]) == softwareDriver }

// mateInstance is the one of a mate of a crew.
func (o Options) mateInstance(number int) (*instance, error) {
	if o.Validation {
		return newInstance(true)
	}
	return prepared[number], nil
}
