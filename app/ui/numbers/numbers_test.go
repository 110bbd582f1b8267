package numbers

import (
	"strings"
	"testing"
)

// plain takes the kinds of space apart from each other no more.
func plain(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }

func TestNumbers(t *testing.T) {
	for language, want := range map[string][]string{
		"en_GB": {"2,048", "1,234.50", "0.5", "1234.25", "7", "12%", "<1%", "0%", "1.5 GiB", "512 MiB"},
		"de_DE": {"2.048", "1.234,50", "0,5", "1234,25", "7", "12 %", "<1 %", "0 %", "1,5 GiB", "512 MiB"},
	} {
		t.Setenv("LC_ALL", language+".UTF-8")
		t.Setenv("LANG", language+".UTF-8")
		got := []string{
			Whole(2048), Decimal(1234.5, 2), Plain(0.5), Plain(1234.25), Plain(7), Percent(0.118), Percent(0.001), Percent(0),
			Size(3 << 29), Size(512 << 20),
		}
		for i := range got {
			if plain(got[i]) != want[i] {
				t.Errorf("%s: %q, want %q", language, got[i], want[i])
			}
		}
	}
}
