package models

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fovea/internal/testutil"
)

func TestFolders(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{DataVariable, CacheVariable, "XDG_DATA_HOME", "XDG_CACHE_HOME"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", home)
	expect := func(data, cache string) {
		t.Helper()
		if Dir() != data || CacheDir() != cache {
			t.Errorf("folders are %s and %s, want %s and %s", Dir(), CacheDir(), data, cache)
		}
	}
	expect(home+"/.local/share/fovea/models", home+"/.cache/fovea")
	t.Setenv("XDG_DATA_HOME", "/d")
	t.Setenv("XDG_CACHE_HOME", "/c")
	expect("/d/fovea/models", "/c/fovea")
	t.Setenv(DataVariable, "/e")
	t.Setenv(CacheVariable, "/f")
	expect("/e/models", "/f")
	t.Chdir(home)
	t.Setenv(DataVariable, "g")
	expect(filepath.Join(home, "g", "models"), "/f")
}

func TestFind(t *testing.T) {
	t.Setenv(DataVariable, t.TempDir())
	_, err := Default()
	if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "foveactl pull smollm2-135m") {
		t.Errorf("error %v, want one that says how to fetch it", err)
	}
	if _, err := Find("other"); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "--model") {
		t.Errorf("error %v, want one that says what else can be done", err)
	}
	for _, name := range []string{"", "../x", "a/b", ".x", "-x", "a b", strings.Repeat("x", 200)} {
		if _, err := Find(name); err == nil || errors.Is(err, ErrMissing) {
			t.Errorf("%q: error %v, want one about the name", name, err)
		}
	}
	if err := os.MkdirAll(Dir(), 0o755); err != nil {
		t.Fatal(err)
	}
	e := Catalogue()[0]
	path := filepath.Join(Dir(), e.File)
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Default(); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("error %v, want one that says that the file is damaged", err)
	}
	if err := os.Truncate(path, e.Size); err != nil {
		t.Fatal(err)
	}
	if got, err := Default(); err != nil || got != path {
		t.Errorf("%s, error %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(Dir(), "other.gguf"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"other", "other.gguf"} {
		if got, err := Find(name); err != nil || got != filepath.Join(Dir(), "other.gguf") {
			t.Errorf("%s: %s, error %v", name, got, err)
		}
	}
}

// TestCatalogueOfDefault checks the default model's entry against the file
// itself.
func TestCatalogueOfDefault(t *testing.T) {
	e, ok := Lookup("smollm2-135m")
	if !ok || Catalogue()[0] != e {
		t.Fatalf("the default model is %+v", Catalogue()[0])
	}
	f, err := os.Open(testutil.ModelPath(t))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		t.Fatal(err)
	}
	if n != e.Size || hex.EncodeToString(h.Sum(nil)) != e.SHA256 {
		t.Errorf("the file has %d bytes and checksum %x, the catalogue says %d and %s", n, h.Sum(nil), e.Size, e.SHA256)
	}
}

func TestWrongCatalogues(t *testing.T) {
	entry := func(change string) string {
		s := `{"name":"a","title":"A","file":"a.gguf","size":1,"licence":"MIT","sha256":"` + strings.Repeat("0", 64) +
			`","source":{"url":"https://example.org/a"}}`
		if old, new, ok := strings.Cut(change, "=>"); ok {
			return strings.Replace(s, old, new, 1)
		}
		return s
	}
	if _, err := parseCatalogue([]byte("[" + entry("") + "]")); err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{
		`"a"=>"/a"`, `a.gguf=>a.zip`, `a.gguf=>../a.gguf`, `:1=>:0`, `"MIT"=>""`, `"A"=>""`, `0000=>000`, `0000=>00gg`, `0000=>00AA`,
		`https=>http`, `"url"=>"place"`, `"url"=>"package"`, `https://example.org/a=>`, `"licence"=>"size"`,
	} {
		if _, err := parseCatalogue([]byte("[" + entry(change) + "]")); err == nil {
			t.Errorf("%s: no error", change)
		}
	}
	for _, s := range []string{"[]", "", "{}", "[" + entry("") + "," + entry("") + "]"} {
		if _, err := parseCatalogue([]byte(s)); err == nil {
			t.Errorf("%s: no error", s)
		}
	}
}

func TestAt(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	e, err := At("new", "https://example.org/x", strings.ToUpper(sum))
	if err != nil || e.File != "new.gguf" || e.SHA256 != sum || e.Source.URL != "https://example.org/x" {
		t.Errorf("%+v, error %v", e, err)
	}
	known := Catalogue()[0]
	if e, err := At(known.Name, "https://example.org/x", ""); err != nil || e.SHA256 != known.SHA256 || e.Source.Package != "" {
		t.Errorf("%+v, error %v", e, err)
	}
	for name, sums := range map[string][]string{"new": {"", "abc", sum + "00"}, known.Name: {sum}, "../new": {sum}} {
		for _, s := range sums {
			if _, err := At(name, "https://example.org/x", s); err == nil {
				t.Errorf("%s with checksum %q: no error", name, s)
			}
		}
	}
}
