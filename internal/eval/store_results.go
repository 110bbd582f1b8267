package eval

import (
	"crypto/sha256"
	"fmt"
)

// Cell is what a result was measured with.
type Cell struct {
	Task   string `json:"task"`
	Sample string `json:"sample"` // id, and digits of a hash of the text
	Length int    `json:"length"` // tokens that the text was made for; 0: it has the length that it has
	Method string `json:"method"`
	Budget int    `json:"budget"` // tokens; 0: dense attention
	// Before says that the question stood before the text, too.
	Before bool `json:"question_before,omitempty"`
}

// cellOf names the text by its content, too: results of a text that is made in
// another way today are not taken for its own.
func cellOf(s *Sample, m Method, budget int, before bool) Cell {
	sum := sha256.Sum256([]byte(s.Context))
	return Cell{
		Task: s.Task, Sample: fmt.Sprintf("%s#%x", s.ID, sum[:4]), Length: s.Length, Method: m.Name, Budget: budget, Before: before,
	}
}

// QuestionResult is an answer with what the layers did while it was written.
// Lists have an entry per layer and are empty with dense attention; numbers
// are means over the steps of the answer.
type QuestionResult struct {
	Cell
	Question string   `json:"question"` // id
	Depth    float64  `json:"depth"`    // of the needle, 0 to 1; negative: not known
	Answer   string   `json:"answer"`
	Answers  []string `json:"answers"` // that are right
	Metric   string   `json:"metric"`
	Score    float64  `json:"score"`   // 0 to 1
	Tokens   int      `json:"tokens"`  // read before the answer
	Written  int      `json:"written"` // tokens of the answer
	Attended float64  `json:"attended"`
	// K is the number of recalled blocks, KSpread its standard deviation.
	K       []float64 `json:"k,omitempty"`
	KSpread []float64 `json:"k_spread,omitempty"`
	// Needle is the share of the needle's tokens that the layer attended,
	// recalled or not; empty where the needle is not known.
	Needle []float64 `json:"needle,omitempty"`
	// InView is the share of the needle's tokens that every layer attended
	// without recall, because they are initial, recent or in no block yet.
	InView float64 `json:"in_view"`
	// Seconds of reading the text, which all questions of a text share, and of
	// the question with its answer.
	Prefill float64 `json:"prefill_seconds"`
	Seconds float64 `json:"seconds"`
}

// LikelihoodResult compares a method with dense attention on the same tokens.
type LikelihoodResult struct {
	Cell
	Depth int `json:"depth"` // tokens before the first that was measured
	// Question is the question of which the tokens are the right answer; empty:
	// they are the text's own.
	Question string `json:"question,omitempty"`

	NLL  []float64 `json:"nll"`  // -ln p of each token
	KL   []float64 `json:"kl"`   // KL divergence of the method's prediction from dense attention's, in nats
	Same int       `json:"same"` // tokens for which both find the same token most likely
}

// OracleResult compares the blocks that a method recalls with those that dense
// attention weighs most. Lists have an entry per layer; numbers are means over
// the steps of an answer.
type OracleResult struct {
	Cell
	Question string `json:"question"`
	Steps    int    `json:"steps"`
	// Overlap is the share of the recalled blocks that are among as many blocks
	// that dense attention weighs most.
	Overlap []float64 `json:"overlap"`
	// Weight is the dense attention on the recalled blocks over that on as many
	// blocks that it weighs most.
	Weight []float64 `json:"weight"`
	// Chance is the overlap of blocks recalled at random.
	Chance []float64 `json:"chance"`
	// Needle is the dense attention on tokens of the needles that lie in blocks,
	// summed over the query heads, and Kept what of it is on recalled ones.
	// Neither where no needle is known.
	Needle []float64 `json:"needle,omitempty"`
	Kept   []float64 `json:"kept,omitempty"`
}

// Line is a line of a file of results: one of its fields is set.
type Line struct {
	Header     *Header           `json:"header,omitempty"`
	Question   *QuestionResult   `json:"question,omitempty"`
	Likelihood *LikelihoodResult `json:"likelihood,omitempty"`
	Oracle     *OracleResult     `json:"oracle,omitempty"`
}
