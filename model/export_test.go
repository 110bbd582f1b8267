package model

// A NEOX-style architecture, of which none is supported yet.
func init() { architectures["neoxtest"] = true }

// ProgramBytes is what Limits leave to the program itself.
const ProgramBytes = programBytes
