package archtest

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

var (
	testDeclared = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	testNamed    = regexp.MustCompile("`(Test\\w+)`")
	linkTarget   = regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`)
)

// checkNames returns what the engineers' documents of a tree speak of and is
// not there: tests by name, and the targets of links.
func checkNames(tree fs.FS) ([]string, error) {
	tests, documents, err := testsAndDocuments(tree)
	if err != nil {
		return nil, err
	}
	var wrong []string
	for _, name := range documents {
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		for _, m := range testNamed.FindAllStringSubmatch(string(text), -1) {
			if !tests[m[1]] {
				wrong = append(wrong, fmt.Sprintf("%s speaks of %s, which is not there", name, m[1]))
			}
		}
		for _, m := range linkTarget.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := fs.Stat(tree, path.Join(path.Dir(name), m[1])); err != nil {
				wrong = append(wrong, fmt.Sprintf("%s links to %s, which is not there", name, m[1]))
			}
		}
	}
	return wrong, nil
}

// testsAndDocuments finds the names of all tests, and the Markdown files of
// docs but the manual, which is for users.
func testsAndDocuments(tree fs.FS) (tests map[string]bool, documents []string, err error) {
	tests = map[string]bool{}
	err = fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "docs/manual" || name != "." && strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case strings.HasSuffix(name, "_test.go"):
			text, err := fs.ReadFile(tree, name)
			if err != nil {
				return err
			}
			for _, m := range testDeclared.FindAllStringSubmatch(string(text), -1) {
				tests[m[1]] = true
			}
		case strings.HasPrefix(name, "docs/") && path.Ext(name) == ".md":
			documents = append(documents, name)
		}
		return nil
	})
	return tests, documents, err
}
