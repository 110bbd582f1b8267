package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/adrg/xdg"
)

// place is a folder that may hold models.
type place struct {
	owner string // the program whose folder it is
	dir   string // absolute
	look  func(*finder, string)
}

// places lists the folders where programs keep models, whether they exist or
// not. A folder that the environment or a program's settings name is looked
// into besides the usual one, which may hold files from before.
func places() []place {
	xdg.Reload()                // the environment may have changed since the package's start
	home, _ := os.UserHomeDir() // without one its folders are left out
	var list []place
	add := func(owner string, look func(*finder, string), dirs ...string) {
		for _, dir := range dirs {
			// A relative one must not depend on where its reader is.
			if abs, err := filepath.Abs(dir); dir != "" && err == nil {
				list = append(list, place{owner, abs, look})
			}
		}
	}
	add("Fovea", (*finder).files, Dir())
	add("Hugging Face", (*finder).hub, hubs(home)...)
	add("llama.cpp", (*finder).files, os.Getenv("LLAMA_CACHE"), below(xdg.CacheHome, "llama.cpp"))
	lmStudio := below(home, ".lmstudio")
	add(
		"LM Studio", (*finder).files,
		below(pointer(below(home, ".lmstudio-home-pointer")), "models"), setting(below(lmStudio, "settings.json"), "downloadsFolder"),
		below(lmStudio, "models"), below(home, ".cache/lm-studio/models"),
	)
	for _, data := range []string{
		os.Getenv("JAN_DATA_FOLDER"), setting(below(xdg.DataHome, "Jan/settings.json"), "data_folder"),
		below(xdg.DataHome, "Jan/data"), below(xdg.ConfigHome, "Jan/data"), below(home, "jan"),
	} {
		add("Jan", (*finder).files, below(data, "llamacpp/models"), below(data, "models"))
	}
	add("GPT4All", (*finder).files, below(xdg.DataHome, "nomic.ai/GPT4All"), below(xdg.CacheHome, "gpt4all"))
	// As a service Ollama has a user of its own, with this home.
	add("Ollama", (*finder).ollama, os.Getenv("OLLAMA_MODELS"), below(home, ".ollama/models"), "/usr/share/ollama/.ollama/models")
	return list
}

// hubs are the folders that the Hugging Face libraries would take for their
// cache, the first that is set winning. They expand ~ and variables in these.
func hubs(home string) []string {
	env := func(name string) string {
		v := os.ExpandEnv(os.Getenv(name))
		if rest, ok := strings.CutPrefix(v, "~/"); ok {
			return below(home, rest)
		}
		return v
	}
	return []string{
		env("HF_HUB_CACHE"), env("HUGGINGFACE_HUB_CACHE"), below(env("HF_HOME"), "hub"), below(xdg.CacheHome, "huggingface/hub"),
	}
}

// below joins paths; below nothing there is nothing.
func below(dir, name string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, name)
}

// pointer is the path that a file of a program consists of, "" if it has none.
func pointer(path string) string {
	data, err := readSmall(path)
	if err != nil {
		return "" // the program is not here, or the file is not what we think
	}
	return strings.TrimSpace(string(data))
}

// setting is a text in a program's JSON file, "" if it has none.
func setting(path, key string) string {
	data, err := readSmall(path)
	var all map[string]any
	if err != nil || json.Unmarshal(data, &all) != nil {
		return "" // the program is not here, or the file is not what we think
	}
	text, _ := all[key].(string)
	return text
}

// readSmall reads a file of at most 1 MiB.
func readSmall(path string) ([]byte, error) {
	const most = 1 << 20
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular(): // opening a pipe would wait for its writer
		return nil, errors.New("it is no file")
	case info.Size() > most:
		return nil, fmt.Errorf("it has %d bytes, at most %d are read", info.Size(), most)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}
