package shaders

import "encoding/binary"

// Step is what changes from one submission of a recording to the next: the
// words of the parameter buffer, in the order of include/params.glsl.
// Positions count tokens from the session's start.
type Step struct {
	Queries    uint32 // tokens of this step
	Pos        uint32 // position of the first of them
	Local      uint32 // n_local: keys at a distance below it are local
	LocalFirst uint32 // position of the oldest key in the local window
	Ring       uint32 // tokens that the ring of rotated keys holds
	Inits      uint32 // initial tokens so far
	Blocks     uint32 // sealed blocks
	RemFirst   uint32 // position of the first remainder token
	RemEnd     uint32 // one past the last remainder token
	Windows    uint32 // windows before this one
	SealFirst  uint32 // first block to seal after attention
	Seals      uint32 // blocks to seal
	InitEnd    uint32 // position of block 0's first token
	// The tokens of the user's question that this step has: index of the first
	// of them in the step, and how many.
	QuestionFirst, Questions uint32
	Tail                     uint32   // rows of the ring of un-rotated keys and values; 0: all lie by position
	Round                    uint32   // rows that this ring has gone round when it comes to the oldest it holds
	Tokens                   []uint32 // ids, Queries of them
}

// stepTokens is the word where the token ids start (P_TOKENS).
const stepTokens = 20

// StepRow is the size of the parameters of one token of a batch, in bytes, without
// ids of tokens.
const StepRow = stepTokens * 4

// StepBytes is the size of the parameter buffer for windows of n tokens.
func StepBytes(n int) int64 { return int64(stepTokens+n) * 4 }

// Put writes the step into the parameter buffer.
func (s *Step) Put(b []byte) {
	words := [stepTokens]uint32{
		s.Queries, s.Pos, s.Local, s.LocalFirst, s.Ring, s.Inits, s.Blocks,
		s.RemFirst, s.RemEnd, s.Windows, s.SealFirst, s.Seals, s.InitEnd,
		s.QuestionFirst, s.Questions, s.Tail, s.Round,
	}
	for i, w := range words {
		binary.LittleEndian.PutUint32(b[4*i:], w)
	}
	for i, id := range s.Tokens {
		binary.LittleEndian.PutUint32(b[4*(stepTokens+i):], id)
	}
}

// RowOf is the row of a position's un-rotated key, behind the ring, and of its
// value, if the position is an initial token or in no sealed block (rowOf in
// include/params.glsl).
func (s *Step) RowOf(pos int) int {
	if pos < int(s.InitEnd) {
		return pos
	}
	row := pos - int(s.Round)
	if row >= int(s.InitEnd+s.Tail) {
		row -= int(s.Tail)
	}
	return row
}

// stepOf reads back what a kernel sees of the step of a batch's token.
func stepOf(b []byte, token int) Step { return step(b[token*stepTokens*4:]) }

// step reads back what a kernel sees of a Step; the twins use it.
func step(b []byte) Step {
	w := u32s(b)
	return Step{
		Queries: w[0], Pos: w[1], Local: w[2], LocalFirst: w[3], Ring: w[4], Inits: w[5], Blocks: w[6],
		RemFirst: w[7], RemEnd: w[8], Windows: w[9], SealFirst: w[10], Seals: w[11], InitEnd: w[12],
		QuestionFirst: w[13], Questions: w[14], Tail: w[15], Round: w[16],
		Tokens: w[stepTokens:],
	}
}
