package eval

import (
	"errors"
	"fmt"
	"io"
)

// Source makes the texts of a task.
type Source struct {
	Task  string
	Fixed bool // texts have the lengths that they have
	// Sample makes text number index, from 0, of about so many tokens (0 where
	// Fixed is set). io.EOF says that there are no more.
	Sample func(length, index int) (Sample, error)
}

// Collect makes texts of every source and every length until each of these
// has as many questions as wanted, or there are no more texts. It is an error
// that a text has no question.
func Collect(sources []Source, lengths []int, questions int) (all []Sample, err error) {
	for _, source := range sources {
		wanted := lengths
		if source.Fixed {
			wanted = []int{0}
		}
		for _, length := range wanted {
			for asked, index := 0, 0; asked < questions; index++ {
				sample, err := source.Sample(length, index)
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					return nil, fmt.Errorf("eval: text %d of task %s of %d tokens: %w", index+1, source.Task, length, err)
				}
				if len(sample.Questions) == 0 {
					return nil, fmt.Errorf("eval: text %s of task %s has no question", sample.ID, source.Task)
				}
				// The questions of a text are in random order.
				sample.Questions = sample.Questions[:min(len(sample.Questions), questions-asked)]
				asked += len(sample.Questions)
				all = append(all, sample)
			}
		}
	}
	return all, nil
}
