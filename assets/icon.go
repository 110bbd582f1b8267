package assets

import _ "embed"

// Icon is the program's icon, a PNG of 512 by 512 pixels, drawn by
// scripts/icon like its twin icon.svg. It must not be written to.
//
//go:embed icon.png
var Icon []byte
