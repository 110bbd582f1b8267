package ui

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/storage"

	"fovea/app/ui/sidebar"
	"fovea/store"
)

// documentTypes are the extensions that the file dialog shows.
var documentTypes = []string{".pdf", ".docx", ".epub", ".html", ".htm", ".md", ".markdown", ".txt", ".PDF", ".DOCX", ".EPUB", ".HTML", ".TXT", ".MD"}

// dialogSize is that of file dialogs: Fyne's own is too small for long names.
var dialogSize = fyne.NewSize(900, 600)

// dropped opens files and folders that were dropped onto the window. A model
// file is loaded.
func (w *window) dropped(files []fyne.URI) {
	var documents []string
	for _, f := range files {
		if f.Scheme() != "file" {
			w.fail(fmt.Errorf("%s: %s", f, lang.L("only files of this machine can be opened; nothing is fetched from elsewhere")))
			continue
		}
		if strings.EqualFold(filepath.Ext(f.Path()), ".gguf") {
			w.useModel(f.Path())
			continue
		}
		documents = append(documents, f.Path())
	}
	w.attach(documents)
}

// chooseDocuments asks for a document to open.
func (w *window) chooseDocuments() {
	d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		if err != nil {
			w.fail(err)
			return
		}
		if f == nil {
			return // cancelled
		}
		defer f.Close()
		w.attach([]string{f.URI().Path()})
	}, w.window)
	d.SetFilter(storage.NewExtensionFileFilter(documentTypes))
	d.SetTitleText(lang.L("Open a document"))
	w.present(d, dialogSize)
}

// chooseFolder asks for a folder with documents.
func (w *window) chooseFolder() {
	d := dialog.NewFolderOpen(func(f fyne.ListableURI, err error) {
		if err != nil {
			w.fail(err)
			return
		}
		if f != nil {
			w.attach([]string{f.Path()})
		}
	}, w.window)
	d.SetTitleText(lang.L("Open a folder"))
	w.present(d, dialogSize)
}

// chooseModelFile asks for a model file.
func (w *window) chooseModelFile() {
	d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		if err != nil {
			w.fail(err)
			return
		}
		if f == nil {
			return
		}
		defer f.Close()
		w.useModel(f.URI().Path())
	}, w.window)
	d.SetFilter(storage.NewExtensionFileFilter([]string{".gguf", ".GGUF"}))
	d.SetTitleText(lang.L("Open a model file"))
	w.present(d, dialogSize)
}

// saveAs asks for a file and has it written. It is written beside its place
// and put there when it is whole.
func (w *window) saveAs(name string, write func(ctx context.Context, out io.Writer) error) {
	w.choosePlace(name, func(ctx context.Context, path string) error {
		return writeWhole(path, func(out io.Writer) error { return write(ctx, out) })
	})
}

// choosePlace asks where to put a file, for which it proposes a name, and has
// it put there. Then there is an empty file at path.
func (w *window) choosePlace(name string, put func(ctx context.Context, path string) error) {
	d := dialog.NewFileSave(func(f fyne.URIWriteCloser, err error) {
		if f == nil && err == nil {
			return // cancelled
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			w.fail(err)
			return
		}
		path := f.URI().Path()
		w.background(func(ctx context.Context) error {
			if err := put(ctx, path); err != nil {
				return err
			}
			w.do(func() { w.status.setNotice(lang.L("Saved as {{.Path}}", map[string]any{"Path": path})) })
			return nil
		})
	}, w.window)
	d.SetFileName(name)
	w.present(d, dialogSize)
}

// writeWhole writes a file that is at path whole or not at all.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err = write(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// exportConversation writes a conversation into a file that a person names.
func (w *window) exportConversation(id store.ConversationID, f sidebar.Format) {
	if id == 0 {
		w.status.setNotice(lang.L("There is nothing to export yet."))
		return
	}
	name := "conversation"
	for _, c := range w.list.items {
		if c.ID == int64(id) {
			name = fileName(c.Title)
		}
	}
	if f == sidebar.JSON {
		w.saveAs(name+".json", func(ctx context.Context, out io.Writer) error { return w.chat.ExportJSON(ctx, id, out) })
		return
	}
	w.saveAs(name+".md", func(ctx context.Context, out io.Writer) error { return w.chat.ExportMarkdown(ctx, id, out) })
}

var notInNames = regexp.MustCompile(`[^\pL\pN._ -]+`)

// fileName makes a file's name of a title.
func fileName(title string) string {
	// A dot at the end would stand before that of the extension, one at the beginning hide the file.
	name := strings.Trim(notInNames.ReplaceAllString(title, " "), " .")
	if r := []rune(name); len(r) > 60 {
		name = strings.Trim(string(r[:60]), " .")
	}
	if name == "" {
		return "conversation"
	}
	return name
}
