package model

// Received gives the softmax weight that every token of the local window has
// received in a layer; see kvcache.Cache.Received.
func (s *Session) Received(layer int) (first int, weights []float64, err error) {
	if s.broken != nil {
		return 0, nil, s.broken
	}
	return s.cache.Received(layer)
}
