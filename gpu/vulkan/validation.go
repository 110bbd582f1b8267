package vulkan

// #include "native.h"
import "C"

import (
	"runtime/cgo"
	"sync"
	"unsafe"

	vk "github.com/vulkan-go/vulkan"
)

// messages collects what the validation layer finds, from any thread.
type messages struct {
	handle    cgo.Handle
	messenger unsafe.Pointer

	mu   sync.Mutex
	list []string
}

func collect(in *instance) (*messages, error) {
	m := new(messages)
	m.handle = cgo.NewHandle(m)
	if r := C.fv_messenger(unsafe.Pointer(in.vk), C.uintptr_t(m.handle), &m.messenger); r != 0 {
		m.handle.Delete()
		return nil, failed("listen to the validation layer", vk.Result(r))
	}
	return m, nil
}

func (m *messages) close(in *instance) {
	C.fv_destroy_messenger(unsafe.Pointer(in.vk), m.messenger)
	m.handle.Delete()
}

//export foveaValidationMessage
func foveaValidationMessage(user C.uintptr_t, message *C.char) {
	m := cgo.Handle(user).Value().(*messages)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = append(m.list, C.GoString(message))
}

// ValidationMessages returns the warnings and errors that the validation layer
// has reported since the device was opened; it works on a closed device too,
// which then also tells what was not freed.
func (d *Device) ValidationMessages() []string {
	var all []string
	for _, of := range d.all() {
		if m := of.instance.messages; m != nil {
			m.mu.Lock()
			all = append(all, m.list...)
			m.mu.Unlock()
		}
	}
	return all
}
