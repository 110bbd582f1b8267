package archtest

import (
	"strings"
	"testing"
	"testing/fstest"
)

// house is a small module that keeps all rules.
func house() (rooms []Room, bans []Ban, packages []Package) {
	rooms = []Room{
		{Name: "model", Imports: []string{"gpu", "model/*"}, Why: "models run anywhere"},
		{Name: "model/gguf", Why: "files are only bytes"},
		{Name: "gpu", Why: "devices know no models"},
		{Name: "app/ui", Imports: []string{"model"}, Desktop: true, Why: "widgets draw"},
		{Name: "cmd/tool", Imports: []string{"model"}, Why: "it has no window"},
		{Name: "store", Later: true, Why: "files outlive code"},
	}
	bans = []Ban{
		{Import: "C", Rooms: []string{"gpu"}, Why: "C stays in one room"},
		{Import: "fyne.io/*", Rooms: []string{"app/ui"}, Why: "windows stay in one room"},
	}
	packages = []Package{
		{ImportPath: "fmt", Name: "fmt"},
		{ImportPath: "github.com/go-gl/gl", Name: "gl", CgoLDFLAGS: []string{"-lm", "-lGL"}},
		{ImportPath: "fyne.io/fyne/v2", Name: "fyne", Deps: []string{"github.com/go-gl/gl"}},
		{ImportPath: "fovea/gpu", Name: "gpu", Doc: "Package gpu runs.", Imports: []string{"C", "fmt"}},
		{ImportPath: "fovea/model/gguf", Name: "gguf", Doc: "Package gguf reads.", TestImports: []string{"fovea/gpu"}},
		{
			ImportPath: "fovea/model", Name: "model", Doc: "Package model thinks.",
			Imports: []string{"fmt", "fovea/gpu", "fovea/model/gguf"}, Deps: []string{"fmt", "fovea/gpu", "fovea/model/gguf"},
		},
		{
			ImportPath: "fovea/app/ui", Name: "ui", Doc: "Package ui draws.",
			Imports: []string{"fovea/model", "fyne.io/fyne/v2"}, Deps: []string{"fovea/model", "fyne.io/fyne/v2", "github.com/go-gl/gl"},
		},
		{ImportPath: "fovea/cmd/tool", Name: "main", Doc: "Tool asks.", Imports: []string{"fovea/model"}, Deps: []string{"fovea/model"}},
	}
	return rooms, bans, packages
}

// edit changes the package with a path.
func edit(packages []Package, path string, change func(*Package)) {
	for i := range packages {
		if packages[i].ImportPath == path {
			change(&packages[i])
		}
	}
}

// breaches break one rule each in a house that keeps all of them.
var breaches = []struct {
	name   string
	change func(rooms []Room, packages []Package) []Package
	want   []string // parts of the complaint; none: no complaint
}{
	{name: "kept", change: func(_ []Room, p []Package) []Package { return p }},
	{
		"unlisted import", func(_ []Room, p []Package) []Package {
			edit(p, "fovea/gpu", func(p *Package) { p.Imports = append(p.Imports, "fovea/model") })
			return p
		},
		[]string{"gpu imports model", "nothing", "devices know no models"},
	},
	{
		"import of the module's program", func(_ []Room, p []Package) []Package {
			edit(p, "fovea/model", func(p *Package) { p.Imports = append(p.Imports, "fovea") })
			return p
		},
		[]string{"model imports main.go", "gpu, model/*", "models run anywhere"},
	},
	{
		"package without a row", func(_ []Room, p []Package) []Package {
			return append(p, Package{ImportPath: "fovea/modelx", Name: "modelx", Doc: "Package modelx is new."})
		},
		[]string{"modelx has no row"},
	},
	{
		"later room with code", func(_ []Room, p []Package) []Package {
			return append(p, Package{ImportPath: "fovea/store", Name: "store", Doc: "Package store keeps."})
		},
		[]string{"store has code"},
	},
	{
		"row without code", func(rooms []Room, p []Package) []Package {
			rooms[5].Later = false
			return p
		},
		[]string{"store has a row", "no code"},
	},
	{
		"banned import", func(_ []Room, p []Package) []Package {
			edit(p, "fovea/model/gguf", func(p *Package) { p.Imports = append(p.Imports, "C") })
			return p
		},
		[]string{"model/gguf imports C", "only gpu may", "C stays in one room"},
	},
	{
		"banned import in a test", func(_ []Room, p []Package) []Package {
			edit(p, "fovea/cmd/tool", func(p *Package) { p.XTestImports = append(p.XTestImports, "fyne.io/fyne/v2/test") })
			return p
		},
		[]string{"cmd/tool imports fyne.io/fyne/v2/test", "only app/ui may", "windows stay in one room"},
	},
	{
		"window system through others", func(_ []Room, p []Package) []Package {
			edit(p, "fovea/cmd/tool", func(p *Package) { p.Deps = append(p.Deps, "fyne.io/fyne/v2") })
			return p
		},
		[]string{"cmd/tool links fyne.io/fyne/v2", "without a window system"},
	},
	{
		"window system's library", func(_ []Room, p []Package) []Package {
			edit(p, "fovea/cmd/tool", func(p *Package) { p.Deps = append(p.Deps, "example.org/clipboard") })
			return append(p, Package{ImportPath: "example.org/clipboard", Name: "clipboard", CgoLDFLAGS: []string{"-lm", "-lX11"}})
		},
		[]string{"cmd/tool links the library X11 through example.org/clipboard"},
	},
	{
		"window system's library by pkg-config", func(_ []Room, p []Package) []Package {
			edit(p, "fovea/cmd/tool", func(p *Package) { p.CgoPkgConfig = []string{"vulkan", "wayland-client"} })
			return p
		},
		[]string{"cmd/tool links the library wayland-client through fovea/cmd/tool"},
	},
	{
		"no package comment", func(_ []Room, p []Package) []Package {
			edit(p, "fovea/cmd/tool", func(p *Package) { p.Doc = "" })
			return p
		},
		[]string{"cmd/tool has no package comment"},
	},
	{
		"comment of another package", func(_ []Room, p []Package) []Package {
			edit(p, "fovea/gpu", func(p *Package) { p.Doc = "Package gpus runs." })
			return p
		},
		[]string{"gpu: its package comment begins"},
	},
}

