// Package models shows the models that can be used: those found on this machine
// and those of the catalogue ([Chooser]), and on the first start the way to a
// first answer ([Welcome]).
//
// The widgets are given plain data and call back; they search, fetch and load
// nothing. They are used on the Fyne goroutine only.
package models

import (
	"fovea/app/models"
)

// Found is what a search for models has come to.
type Found struct {
	Searching bool // it goes on; what follows is what the last one found
	Models    []models.Local
	Skipped   []models.Skipped
	Err       error // why it ended early
}

// Device is what models must fit.
type Device struct {
	Name   string
	Memory int64 // bytes; 0: not known
	Tokens int   // length of the text to plan for
}

// shelf is all that both widgets show of models.
type shelf struct {
	found     Found
	searched  bool // SetFound was called
	device    Device
	inUse     string // path
	catalogue []models.Entry
	downloads map[string]models.Download
}

// actions are what rows can ask for; the widgets' callback fields.
type actions struct {
	use      func(path string)
	download func(name string)
	pause    func(name string)
}
