package archtest

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// longest is the most lines of a file by the end of its name. A longer one has
// two subjects, and a room that nobody can see whole.
var longest = map[string]int{".go": 500, ".comp": 300, ".glsl": 300}

// checkComments returns our packages without a package comment of the usual form.
func checkComments(packages []Package) []string {
	var wrong []string
	for _, p := range packages {
		name := roomOf(p.ImportPath)
		switch {
		case name == "":
		case p.Doc == "":
			wrong = append(wrong, fmt.Sprintf("%s has no package comment: say what it is for and what it does not do", name))
		case p.Name != "main" && !strings.HasPrefix(p.Doc, "Package "+p.Name+" "):
			wrong = append(wrong, fmt.Sprintf("%s: its package comment begins %q, not \"Package %s\"", name, p.Doc, p.Name))
		}
	}
	return wrong
}

// checkSizes returns the source files of a tree that are too long. Hidden
// folders and those of built things are not source.
func checkSizes(tree fs.FS) ([]string, error) {
	var wrong []string
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || name == "bin" || name == "build"):
			return fs.SkipDir
		}
		most, ok := longest[path.Ext(name)]
		if !ok || d.IsDir() {
			return nil
		}
		data, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		if n := bytes.Count(data, []byte("\n")); n > most {
			wrong = append(wrong, fmt.Sprintf("%s has %d lines, %d are the most: divide it by subject", name, n, most))
		}
		return nil
	})
	return wrong, err
}
