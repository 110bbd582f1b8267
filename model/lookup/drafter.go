package lookup

// Drafter drafts from an index as long as drafts prove right, so that it never costs
// much: a batch takes longer than a step, on some devices much.
type Drafter struct {
	index *Index
	mean  float64 // drafted tokens accepted of a batch, the last ones counting most
	wait  int     // tokens to write without drafting
	pause int     // the next such wait
}

const (
	// weight is that of the last batch in the mean; worth is the mean from which
	// drafting goes on.
	weight, worth = 0.25, 0.75
	// Pauses double from the shortest to the longest, in tokens.
	shortest, longest = 8, 128
)

// NewDrafter makes one for what follows a text.
func NewDrafter(ids []int32) *Drafter {
	return &Drafter{index: New(ids), mean: 2 * worth, pause: shortest}
}

// Draft is up to n tokens that may follow; none while drafts are not worth it.
func (d *Drafter) Draft(n int) []int32 {
	if d.wait > 0 || n < 1 {
		return nil
	}
	return d.index.Draft(n)
}

// Add adds a token that was read or written.
func (d *Drafter) Add(id int32) {
	d.index.Add(id)
	d.wait = max(0, d.wait-1)
}

// Told takes note of how many tokens of a draft were accepted.
func (d *Drafter) Told(accepted int) {
	d.mean += weight * (float64(accepted) - d.mean)
	if d.mean >= worth {
		d.pause = shortest
		return
	}
	// The next draft decides alone.
	d.mean, d.wait, d.pause = worth, d.pause, min(2*d.pause, longest)
}
