package vulkan

import (
	"math/rand/v2"
	"testing"
)

// TestSlab takes and gives spans at random and compares with a map of bytes.
func TestSlab(t *testing.T) {
	const size = 1 << 12
	s := &slab{size: size, free: []span{{0, size}}}
	random := rand.New(rand.NewPCG(3, 4))
	var used [size]bool
	var taken []span
	full := 0
	for range 20000 {
		if random.IntN(2) == 0 && len(taken) > 0 {
			i := random.IntN(len(taken))
			at := taken[i]
			taken[i] = taken[len(taken)-1]
			taken = taken[:len(taken)-1]
			s.give(at)
			for b := at.lo; b < at.hi; b++ {
				used[b] = false
			}
			continue
		}
		n, align := int64(1+random.IntN(600)), int64(1)<<random.IntN(9)
		at, ok := s.take(n, align)
		if !ok {
			full++
			if hole(&used, n, align) {
				t.Fatalf("%d bytes at a multiple of %d refused, but there is room", n, align)
			}
			continue
		}
		if at.lo%align != 0 || at.hi-at.lo != n || at.hi > size {
			t.Fatalf("%v for %d bytes at a multiple of %d", at, n, align)
		}
		for b := at.lo; b < at.hi; b++ {
			if used[b] {
				t.Fatalf("%v overlaps", at)
			}
			used[b] = true
		}
		taken = append(taken, at)
	}
	if full == 0 {
		t.Error("the slab was never full: the test is too kind")
	}
	for _, at := range taken {
		s.give(at)
	}
	if len(s.free) != 1 || s.free[0] != (span{0, size}) {
		t.Errorf("all given back: %v", s.free)
	}
}

// hole says whether n free bytes start at a multiple of align.
func hole(used *[1 << 12]bool, n, align int64) bool {
	for lo := int64(0); lo+n <= int64(len(used)); lo += align {
		free := true
		for b := lo; b < lo+n && free; b++ {
			free = !used[b]
		}
		if free {
			return true
		}
	}
	return false
}
