package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// desktopPackages and desktopLibraries are what only a program with windows
// links.
var (
	desktopPackages  = []string{"fyne.io/*", "github.com/go-gl/*", module + "/app/ui", module + "/app/ui/*"}
	desktopLibraries = []string{"x11", "xcursor", "xrandr", "xinerama", "xi", "xxf86vm", "gl", "egl", "glesv2", "wayland", "xkbcommon"}
)

const headlessWhy = "the headless program must build and run on machines without a window system"

// checkHeadless returns the rooms that link a window system, directly or
// through others, and are not of the desktop. packages must hold all
// dependencies.
func checkHeadless(rooms []Room, packages []Package) []string {
	var wrong []string
	libraries := map[string]string{}
	for _, p := range packages {
		if lib := desktopLibrary(p); lib != "" {
			libraries[p.ImportPath] = lib
		}
	}
	for _, p := range packages {
		name := roomOf(p.ImportPath)
		if name == "" || slices.ContainsFunc(rooms, func(r Room) bool { return r.Name == name && r.Desktop }) {
			continue
		}
		for _, dep := range append(p.Deps, p.ImportPath) {
			if matches(dep, desktopPackages) {
				wrong = append(wrong, fmt.Sprintf("%s links %s: %s", name, dep, headlessWhy))
			} else if lib := libraries[dep]; lib != "" {
				wrong = append(wrong, fmt.Sprintf("%s links the library %s through %s: %s", name, lib, dep, headlessWhy))
			}
		}
	}
	return wrong
}

// desktopLibrary is the first C library of a window system that a package
// links, by a linker flag (-lX11, -lwayland-client) or by pkg-config.
func desktopLibrary(p Package) string {
	for _, flag := range p.CgoLDFLAGS {
		if lib, ok := strings.CutPrefix(flag, "-l"); ok && isDesktopLibrary(lib) {
			return lib
		}
	}
	for _, lib := range p.CgoPkgConfig {
		if isDesktopLibrary(lib) {
			return lib
		}
	}
	return ""
}

func isDesktopLibrary(lib string) bool {
	base, _, _ := strings.Cut(strings.ToLower(lib), "-")
	return slices.Contains(desktopLibraries, base)
}
