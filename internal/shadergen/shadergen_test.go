package main

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParsePermutations(t *testing.T) {
	list, err := parsePermutations("# all\nb_t4 b.comp -DT=4 -DFAST # quick\n\na a.comp\nc c.comp glslang -DX\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 || list[0].name != "a" || list[1].name != "b_t4" || list[1].source != "b.comp" ||
		!slices.Equal(list[1].defines, []string{"-DT=4", "-DFAST"}) || list[1].newer || !list[2].newer || !slices.Equal(list[2].defines, []string{"-DX"}) {
		t.Errorf("%+v", list)
	}
	for text, want := range map[string]string{
		"":                          "no kernels",
		"a":                         "permutations:1: a name and a source file are needed",
		"\na a.comp\na a.comp -DX":  "permutations:3: a is there twice",
		"../a a.comp":               "name ../a",
		"a ../a.comp":               "source ../a.comp",
		"a a.glsl":                  "source a.glsl",
		"a a.comp -O0":              "-O0 is not a define",
		"a a.comp -DX=1 -DY=$(who)": "is not a define",
	} {
		if _, err := parsePermutations(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

// suiteKernels is where committed SPIR-V lies.
const suiteKernels = "../gputest/spv/"

func TestReflect(t *testing.T) {
	for name, want := range map[string]kernelInterface{
		"fill":  {[]string{"gpu.Storage"}, 3},
		"shift": {[]string{"gpu.TexelU4", "gpu.Storage"}, 3},
		"kinds": {[]string{"gpu.TexelU4", "gpu.TexelF4", "gpu.TexelI1", "gpu.Storage"}, 1},
		"lanes": {[]string{"gpu.Storage"}, 0},

		"shift_texels": {[]string{"gpu.TexelU4", "gpu.StoreU4"}, 3},
	} {
		code, err := os.ReadFile(suiteKernels + name + ".spv")
		if err != nil {
			t.Fatal(err)
		}
		k, err := reflect(code)
		if err != nil || !slices.Equal(k.bindings, want.bindings) || k.pushWords != want.pushWords {
			t.Errorf("%s: %+v, %v; want %+v", name, k, err, want)
		}
	}
}

// TestGenerate compiles sources; it needs glslc.
func TestGenerate(t *testing.T) {
	const size = "#version 450\nlayout(local_size_x_id = 0) in;\n"
	const body = "void main() { a[0] = b[0]; }\n"
	for _, test := range []struct{ name, source, want string }{
		{"good", size + "#extension GL_GOOGLE_include_directive : require\n#include \"two.glsl\"\n" +
			"layout(push_constant) uniform P { float x; uvec2 y[3]; uint z[4]; };\nvoid main() { a[0] = b[0] + uint(x) + y[2].y + z[3]; }", ""},
		{"syntax", size + "void main() { a }", "glslc"},
		{"gap", size + "layout(binding = 0) buffer A { uint a[]; }; layout(binding = 2) buffer B { uint b[]; };" + body, "binding 1 of 2 is missing or never used"},
		{"unused", size + "layout(binding = 0) buffer A { uint a[]; }; layout(binding = 1) buffer B { uint b[]; }; void main() { b[0] = 1; }", "binding 0 of 1 is missing"},
		{"set", size + "layout(set = 1, binding = 0) buffer A { uint a[]; }; void main() { a[0] = 1; }", "set 1"},
		{"uniform", size + "layout(binding = 0) buffer A { uint a[]; }; layout(binding = 1) uniform B { uint b[4]; };" + body, "binding 1: neither"},
		{"fixed", "#version 450\nlayout(local_size_x = 8) in; layout(binding = 0) buffer A { uint a[]; }; void main() { a[0] = 1; }", "workgroup size"},
		{"counts", size + "layout(binding = 0) buffer A { uint a[]; }; void main() { a[0] = gl_NumWorkGroups.x; }", "gl_NumWorkGroups"},
		{"read texels", size + "layout(binding = 0) buffer A { uint a[]; }; layout(binding = 1, rgba32ui) uniform uimageBuffer b; void main() { a[0] = imageLoad(b, 0).x; }", "binding 1: a storage texel buffer must be a writeonly or coherent"},
		{"other texels", size + "layout(binding = 0, r32ui) uniform writeonly uimageBuffer a; void main() { imageStore(a, 0, uvec4(1)); }", "binding 0: a storage texel buffer must be"},
		{"double", size + "layout(binding = 0) buffer A { uint a[]; }; layout(push_constant) uniform P { mat2 m; }; void main() { a[0] = uint(m[1][1]); }", "push constants: SPIR-V type"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "include", "two.glsl"), "layout(binding = 0) buffer A { uint a[]; };\nlayout(binding = 1) readonly buffer B { uint b[]; };\n")
			write(t, filepath.Join(dir, "k.comp"), test.source)
			write(t, filepath.Join(dir, "permutations"), "k k.comp -DX\n")
			err := run(dir, "kernels", false)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Fatalf("%v, want %q", err, test.want)
			}
			if test.want == "" {
				keepsCurrent(t, dir)
			}
		})
	}
}

// keepsCurrent changes what lies in dir and expects -check to see it.
func keepsCurrent(t *testing.T, dir string) {
	if text, err := os.ReadFile(filepath.Join(dir, "spv.go")); err != nil || !strings.Contains(string(text), "{[]gpu.Binding{gpu.Storage, gpu.Storage}, 12}") {
		t.Errorf("spv.go: %s, %v", text, err)
	}
	if err := run(dir, "kernels", true); err != nil {
		t.Errorf("just generated: %v", err)
	}
	write(t, filepath.Join(dir, "spv", "old.spv"), "x")
	if err := run(dir, "kernels", true); err == nil || !strings.Contains(err.Error(), "spv/old.spv") {
		t.Errorf("a leftover: %v", err)
	}
	write(t, filepath.Join(dir, "spv", "k.spv"), "x")
	if err := run(dir, "kernels", true); err == nil || !strings.Contains(err.Error(), "spv/k.spv, spv/old.spv") {
		t.Errorf("a changed file: %v", err)
	}
	if err := run(dir, "kernels", false); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, "kernels", true); err != nil {
		t.Errorf("generated again: %v", err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestCommitted compiles the committed kernels of the suite again.
func TestCommitted(t *testing.T) {
	if _, err := exec.LookPath("glslc"); err != nil {
		t.Fatal("install glslc (Debian, Ubuntu: apt install glslc)")
	}
	if err := run("../gputest", "gputest", true); err != nil {
		t.Error(err)
	}
}

// FuzzReflect expects an interface or an error of any words.
func FuzzReflect(f *testing.F) {
	files, err := filepath.Glob(suiteKernels + "*.spv")
	if err != nil || len(files) == 0 {
		f.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(code)
	}
	f.Add(binary.LittleEndian.AppendUint32(nil, magic))
	f.Fuzz(func(t *testing.T, code []byte) {
		k, err := reflect(code)
		if err == nil && len(k.bindings) > len(code)/4 {
			t.Errorf("%d bindings of %d bytes", len(k.bindings), len(code))
		}
	})
}
