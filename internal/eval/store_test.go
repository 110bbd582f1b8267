package eval

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fovea/model/actqkv"
)

func header() (Header, error) {
	return Header{
		Sources: map[string]string{"tell": "sentences"}, Settings: map[string]actqkv.Settings{"fovea at 128": {TopK: 1}},
	}, nil
}

func line(question string) Line {
	return Line{Question: &QuestionResult{Cell: Cell{Task: "tell", Sample: "a", Method: Fovea, Budget: 128}, Question: question, Score: 1}}
}

func TestLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.jsonl")
	l := openLog(t, path, header)
	if _, err := OpenLog(path, Header{}); err == nil || !strings.Contains(err.Error(), "another run") {
		t.Errorf("a second writer: %v", err)
	}
	for _, q := range []string{"1", "2"} {
		if err := l.Add(line(q)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// An interruption cuts the last line off.
	if err := os.Truncate(path, size(t, path)-5); err != nil {
		t.Fatal(err)
	}
	l = openLog(t, path, header)
	if !l.Has(line("1")) || l.Has(line("2")) || l.Has(line("3")) {
		t.Error("the log does not know what it has")
	}
	if err := l.Add(line("2")); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	r := results(t, path)
	if len(r.Questions) != 2 || r.Questions[1].Question != "2" || r.Header.Model != "tiny" {
		t.Errorf("%+v", r)
	}
	// A run may add methods and tasks, and say so in a further header.
	more := func() (Header, error) {
		return Header{Sources: map[string]string{"sing": "songs"}, Settings: map[string]actqkv.Settings{"paper at 128": {TopK: 2}}}, nil
	}
	if err := openLog(t, path, more).Close(); err != nil {
		t.Fatal(err)
	}
	if h := results(t, path).Header; len(h.Sources) != 2 || len(h.Settings) != 2 {
		t.Errorf("%+v", h)
	}
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// Results that cannot be compared are refused, naming what differs.
func TestOtherResults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.jsonl")
	if err := openLog(t, path, header).Close(); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(*Header){
		"SHA-256 was 00 and is 11": func(h *Header) { h.Hash = "11" },
		"device was test":          func(h *Header) { h.Device = "another" },
		"texts of task tell":       func(h *Header) { h.Sources["tell"] = "songs" },
		"settings of fovea at 128": func(h *Header) { h.Settings["fovea at 128"] = actqkv.Settings{TopK: 2} },
	} {
		h, _ := header()
		h.Model, h.Hash, h.Device, h.KV = "tiny", "00", "test", "f32"
		change(&h)
		if _, err := OpenLog(path, h); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "write to another file") {
			t.Errorf("error %v, want %q and a cure", err, says)
		}
	}
}

func TestDamagedResults(t *testing.T) {
	for says, content := range map[string]string{
		"line 1":           "nonsense\n",
		"no header":        `{"question":{"task":"tell"}}` + "\n",
		"has no results":   "",
		"unknown field":    `{"header":{"model":"m"},"other":1}` + "\n",
		"is no result, or": `{"header":{"model":"m"}}` + "\n{}\n",
	} {
		path := filepath.Join(t.TempDir(), "results.jsonl")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadResults(path); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: error %v, want %q", content, err, says)
		}
	}
	if _, err := ReadResults(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a file that is not there was read")
	}
}

func TestHashFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "abc")
	if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	// The value for "abc" in FIPS 180-2.
	if got, err := HashFile(path); err != nil || got != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("%s, %v", got, err)
	}
}

// Files of several devices are read as one; what two have counts once. Files of
// two models do not belong together.
func TestSeveralFiles(t *testing.T) {
	write := func(device, hash string, questions ...string) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "results.jsonl")
		h, _ := header()
		h.Model, h.Hash, h.Device, h.KV = "tiny", hash, device, "f32"
		log, err := OpenLog(path, h)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range questions {
			if err := log.Add(Line{Question: &QuestionResult{Cell: Cell{Task: "tell"}, Question: q, Answer: device}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	card, processor := write("card", "00", "a", "b"), write("processor", "00", "b", "c")
	r, err := ReadResults(card, processor, card)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, q := range r.Questions {
		got = append(got, q.Question+" "+q.Answer)
	}
	if want := []string{"a card", "b card", "c processor"}; !slices.Equal(got, want) || r.Header.Device != "card; processor" {
		t.Errorf("%q on %q, want %q", got, r.Header.Device, want)
	}
	if _, err := ReadResults(card, write("card", "11")); err == nil || !strings.Contains(err.Error(), "SHA-256 was 00 and is 11") {
		t.Errorf("error %v, want what differs", err)
	}
}
