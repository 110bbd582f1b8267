package bench

import "context"

// readFirst is the least tokens that are read before any are repeated.
const readFirst = 2048

// reach takes the session to depth: by reading, or with Synthetic mostly by
// repeating what was read, and says whether it did that. Repeated rows are those
// of a real text, but too much alike to say anything about what is recalled.
func (b *bench) reach(ctx context.Context, depth int) (synthetic bool, err error) {
	unit := b.s.RepeatUnit()
	read := max(b.s.Pos(), readFirst)
	if missing := depth - read; b.o.Synthetic && missing >= unit {
		if err := b.read(ctx, read+missing%unit); err != nil {
			return false, err
		}
		b.repeated = true
		if err := b.s.Repeat(ctx, missing/unit*unit); err != nil {
			return false, err
		}
	}
	return b.repeated, b.read(ctx, depth)
}
