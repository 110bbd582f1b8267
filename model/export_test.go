package model

// A NEOX-style architecture, of which none is supported yet.
func init() { architectures["neoxtest"] = true }
