// Manual typesets the Fovea manual, docs/manual/*.md, as a PDF. The output
// depends on the sources only: the same text gives the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

func main() {
	sources := flag.String("in", "docs/manual", "folder of the chapters, *.md, in the order of their names")
	out := flag.String("out", "assets/manual.pdf", "PDF to write")
	flag.Parse()
	if err := run(*sources, *out); err != nil {
		fmt.Fprintln(os.Stderr, "manual:", err)
		os.Exit(1)
	}
}

func run(sources, out string) error {
	pdf, err := build(sources)
	if err != nil {
		return err
	}
	return os.WriteFile(out, pdf, 0o644)
}

// build typesets the chapters in a folder.
func build(folder string) ([]byte, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*.md"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no chapters (*.md)", folder)
	}
	slices.Sort(names)
	chapters := make([]chapter, len(names))
	for i, name := range names {
		source, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if chapters[i], err = parse(source); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	// The first pass finds the pages of the headings, which the second one
	// lists in the table of contents; both have the same number of entries.
	first, err := typeset(chapters, nil)
	if err != nil {
		return nil, err
	}
	second, err := typeset(chapters, first.contents)
	if err != nil {
		return nil, err
	}
	return second.bytes()
}
