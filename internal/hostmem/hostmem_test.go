package hostmem

import "testing"

func TestMemory(t *testing.T) {
	total, free, used := Total(), Available(), Resident()
	if total < 0 || free < 0 || used < 0 || total > 0 && (free > total || used > total) {
		t.Errorf("%d bytes of memory, %d available, %d in use", total, free, used)
	}
	if n := meminfo("NoSuchKey"); n != 0 {
		t.Errorf("an unknown key gives %d", n)
	}
}
