package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// root is the module's folder, from this one.
const root = "../.."

// listPackages returns the module's packages and all that they link.
func listPackages(t *testing.T) []Package {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Name,Doc,Imports,TestImports,XTestImports,Deps,CgoLDFLAGS,CgoPkgConfig", "./...")
	cmd.Dir = root
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, problems.Bytes())
	}
	var packages []Package
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p Package
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		packages = append(packages, p)
	}
}

func report(t *testing.T, wrong []string) {
	t.Helper()
	for _, w := range wrong {
		t.Error(w)
	}
}

// TestImports holds the module to the table of rooms and to the bans.
func TestImports(t *testing.T) {
	packages := listPackages(t)
	report(t, checkImports(Rooms, Bans, packages))
	report(t, checkHeadless(Rooms, packages))
}

// TestDocument holds docs/architecture.md to the table of rooms and the bans,
// and requires what the engineers' documents speak of to be there.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	report(t, checkDocument(Rooms, Bans, string(text)))
	wrong, err := checkNames(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	report(t, wrong)
}

// TestHabits requires package comments and files of readable length. It opens
// every source file, by which the cache of go test knows that the results of
// this package hold no longer when one changes; go list opens them unseen.
func TestHabits(t *testing.T) {
	report(t, checkComments(listPackages(t)))
	wrong, err := checkSizes(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	report(t, wrong)
}
