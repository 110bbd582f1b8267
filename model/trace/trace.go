// Package trace is what one step of the engine tells its watchers: per layer
// the number of recalled blocks, the entropy behind it, block ids and scores,
// and per window the activation bias.
package trace

// Step is one prefill window or one decoded token.
type Step struct {
	Pos     int // position of the first query
	Queries int
	Inits   int // initial tokens attended
	Blocks  int // sealed blocks there were to choose from
	// RemFirst and RemEnd bound the remainder's positions.
	RemFirst, RemEnd int
	BlockSize        int
	InitEnd          int // position of block 0's first token
	Layers           []Layer
}

// Layer is what one layer did in a step.
type Layer struct {
	K       int       // recalled blocks
	Entropy float32   // H of the scores' softmax, in nats
	H       float32   // normalised entropy, 0 to 1; of no meaning below 2 blocks
	Left    float32   // budget left before this layer, in blocks
	Top     float32   // highest score
	Low     float32   // lowest score
	Gap     float32   // score of the last recalled block minus the next; 0 where all are recalled
	IDs     []int32   // recalled blocks, ascending
	Scores  []float32 // of all blocks; only where asked for
	Bias    []float32 // activation bias per query of the window; only where asked for
	// Mass is the softmax weight that each recalled block got, summed over the
	// query heads, in the order of IDs; decode steps only.
	Mass []float32
}

// First is the position of block b's first token.
func (s *Step) First(b int32) int { return s.InitEnd + int(b)*s.BlockSize }
