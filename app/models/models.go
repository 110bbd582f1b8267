// Package models keeps model files: where they lie, which ones the catalogue
// offers, and how they are fetched. [List] finds those of other programs, too,
// and says which the engine runs.
//
// A file receives its name in the folder of models only when it is complete
// and its SHA-256 checksum is right. Until then it is FILE.partial, with what
// a later call needs to continue it in FILE.partial.json.
package models

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/adrg/xdg"
)

// The environment variables that move Fovea's folders.
const (
	DataVariable  = "FOVEA_DATA"
	CacheVariable = "FOVEA_CACHE"
)

// ErrMissing reports a model that is not in the folder of models, or damaged
// there.
var ErrMissing = errors.New("the model is not here")

// DataDir is the folder for what must be kept: $FOVEA_DATA or else fovea in the
// user's data directory. It need not exist.
func DataDir() string { return folder(DataVariable, &xdg.DataHome) }

// Dir is the folder of models, in DataDir. It need not exist.
func Dir() string { return filepath.Join(DataDir(), "models") }

// CacheDir is the folder for what can be made again, such as compiled
// pipelines: $FOVEA_CACHE or else fovea in the user's cache directory. It need
// not exist.
func CacheDir() string { return folder(CacheVariable, &xdg.CacheHome) }

func folder(variable string, base *string) string {
	if dir := os.Getenv(variable); dir != "" {
		// Paths are shown to people and given to other programs, so a relative
		// one must not depend on where they are.
		if abs, err := filepath.Abs(dir); err == nil {
			return abs
		}
		return dir // no current directory: using the path will say so
	}
	xdg.Reload() // the environment may have changed since the package's start
	return filepath.Join(*base, "fovea")
}

// Find gives the path of a model that was pulled under name. Where it is not
// there the error is ErrMissing and says how to fetch it. The file's checksum
// was verified when it was pulled and is not verified again.
func Find(name string) (string, error) {
	e, ok := Lookup(name)
	if !ok {
		if err := checkName(name); err != nil {
			return "", err
		}
		e = Entry{Name: name, File: fileName(name)}
	}
	path := filepath.Join(Dir(), e.File)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && ok:
		return "", fmt.Errorf("models: %s: %w; fetch it with: foveactl pull %s", name, ErrMissing, name)
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("models: %s: %w, and the catalogue does not have it; give a file with --model", name, ErrMissing)
	case err != nil:
		return "", fmt.Errorf("models: %w", err)
	case ok && info.Size() != e.Size:
		return "", fmt.Errorf("models: %s: %w: %s is damaged, it has %d bytes instead of %d; fetch it again with: foveactl pull %s",
			name, ErrMissing, path, info.Size(), e.Size, name)
	}
	return path, nil
}

// Default gives the path of the default model, with the error of Find.
func Default() (string, error) { return Find(Catalogue()[0].Name) }

// fileName is the file of a model that the catalogue does not have.
func fileName(name string) string {
	if strings.HasSuffix(name, ".gguf") {
		return name
	}
	return name + ".gguf"
}

// checkName refuses what cannot be the name of a file in the folder.
func checkName(name string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	if name == "" || len(name) > 128 || strings.Trim(name, allowed) != "" || name[0] == '.' || name[0] == '-' {
		return fmt.Errorf("models: %q cannot be a model's name: use letters, digits, dots, dashes and underscores", name)
	}
	return nil
}
