// Package translation holds the translations of everything the window says and
// loads them for the language that a person chose. It knows no widgets: they
// call lang.L with English text, and each package of widgets has its files
// NAME.LANGUAGE.json here.
package translation

import (
	"embed"
	"fmt"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// Language is a language that the window speaks.
type Language struct {
	Code string // as Load takes it and settings keep it
	Name string // in the language itself, never translated
}

// Languages are all of them.
func Languages() []Language {
	return []Language{{"en", "English"}, {"de", "Deutsch"}, {"zh_Hans", "简体中文"}}
}

// Load makes lang.L speak a language: a Code of [Languages], or "" for the one
// of them that is nearest to the system's, English where none is near. Call it
// before the first window is made, on the goroutine that makes it: text that is
// on the screen already stays as it is.
//
// The error says that the code is unknown, or that the system does not let the
// language be chosen; the window then speaks another one.
func Load(code string) error {
	code, err := resolve(code)
	if err != nil {
		return err
	}
	if err := choose(code); err != nil {
		return err
	}
	entries, err := files.ReadDir(".")
	if err != nil {
		return fmt.Errorf("translation: %w", err)
	}
	for _, e := range entries {
		data, err := files.ReadFile(e.Name())
		if err != nil {
			return fmt.Errorf("translation: %w", err)
		}
		// The language is the part of the name before ".json".
		if err := lang.AddTranslations(fyne.NewStaticResource(e.Name(), data)); err != nil {
			return fmt.Errorf("translation: %s: %w", e.Name(), err)
		}
	}
	if got := lang.X("language code", "en"); got != code {
		return fmt.Errorf("translation: this system does not let the language %q be chosen, the window speaks %q; change the system's language instead", code, got)
	}
	return nil
}

// resolve turns "" into the language nearest to the system's.
func resolve(code string) (string, error) {
	all := Languages()
	tags := make([]language.Tag, len(all))
	for i, l := range all {
		if l.Code == code {
			return code, nil
		}
		tags[i] = language.Make(l.Code)
	}
	if code != "" {
		return "", fmt.Errorf("translation: there is no language %q; choose one of %v", code, all)
	}
	restore()
	if plain() {
		return all[0].Code, nil
	}
	_, i, confidence := language.NewMatcher(tags).Match(language.Make(lang.SystemLocale().String()))
	if confidence == language.No {
		i = 0
	}
	return all[i].Code, nil
}

// choose makes Fyne find a language when it next asks for the system's.
//
// Fyne has no call for this: each time that translations are added, package
// lang takes the system's locale anew. On Unix that is what the variables of
// GNU gettext say: $LANGUAGE, unless the locale is C or POSIX. So the choice
// goes there. Fyne's own words (the file dialog's) and its choice of fonts, in
// which Chinese and Japanese characters differ, follow it as well; translations
// added under the system's locale would miss both.
func choose(code string) error {
	if err := os.Setenv("LANGUAGE", code); err != nil {
		return fmt.Errorf("translation: %w", err)
	}
	if plain() {
		if err := os.Setenv("LC_ALL", "C.UTF-8"); err != nil {
			return fmt.Errorf("translation: %w", err)
		}
	}
	return nil
}
