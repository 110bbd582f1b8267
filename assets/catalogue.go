package assets

import _ "embed"

// Catalogue is the list of models that can be fetched, in JSON; package
// app/models reads it. It must not be written to.
//
//go:embed catalogue.json
var Catalogue []byte
