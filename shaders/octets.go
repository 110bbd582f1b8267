package shaders

// Floats are the numbers that b holds in format f, in whole octets.
func (f KV) Floats(b []byte) []float32 {
	v := make([]float32, 0, 8*int64(len(b))/f.OctetBytes())
	for i := range cap(v) / 8 {
		o := f.octet(b, i)
		v = append(v, o[:]...)
	}
	return v
}

// Bytes are the numbers v, whole octets of them, in format f, rounded to the
// nearest.
func (f KV) Bytes(v []float32) []byte {
	b := make([]byte, int64(len(v)/8)*f.OctetBytes())
	for i := range len(v) / 8 {
		f.putOctet(b, i, [8]float32(v[8*i:]))
	}
	return b
}
