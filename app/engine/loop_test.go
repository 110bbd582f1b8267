package engine

import "testing"

func TestLoops(t *testing.T) {
	repeat := func(times int, passage ...int32) (ids []int32) {
		ids = append(ids, 900, 901, 902)
		for range times {
			ids = append(ids, passage...)
		}
		return ids
	}
	long := make([]int32, loopPeriod)
	for i := range long {
		long[i] = int32(i)
	}
	for name, c := range map[string]struct {
		ids  []int32
		want bool
	}{
		"nothing":              {nil, false},
		"text":                 {append(long, 3, 4, 5), false},
		"31 dots":              {repeat(31, 7), false},
		"32 dots":              {repeat(32, 7), true},
		"two sentences":        {repeat(2, long[:40]...), false},
		"three sentences":      {repeat(3, long[:20]...), true},
		"four short ones":      {repeat(4, 1, 2, 3), false},
		"eleven short ones":    {repeat(11, 1, 2, 3), true},
		"the longest":          {repeat(3, long...), true},
		"something follows":    {append(repeat(3, long[:20]...), 999), false},
		"one differs":          {append(repeat(3, long[:20]...), append([]int32{5}, long[1:20]...)...), false},
		"a longer passage yet": {repeat(4, append(long, 77)...), false},
	} {
		if got := loops(c.ids); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
