package translation

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/lang"
)

// system pretends that the program was started with these variables.
func system(t *testing.T, language, all, locale string) {
	t.Helper()
	t.Setenv("LANGUAGE", "")
	t.Setenv("LC_ALL", "")
	t.Setenv("LC_MESSAGES", "")
	t.Setenv("LANG", locale)
	old := variables
	variables = map[string]string{"LANGUAGE": language, "LC_ALL": all}
	restore()
	t.Cleanup(func() { variables = old })
}

func TestLoad(t *testing.T) {
	for _, c := range []struct{ language, all, locale, choice, want string }{
		{"", "", "de_AT.UTF-8", "", "de"},
		{"", "", "zh_CN.UTF-8", "", "zh_Hans"},
		{"", "", "en_GB.UTF-8", "", "en"},
		{"", "", "fr_FR.UTF-8", "", "en"},
		{"", "", "C", "", "en"},
		{"", "", "", "", "en"},
		{"de:en", "", "en_US.UTF-8", "", "de"},
		{"", "de_DE.UTF-8", "en_US.UTF-8", "", "de"},
		{"", "", "de_DE.UTF-8", "en", "en"},
		{"", "", "de_DE.UTF-8", "zh_Hans", "zh_Hans"},
		{"", "", "C", "de", "de"},
		{"", "POSIX", "de_DE.UTF-8", "zh_Hans", "zh_Hans"},
		{"zh", "", "zh_CN.UTF-8", "de", "de"},
	} {
		system(t, c.language, c.all, c.locale)
		if err := Load(c.choice); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		if got := lang.X("language code", "en"); got != c.want {
			t.Errorf("%+v: the window speaks %q", c, got)
		}
		// Fyne's own words follow.
		if got, want := lang.L("Cancel"), map[string]string{"en": "Cancel", "de": "Abbrechen", "zh_Hans": "取消"}[c.want]; got != want {
			t.Errorf("%+v: Cancel is %q, want %q", c, got, want)
		}
	}
}

func TestLoadUnknown(t *testing.T) {
	err := Load("tlh")
	if err == nil || !strings.Contains(err.Error(), `"tlh"`) || !strings.Contains(err.Error(), "Deutsch") {
		t.Errorf("unknown language: %v", err)
	}
}
