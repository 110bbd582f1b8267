package gpu

import (
	"context"
	"fmt"
	"time"
)

// timesRounds is how often Times measures, without a first time, in which drivers
// compile.
const timesRounds = 5

// Times submits recordings in turn, a few times, and gives the shortest time of each.
// It releases them.
func Times(ctx context.Context, dev Device, ways ...*Recording) ([]time.Duration, error) {
	times := make([]time.Duration, len(ways))
	for _, r := range ways {
		defer dev.Release(r)
	}
	for round := range timesRounds + 1 {
		for i, r := range ways {
			start := time.Now()
			if err := dev.Submit(ctx, r); err != nil {
				return nil, fmt.Errorf("measure kernels: %w", err)
			}
			if took := time.Since(start); round == 1 || round > 1 && took < times[i] {
				times[i] = took
			}
		}
	}
	return times, nil
}
