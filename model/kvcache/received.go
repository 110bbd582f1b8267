package kvcache

import (
	"fmt"

	"fovea/model/actqkv"
)

// Received gives the softmax weight that every token of the local window has
// received in a layer since it came, summed over the queries and the query
// heads: weights[i] is of the token at position first+i. What a single query
// gave is the difference between two calls. It is an error that the session
// keeps no weights, because its method recalls nothing.
func (c *Cache) Received(index int) (first int, weights []float64, err error) {
	if !c.recalls {
		return 0, nil, fmt.Errorf("kvcache: method %s keeps no received weights; use %s or %s", c.Settings.Method, actqkv.ActQKV, actqkv.InfLLM)
	}
	b, err := c.readView(c.accOf(index))
	if err != nil {
		return 0, nil, err
	}
	first = max(0, c.Places.Pos-c.Settings.Local)
	weights = make([]float64, c.Places.Pos-first)
	for head := range c.Shape.Heads.Width() {
		for i := range weights {
			weights[i] += float64(float(b, head*c.ring+(first+i)%c.ring))
		}
	}
	return first, weights, nil
}
