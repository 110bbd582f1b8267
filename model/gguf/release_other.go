//go:build !unix

package gguf

// release has nothing to do: the system trims mappings when memory is short.
func release([]byte, int64, int64) {}
