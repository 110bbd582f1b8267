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

// Always is the number of tokens that the step's last query attends in every
// layer without recall: initial tokens, remainder and local window.
func (s *Step) Always() int { return s.Inits + s.Pos + s.Queries - s.RemFirst }

// Attended is the number of tokens that the step's last query attends, on
// average over the layers. With dense attention it is all of them.
func (s *Step) Attended() int {
	if len(s.Layers) == 0 {
		return s.Pos + s.Queries
	}
	blocks := 0
	for i := range s.Layers {
		blocks += s.Layers[i].K
	}
	return s.Always() + blocks*s.BlockSize/len(s.Layers)
}

// First is the position of block b's first token.
func (s *Step) First(b int32) int { return s.InitEnd + int(b)*s.BlockSize }
