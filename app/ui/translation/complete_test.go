package translation

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// reserved are words with which package lang's files begin something else.
var reserved = []string{
	"id", "description", "hash", "leftdelim", "rightdelim",
	"zero", "one", "two", "few", "many", "other", "translation",
}

// message is a translation: its forms by name, "other" where there is only one.
type message map[string]string

func (m *message) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*m = message{"other": s}
		return nil
	}
	var forms map[string]string
	err := json.Unmarshal(data, &forms)
	*m = forms
	return err
}

// catalogue is a file: its messages by key.
type catalogue map[string]message

// catalogues reads all files: by language, then by the name before it.
func catalogues(t *testing.T) map[string]map[string]catalogue {
	t.Helper()
	entries, err := files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]catalogue{"en": {}, "de": {}, "zh_Hans": {}}
	for _, e := range entries {
		parts := strings.Split(e.Name(), ".")
		if len(parts) != 3 || all[parts[1]] == nil {
			t.Errorf("%s is not NAME.LANGUAGE.json with a language of %v", e.Name(), slices.Sorted(maps.Keys(all)))
			continue
		}
		data, err := files.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		var c catalogue
		if err := json.Unmarshal(data, &c); err != nil {
			t.Errorf("%s: %v", e.Name(), err)
			continue
		}
		all[parts[1]][parts[0]] = c
	}
	return all
}

// TestComplete requires of everything that the window says a translation into
// each language, with the same placeholders.
func TestComplete(t *testing.T) {
	all := catalogues(t)
	for _, p := range allPhrases(t) {
		if slices.Contains(reserved, strings.ToLower(p.key)) {
			t.Errorf("%s: the key %q is a word that translation files reserve; use lang.X with another key", p.where, p.key)
		}
		languages := []string{"de", "zh_Hans"}
		if p.plural {
			languages = append(languages, "en") // whose form for one is not in the call
		}
		for _, language := range languages {
			if problem := check(p, language, all[language]); problem != "" {
				t.Errorf("%s: %q %s", p.where, p.key, problem)
			}
		}
	}
}

// check says what is wrong with the translation of a phrase.
func check(p phrase, language string, files map[string]catalogue) string {
	var found message
	for _, name := range slices.Sorted(maps.Keys(files)) {
		m, ok := files[name][p.key]
		if ok && found != nil && !maps.Equal(m, found) {
			return fmt.Sprintf("has two translations into %s: %q and %q", language, found, m)
		}
		if ok {
			found = m
		}
	}
	if found == nil {
		return fmt.Sprintf("has no translation in a file *.%s.json", language)
	}
	forms := []string{"other"}
	if p.plural && language != "zh_Hans" {
		forms = append(forms, "one")
	}
	for _, form := range forms {
		if found[form] == "" {
			return fmt.Sprintf("has no form %q in %s", form, language)
		}
	}
	for form, text := range found {
		if got, want := placeholders(text), placeholders(p.text); !slices.Equal(got, want) {
			return fmt.Sprintf("has the placeholders %q in %s (form %q), want %q", got, language, form, want)
		}
	}
	return ""
}

var placeholder = regexp.MustCompile(`\{\{.*?\}\}`)

// placeholders are the different ones of a text, sorted.
func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// TestUnused reports translations of what nothing says, and files without a
// package or without their twin.
func TestUnused(t *testing.T) {
	used := map[string]bool{"language code": true}
	packages := map[string]bool{"translation": true}
	for _, p := range allPhrases(t) {
		used[p.key] = true
		dir := path.Base(path.Dir(p.where))
		if dir == "." {
			dir = "ui"
		}
		packages[dir] = true
	}
	all := catalogues(t)
	for language, files := range all {
		for name, c := range files {
			if !packages[name] {
				t.Errorf("%s.%s.json: no package app/ui/%s says anything", name, language, name)
			}
			for key := range c {
				if !used[key] {
					t.Errorf("%s.%s.json: %q is said nowhere: remove it", name, language, key)
				}
			}
		}
	}
	for name := range packages {
		if all["de"][name] == nil || all["zh_Hans"][name] == nil {
			t.Errorf("package %s says something: it needs %s.de.json and %s.zh_Hans.json", name, name, name)
		}
	}
}

// TestCheck shows that the checker finds each kind of mistake.
func TestCheck(t *testing.T) {
	plain := phrase{key: "Page {{.Page}}", text: "Page {{.Page}}"}
	plural := phrase{key: "{{.N}} pages", text: "{{.N}} pages", plural: true}
	for _, c := range []struct {
		p    phrase
		m    message
		want string
	}{
		{plain, message{"other": "Seite {{.Page}}"}, ""},
		{plain, nil, "no translation"},
		{plain, message{"other": "Seite {{.Seite}}"}, "placeholders"},
		{plural, message{"other": "{{.N}} Seiten"}, `form "one"`},
		{plural, message{"other": "{{.N}} Seiten", "one": "{{.N}} Seite"}, ""},
	} {
		files := map[string]catalogue{"x": {}}
		if c.m != nil {
			files["x"][c.p.key] = c.m
		}
		got := check(c.p, "de", files)
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%q with %q: %q, want %q", c.p.key, c.m, got, c.want)
		}
	}
	two := map[string]catalogue{"a": {plain.key: {"other": "Seite {{.Page}}"}}, "b": {plain.key: {"other": "S. {{.Page}}"}}}
	if got := check(plain, "de", two); !strings.Contains(got, "two translations") {
		t.Errorf("two translations: %q", got)
	}
}
