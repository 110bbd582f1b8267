package ui

import "fovea/model/actqkv"

// methodName is what a method is called in the field, which no language
// translates.
func methodName(m actqkv.Method) string {
	switch m {
	case actqkv.ActQKV:
		return "ActQKV"
	case actqkv.InfLLM:
		return "InfLLM"
	case actqkv.Streaming:
		return "Streaming"
	case actqkv.Full:
		return "Full"
	}
	return string(m)
}

// methodNames are those of all methods.
func methodNames() []string {
	var names []string
	for _, m := range actqkv.Methods() {
		names = append(names, methodName(actqkv.Method(m)))
	}
	return names
}

// methodOf is the method with a name.
func methodOf(name string) actqkv.Method {
	for _, m := range actqkv.Methods() {
		if methodName(actqkv.Method(m)) == name {
			return actqkv.Method(m)
		}
	}
	return actqkv.Method(name)
}
