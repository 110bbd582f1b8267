package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// compilers are paths of programs; glslang is empty where no kernel needs it.
type compilers struct{ glslc, glslang string }

// glslangPath is where scripts/setup.sh puts glslang, from the module's folder:
// Debian's compilers do not know GL_KHR_cooperative_matrix.
const glslangPath = "build/glslang/bin/glslang"

func findCompilers(dir string, list []permutation) (c compilers, err error) {
	if c.glslc, err = exec.LookPath("glslc"); err != nil {
		return c, errors.New("no glslc: install it (Debian, Ubuntu: apt install glslc)")
	}
	if !slices.ContainsFunc(list, func(p permutation) bool { return p.newer }) {
		return c, nil
	}
	root, err := moduleRoot(dir)
	if err != nil {
		return c, err
	}
	c.glslang = filepath.Join(root, glslangPath)
	if _, err := os.Stat(c.glslang); err != nil {
		return c, fmt.Errorf("no %s: run scripts/setup.sh test, which installs it with Python's pip", glslangPath)
	}
	return c, nil
}

// moduleRoot is the folder with go.mod that dir is in.
func moduleRoot(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			err = errors.New("no go.mod in this folder or above it")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

// compile returns the SPIR-V of a permutation.
func (c compilers) compile(dir string, p permutation) ([]byte, error) {
	out, err := os.CreateTemp("", "shadergen-*.spv")
	if err != nil {
		return nil, err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	compiler, args := c.glslc, []string{"--target-env=vulkan1.1", "-O", "-Werror", "-I", "include"}
	if p.newer {
		// What optimisers do not know of cooperative matrices they may break, so
		// this is left to drivers.
		compiler, args = c.glslang, []string{"--target-env", "vulkan1.1", "-g0", "-Iinclude"}
	}
	args = append(append(args, p.defines...), p.source, "-o", out.Name())
	cmd := exec.Command(compiler, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &messages, &messages // glslang's errors are on its standard output
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %s: %w\n%s", p.name, filepath.Base(compiler), err, messages.String())
	}
	return os.ReadFile(out.Name())
}
