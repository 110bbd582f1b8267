// Fovea is a desktop program for talking with documents far longer than a
// model's window.
package main

import (
	"os"

	"fovea/app"
)

func main() { os.Exit(app.Main(os.Args[1:], os.Stdout, os.Stderr)) }
