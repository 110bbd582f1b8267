package models

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fovea/app/models"
	"fovea/app/ui/numbers"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ language, got, want string }{
		{"en", "%s", "0 bytes|999 bytes|1.0 kB|98 MB|9.9 MB|999 kB|1.0 MB|1.1 GB|300 GB"},
		{"de", "%s", "0 Byte|999 Byte|1,0 kB|98 MB|9,9 MB|999 kB|1,0 MB|1,1 GB|300 GB"},
	} {
		t.Run(c.language, func(t *testing.T) {
			speak(t, c.language)
			var list []string
			for _, n := range []int64{0, 999, 1000, 98_362_432, 9_900_000, 999_400, 999_600, 1_055_609_536, 300e9} {
				list = append(list, strings.ReplaceAll(sizeText(n), noBreak, " "))
			}
			if got := strings.Join(list, "|"); got != c.want {
				t.Errorf("sizes %s, want %s", got, c.want)
			}
		})
	}
	for n, want := range map[int64]string{0: "0", -1234: "-1,234", -123: "-123", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := numbers.Whole(int(n)); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0.00", oneGiB / 5: "0.20", oneGiB: "1.0", 8371830784: "7.8"} {
		if got := gib(n); got != want {
			t.Errorf("%d bytes are %s GiB, want %s", n, got, want)
		}
	}
	for n, want := range map[int64]string{999: "999", 134_515_008: "135M", 8_030_261_248: "8.0B"} {
		if got := parametersText(n); got != want {
			t.Errorf("%d parameters are %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		400 * time.Millisecond: "0 s left", 59 * time.Second: "59 s left", 90 * time.Second: "2 min left", 3700 * time.Second: "1 h 1 min left",
	} {
		if got := leftText(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestProgressText(t *testing.T) {
	for _, c := range []struct {
		progress models.Progress
		want     string
		share    float32
	}{
		{downloads["running"].Progress, "Downloading: 41 MB of 93 MB, 3.1 MB/s, 17 s left", 0.4436},
		{models.Progress{Stage: models.Downloading, Done: 5_000_000}, "Downloading: 5.0 MB", 0},
		{downloads["checking"].Progress, "Verifying the checksum: 60 MB of 93 MB", 0.646},
		{models.Progress{Stage: models.Unpacking, Done: 2e6, Total: 1e6}, "Unpacking: 2.0 MB of 1.0 MB", 1},
		{models.Progress{Stage: models.LookingUp}, "Connecting…", 0},
		{models.Progress{}, "Connecting…", 0},
	} {
		if got := strings.ReplaceAll(progressText(c.progress), noBreak, " "); got != c.want {
			t.Errorf("%+v is %q, want %q", c.progress, got, c.want)
		}
		if got := share(c.progress); got < c.share-0.001 || got > c.share+0.001 {
			t.Errorf("%+v is done to %v, want %v", c.progress, got, c.share)
		}
	}
}

func TestProblems(t *testing.T) {
	seen := map[string]error{}
	for _, err := range []error{
		models.ErrBusy, models.ErrChecksum, models.ErrNoSpace, models.ErrNotOffered, models.ErrTooLarge, models.ErrUnreachable, errSearch,
	} {
		text := problem(fmt.Errorf("models: m: %w", err))
		if other, ok := seen[text]; ok {
			t.Errorf("%v and %v are both %q", err, other, text)
		}
		seen[text] = err
	}
}

func TestFitText(t *testing.T) {
	for fit, want := range map[models.Fit]string{
		{Need: oneGiB * 12 / 10, Memory: oneGiB * 78 / 10}: "Fits: needs 1.2 of 7.8 GiB",
		{Need: oneGiB * 12, Memory: oneGiB * 78 / 10}:      "Too large for this device: needs 12.0 GiB, it has 7.8 GiB and keeps a tenth free",
		{Need: oneGiB * 12}: "Needs 12.0 GiB; the device's memory is not known",
		{Memory: oneGiB}:    "What it needs is not known",
	} {
		if got := fitText(fit); got != want {
			t.Errorf("%+v is %q, want %q", fit, got, want)
		}
	}
}

// TestForeignText: what comes from files and errors must not break lines.
func TestForeignText(t *testing.T) {
	if got := oneLine("a\nb\x1b[2J\xff  c\x00"); got != "a b [2J� c" {
		t.Errorf("%q", got)
	}
	if got := titleOf(&models.Local{Name: "n\tm"}); got != "n m" {
		t.Errorf("%q", got)
	}
}

func TestWrap(t *testing.T) {
	look(t, true)
	f := font{size: 14}
	long := "Two words and antidisestablishmentarianism-without-a-space-to-break-at"
	for _, c := range []struct {
		text  string
		width float32
		lines int // at least
	}{
		{"", 100, 1},
		{"one", 100, 1},
		{"one two three four five six", 100, 2},
		{long, 100, 4},
		{"只有校验和正确的文件才会被使用。只有校验和正确的文件才会被使用。", 100, 4},
	} {
		lines := wrap(c.text, c.width, f)
		if len(lines) < c.lines {
			t.Errorf("%q has %d lines", c.text, len(lines))
		}
		for _, l := range lines {
			if w := f.width(l); w > c.width {
				t.Errorf("line %q is %v wide", l, w)
			}
			if strings.HasPrefix(l, "。") || l == "" && c.text != "" {
				t.Errorf("line %q of %q", l, c.text)
			}
		}
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if squeeze(strings.Join(lines, "")) != squeeze(c.text) {
			t.Errorf("%q became %q", c.text, lines)
		}
	}
	lines := wrap(long, 100, f)
	short := clip(lines, 2, 100, f)
	if len(short) != 2 || !strings.HasSuffix(short[1], "…") || f.width(short[1]) > 100 {
		t.Errorf("%q", short)
	}
	if got := clip(lines[:2], 2, 100, f); strings.Join(got, "") != strings.Join(lines[:2], "") {
		t.Errorf("%q", got)
	}
	path := "/home/ada/folders/model.gguf"
	for width := float32(20); width < 300; width += 7 {
		got := middle(path, width, f)
		if f.width(got) > width || got != path && !strings.Contains(got, "…") {
			t.Errorf("%v pixels: %q is %v wide", width, got, f.width(got))
		}
	}
	if got := middle(path, 150, f); !strings.HasPrefix(got, "/") || !strings.HasSuffix(got, ".gguf") {
		t.Errorf("%q", got)
	}
}
