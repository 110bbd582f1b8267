// Package archtest keeps the house in order: its table says what every package
// may import, and its test holds the module, and the same table in
// docs/architecture.md, to it.
package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// module is the module's path; a room is named by what follows it.
const module = "fovea"

// Room is a package of the module.
type Room struct {
	Name    string   // path below the module; "main.go" for the module's own
	Imports []string // rooms that its code may import; "model/*" is all below model
	Why     string   // what would be lost if it imported more
	Desktop bool     // may link Fyne and the window system
	Later   bool     // has no code yet
}

// Ban says which rooms alone may import a package, in their tests too.
type Ban struct {
	Import string   // "fyne.io/*" is all below fyne.io
	Rooms  []string // rooms or patterns of them
	Why    string
}

// Package is what `go list -json` says of a package.
type Package struct {
	ImportPath, Name string
	Doc              string // first sentence of the package comment
	Imports          []string
	TestImports      []string
	XTestImports     []string
	Deps             []string // all that it links
	CgoLDFLAGS       []string
	CgoPkgConfig     []string
}

// roomOf is the name of the room with an import path, empty for a package that
// is not ours.
func roomOf(path string) string {
	if path == module {
		return "main.go"
	}
	name, ours := strings.CutPrefix(path, module+"/")
	if !ours {
		return ""
	}
	return name
}

// matches says whether a name is one of the patterns.
func matches(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if below, ok := strings.CutSuffix(p, "*"); ok {
			return strings.HasPrefix(name, below)
		}
		return name == p
	})
}

// checkImports returns what of the module's packages breaks the table of rooms
// or a ban.
func checkImports(rooms []Room, bans []Ban, packages []Package) []string {
	var wrong []string
	seen := map[string]bool{}
	for _, p := range packages {
		name := roomOf(p.ImportPath)
		if name == "" {
			continue
		}
		seen[name] = true
		i := slices.IndexFunc(rooms, func(r Room) bool { return r.Name == name })
		if i < 0 {
			wrong = append(wrong, fmt.Sprintf("%s has no row in the table of rooms: add it to internal/archtest/rooms.go and docs/architecture.md", name))
			continue
		}
		if rooms[i].Later {
			wrong = append(wrong, fmt.Sprintf("%s has code, but the table of rooms says it has none yet: move its row", name))
		}
		wrong = append(wrong, checkRoom(rooms[i], p)...)
		wrong = append(wrong, checkBans(bans, name, p)...)
	}
	for _, r := range rooms {
		if !seen[r.Name] && !r.Later {
			wrong = append(wrong, fmt.Sprintf("%s has a row in the table of rooms, but no code: remove the row or put it among the later ones", r.Name))
		}
	}
	return wrong
}

// checkRoom returns the imports of our packages that a room's row does not list.
func checkRoom(r Room, p Package) []string {
	var wrong []string
	for _, path := range p.Imports {
		to := roomOf(path)
		if to == "" || matches(to, r.Imports) {
			continue
		}
		wrong = append(wrong, fmt.Sprintf("%s imports %s, but of ours it may import %s: %s", r.Name, to, list(r.Imports), r.Why))
	}
	return wrong
}

// checkBans returns the imports of a room and of its tests that belong to others.
func checkBans(bans []Ban, name string, p Package) []string {
	var wrong []string
	for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
		for _, b := range bans {
			if matches(path, []string{b.Import}) && !matches(name, b.Rooms) {
				wrong = append(wrong, fmt.Sprintf("%s imports %s, but only %s may: %s", name, path, list(b.Rooms), b.Why))
			}
		}
	}
	return wrong
}

// list names rooms in a message and in a cell of docs/architecture.md.
func list(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}
