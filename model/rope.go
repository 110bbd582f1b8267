package model

import (
	"encoding/binary"
	"math"
)

// rope gives the rotation angles of a position: per pair a frequency.
type rope struct {
	freqs []float64 // radians per position
}

// newRope computes the frequencies of RoPE (Su et al., arXiv 2104.09864) with
// the linear or llama3 scaling of the model. factors, one per pair, divide the
// frequencies where the file has them (rope_freqs.weight: llama3 scaling as
// converters store it).
func newRope(c *Config, factors []float32) rope {
	pairs := c.RopeDim / 2
	r := rope{freqs: make([]float64, pairs)}
	for i := range r.freqs {
		f := math.Pow(c.RopeBase, -float64(2*i)/float64(c.RopeDim)) / c.RopeScale
		if factors != nil {
			f /= float64(factors[i])
		} else if c.Llama3 != nil {
			f = c.Llama3.scale(f)
		}
		r.freqs[i] = f
	}
	return r
}

// Llama3Scaling is the frequency scaling of Llama 3.1 and later.
type Llama3Scaling struct {
	Factor, LowFreq, HighFreq float64
	Context                   float64 // tokens of the original training window
}

// scale slows the frequencies whose wavelength exceeds the original window,
// keeps the fast ones and blends between.
func (s *Llama3Scaling) scale(f float64) float64 {
	wave := 2 * math.Pi / f
	switch {
	case wave < s.Context/s.HighFreq:
		return f
	case wave > s.Context/s.LowFreq:
		return f / s.Factor
	}
	smooth := (s.Context/wave - s.LowFreq) / (s.HighFreq - s.LowFreq)
	return (1-smooth)*f/s.Factor + smooth*f
}

// put writes (cos, sin) of every pair at a position. Angles are taken in
// float64, so that a position of millions is as exact as the first.
func (r rope) put(pos int, row []byte) {
	for i, f := range r.freqs {
		sin, cos := math.Sincos(float64(pos) * f)
		binary.LittleEndian.PutUint32(row[8*i:], math.Float32bits(float32(cos)))
		binary.LittleEndian.PutUint32(row[8*i+4:], math.Float32bits(float32(sin)))
	}
}
