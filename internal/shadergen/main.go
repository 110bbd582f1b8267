// Command shadergen compiles the compute kernels of a package. It reads the
// file permutations, one line a kernel:
//
//	name file.comp -DX=1 -DY=2
//	name file.comp glslang -DX=1
//
// and writes spv/NAME.spv with glslc, or with a newer glslang where the line says
// so, and spv.go with what the SPIR-V says of each kernel's interface. Both are
// committed, so that only those who change a shader need the compilers. Usage, in
// the package's folder:
//
//	go run fovea/internal/shadergen [-check] [-package shaders]
//
// With -check nothing is written; it fails if anything would change.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	check := flag.Bool("check", false, "write nothing, fail if a generated file is out of date")
	name := flag.String("package", os.Getenv("GOPACKAGE"), "name of the Go package")
	flag.Parse()
	if err := run(".", *name, *check); err != nil {
		fmt.Fprintln(os.Stderr, "shadergen:", err)
		os.Exit(1)
	}
}

func run(dir, pkg string, check bool) error {
	if pkg == "" {
		return errors.New("no package name: use -package or go generate")
	}
	list, err := os.ReadFile(filepath.Join(dir, "permutations"))
	if err != nil {
		return err
	}
	permutations, err := parsePermutations(string(list))
	if err != nil {
		return err
	}
	files, err := generate(dir, pkg, permutations)
	if err != nil {
		return err
	}
	stale, err := leftovers(dir, files)
	if err != nil {
		return err
	}
	if check {
		return compare(dir, files, stale)
	}
	for _, path := range stale {
		if err := os.Remove(filepath.Join(dir, path)); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "spv"), 0o755); err != nil {
		return err
	}
	for path, data := range files {
		if old, err := os.ReadFile(filepath.Join(dir, path)); err == nil && bytes.Equal(old, data) {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, path), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// leftovers lists SPIR-V files that no permutation makes any more.
func leftovers(dir string, files map[string][]byte) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, "spv"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var stale []string
	for _, e := range entries {
		if path := "spv/" + e.Name(); files[path] == nil {
			stale = append(stale, path)
		}
	}
	return stale, nil
}

func compare(dir string, files map[string][]byte, stale []string) error {
	wrong := slices.Clone(stale)
	for path, data := range files {
		if old, err := os.ReadFile(filepath.Join(dir, path)); err != nil || !bytes.Equal(old, data) {
			wrong = append(wrong, path)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("out of date, run go generate: %s", strings.Join(wrong, ", "))
}