// TestRulesCanFail breaks each rule by itself and requires one complaint, with
// its reason.
func TestRulesCanFail(t *testing.T) {
	for _, c := range breaches {
		t.Run(c.name, func(t *testing.T) {
			rooms, bans, packages := house()
			packages = c.change(rooms, packages)
			wrong := append(checkImports(rooms, bans, packages), checkHeadless(rooms, packages)...)
			expect(t, append(wrong, checkComments(packages)...), c.want)
		})
	}
}

// expect requires one complaint with all parts, or none where there are none.
func expect(t *testing.T, wrong, parts []string) {
	t.Helper()
	if len(wrong) != min(len(parts), 1) {
		t.Fatalf("complaints %q, want one with %q", wrong, parts)
	}
	for _, part := range parts {
		if !strings.Contains(wrong[0], part) {
			t.Errorf("complaint %q does not say %q", wrong[0], part)
		}
	}
}

const houseDocument = `# A house

## Rooms

Text with a | in it.

| Package | Purpose | May import |
|---|---|---|
| ` + "`model`" + ` | thinks | gpu, model/* |
| ` + "`model/gguf`" + ` | reads | nothing |
| ` + "`gpu`" + ` | runs | nothing |
| app/ui | draws | ` + "`model`" + ` |
| cmd/tool | asks | model |

### Rooms without code yet

| Package | Purpose | May import |
|---|---|---|
| store | keeps | nothing |

### Bans

| Import | Only in | Why |
|---|---|---|
| C | gpu | it crashes |
| fyne.io/* | app/ui | it draws |

## Other tables

| Package | Purpose | May import |
|---|---|---|
| cellar | stores | model |
`

// TestDocumentCanFail changes a document that agrees with its house.
func TestDocumentCanFail(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"kept", "", "", ""},
		{"other purpose", "| thinks |", "| ponders |", ""},
		{"row missing", "| cmd/tool | asks | model |\n", "", "no row `cmd/tool` with `model`"},
		{"row too many", "| cmd/tool |", "| cellar | stores | nothing |\n| cmd/tool |", "row `cellar` with `nothing` is not in"},
		{"row without cells", "| cmd/tool |", "| cellar |\n| cmd/tool |", "row `cellar` is not in"},
		{"ban too many", "| C | gpu |", "| D | gpu | it floats |\n| C | gpu |", "\"Bans\": row `D` with `gpu` is not in"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rooms, bans, _ := house()
			wrong := checkDocument(rooms, bans, strings.Replace(houseDocument, c.old, c.new, 1))
			var parts []string
			if c.want != "" {
				parts = []string{c.want}
			}
			expect(t, wrong, parts)
		})
	}
	rooms, bans, _ := house()
	if wrong := checkDocument(rooms, bans, ""); len(wrong) != len(rooms)+len(bans) {
		t.Errorf("an empty document lacks %d rows, but the complaints are %q", len(rooms)+len(bans), wrong)
	}
	other := strings.Replace(houseDocument, "gpu, model/*", "model/*, gpu", 1)
	if wrong := checkDocument(rooms, bans, other); len(wrong) != 2 {
		t.Errorf("a row that differs is missing and too many, but the complaints are %q", wrong)
	}
}

// TestSizesCanFail has files at and above their limits, and ones that are not source.
func TestSizesCanFail(t *testing.T) {
	file := func(lines int) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(strings.Repeat("\n", lines))}
	}
	wrong, err := checkSizes(fstest.MapFS{
		"a/short.go": file(500), "a/short.comp": file(300), "a/include/short.glsl": file(300), "a/notes.md": file(900),
		".git/hook.go": file(900), "build/made.go": file(900),
	})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, wrong, nil)
	for name, lines := range map[string]int{"main.go": 501, "a/b/long_test.go": 501, "a/long.comp": 301, "a/include/long.glsl": 301} {
		wrong, err := checkSizes(fstest.MapFS{name: file(lines)})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, wrong, []string{name + " has "})
	}
}

// TestNamesCanFail has documents that speak of what is there, and of what is not.
func TestNamesCanFail(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for _, c := range []struct {
		text string
		want []string
	}{
		{"`TestRope` in [shaders](../shaders/rope.go) and [here](#heading), [there](more/deep.md#part), [far](https://example.org/x)", nil},
		{"`TestRop`", []string{"docs/a.md speaks of TestRop,"}},
		{"`TestInside`", []string{"docs/a.md speaks of TestInside,"}},
		{"see [shaders](../shaders/ripe.go)", []string{"docs/a.md links to ../shaders/ripe.go,"}},
		{"see [shaders](more/deeper.md#part)", []string{"docs/a.md links to more/deeper.md,"}},
	} {
		wrong, err := checkNames(fstest.MapFS{
			"docs/a.md": file(c.text), "docs/more/deep.md": file("[up](../a.md)"), "docs/manual/x.md": file("`TestNothing`"),
			"shaders/rope.go": file(""), "shaders/rope_test.go": file("// func TestInside(\n\nfunc TestRope(t *testing.T) {"),
		})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, wrong, c.want)
	}
}
