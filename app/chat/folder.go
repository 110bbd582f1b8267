package chat

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// readable are the extensions of files that are taken out of a folder.
var readable = []string{".pdf", ".docx", ".epub", ".html", ".htm", ".xhtml", ".md", ".markdown", ".txt", ".text"}

// maxFiles is the most files that a folder stands for.
const maxFiles = 500

// files are the files that a path stands for: itself, or those in a folder.
func (s *Service) files(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() { // what is wrong with a file is said where it is opened
		return []string{path}, nil
	}
	var found []string
	err = filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
		switch {
		case s.ctx.Err() != nil:
			return s.ctx.Err()
		case err != nil:
			return err
		case strings.HasPrefix(e.Name(), ".") && p != path:
			if e.IsDir() {
				return filepath.SkipDir
			}
		case e.Type().IsRegular() && slices.Contains(readable, strings.ToLower(filepath.Ext(p))):
			found = append(found, p)
		}
		if len(found) > maxFiles {
			return fmt.Errorf("chat: the folder %s has over %d documents; attach a smaller one", path, maxFiles)
		}
		return nil
	})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("chat: the folder %s has no documents (%s)", path, strings.Join(readable, " "))
	}
	if err != nil {
		return nil, err
	}
	slices.Sort(found)
	return found, nil
}
