package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fovea/app/engine"
	"fovea/assets"
	"fovea/internal/testutil"
	"fovea/internal/tinymodel"
)

// tiny writes a model with random weights; what it answers makes no sense.
func tiny(t *testing.T) string {
	s := tinymodel.Default()
	s.Context = 4096
	return tinymodel.Write(t, s)
}

// saved makes a file of the test.
func saved(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pages is a text document of n pages, each of some 300 tokens of the tiny model.
func pages(t *testing.T, n int) string {
	t.Helper()
	var b strings.Builder
	for p := range n {
		if p > 0 {
			b.WriteByte('\f')
		}
		fmt.Fprintf(&b, "Page %d. %s", p+1, strings.Repeat(fmt.Sprintf("Line %d says nothing. ", p), 14))
	}
	return saved(t, "notes.txt", b.String())
}

func TestAsk(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	doc, more := pages(t, 6), saved(t, "more.md", "# More\n\nAnother document.")
	out, errs, code := foveactl(t, "", "ask", "--model", tiny(t), "--max-tokens", "8", "--doc", doc, more, "What is said?")
	if code != 0 {
		t.Fatal(errs)
	}
	if !strings.Contains(out, "Pages consulted: notes, page ") || !strings.Contains(out, "Always in view: ") || !strings.Contains(out, "More, page 1") {
		t.Errorf("output %q", out)
	}
	for _, want := range []string{"Read 7 of 7 pages", "tokens/s", "attended", "on "} {
		if !strings.Contains(errs, want) {
			t.Errorf("the standard error says %q, want %q in it", errs, want)
		}
	}
	again, _, _ := foveactl(t, "", "ask", "--model", tiny(t), "--max-tokens", "8", "--doc", doc, "--doc", more, "What is said?")
	if again != out {
		t.Errorf("the same question gives %q, then %q", out, again)
	}
}

func TestAskJSON(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	t.Setenv("FOVEA_DATA", t.TempDir())
	out, errs, code := foveactl(t, "", "ask", "--json", "--model", tiny(t), "--max-tokens", "8", "--budget", "1024",
		"--question-last", "--doc", pages(t, 6), "What is said?")
	if code != 0 {
		t.Fatal(errs)
	}
	var r askResult
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if r.Question != "What is said?" || r.Answer == nil || r.Answer.Tokens < 1 || r.Answer.Tokens > 8 || len(r.Answer.Pages) == 0 ||
		r.Model != "Tiny" || r.Settings.TopK != 14 || r.Settings.KMin != 7 || r.Settings.KMax != 28 {
		t.Errorf("%s", out)
	}
	if len(r.Documents) != 1 || r.Documents[0].Pages != 6 || r.Documents[0].Title != "notes" || r.Reading.Tokens < 1500 ||
		r.Memory.Weights == 0 || r.Memory.Store == 0 || r.Memory.Working == 0 {
		t.Errorf("%s", out)
	}
}

// What is read without the question is read once, unless that is not wanted or
// the settings are others.
func TestAskAgain(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	t.Setenv("FOVEA_DATA", t.TempDir())
	model, doc := tiny(t), pages(t, 3)
	ask := func(question string, args ...string) (r askResult, errs string) {
		t.Helper()
		out, errs, code := foveactl(t, "", append(append([]string{"ask", "--json", "--model", model, "--max-tokens", "4", "--doc", doc}, args...), question)...)
		if code != 0 {
			t.Fatal(errs)
		}
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatal(err)
		}
		return r, errs
	}
	first, _ := ask("What?", "--question-last")
	again, _ := ask("What?", "--question-last")
	if first.Reading.Restored != 0 || again.Reading.Restored != first.Reading.Tokens || again.Answer.Text != first.Answer.Text {
		t.Errorf("restored %d, then %d of %d tokens; answered %q, then %q", first.Reading.Restored, again.Reading.Restored, first.Reading.Tokens, first.Answer.Text, again.Answer.Text)
	}
	if other, _ := ask("And what else?", "--question-last"); other.Reading.Restored != first.Reading.Tokens {
		t.Errorf("for another question %d of %d tokens were restored", other.Reading.Restored, first.Reading.Tokens)
	}
	for _, args := range [][]string{{}, {"--question-last", "--no-snapshot"}} {
		if r, _ := ask("What?", args...); r.Reading.Restored != 0 {
			t.Errorf("with %q %d tokens were restored", args, r.Reading.Restored)
		}
	}
	r, errs := ask("What?", "--question-last", "--budget", "1024")
	if r.Reading.Restored != 0 || !strings.Contains(errs, "read again: notes: ") || !strings.Contains(errs, "other settings") {
		t.Errorf("with another budget %d tokens were restored; told of %q", r.Reading.Restored, errs)
	}
}

func TestChat(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	t.Setenv("FOVEA_DATA", t.TempDir())
	long := strings.Repeat("very ", 1000) + "long?"
	out, errs, code := foveactl(t, "First?\n\n"+long+"\nSecond?\n", "chat", "--model", tiny(t), "--max-tokens", "6", "--doc", pages(t, 4))
	if code != 0 {
		t.Fatal(errs)
	}
	if n := strings.Count(out, "Always in view: "); n != 2 {
		t.Errorf("%d answers, want 2: %q", n, out)
	}
	if !strings.Contains(errs, "the question is too long") || !strings.Contains(errs, "window is 4096") {
		t.Errorf("the standard error says %q", errs)
	}
}

// What a user asked of every kind of text: one option, several files, a file
// without --doc, a question without quotation marks.
func TestAskWords(t *testing.T) {
	model, doc := tiny(t), pages(t, 1)
	fail(t, "put the question in quotation marks", "ask", "--model", model, "What", "is", "it?")
	fail(t, `"What" is no document`, "ask", "--model", model, "--doc", doc, "What", "is", "it?")
	fail(t, "the question is empty", "ask", "--model", model, "--doc", doc, " ")
	fail(t, "expected", "ask", "--model", model, "--doc", doc)
}

func TestSettings(t *testing.T) {
	model := tiny(t)
	for says, args := range map[string][]string{
		"leaves no block":         {"--budget", "500"},
		"give one of them":        {"--budget", "1000", "--top-k", "3"},
		"block is 0":              {"--block", "0"},
		"window is 100000":        {"--window", "100000"},
		"tau is 0":                {"--tau", "0"},
		"--method must be one of": {"--method", "magic"},
		"--preset must be one of": {"--preset", "magic"},
		"--kv must be one of":     {"--kv", "q2"},
		"is no size":              {"--device-memory", "much"},
		"the temperature is -1":   {"--temperature=-1"},
		"no device \"nonsense\"":  {"--device", "nonsense"},
		"repr is 65, must be 1":   {"--repr", "65"},
		"history is 0, must be 1": {"--history", "0"},
		"is not known":            {"--encoding", "klingon", "--doc", pages(t, 1)},
	} {
		fail(t, says, append(append([]string{"ask", "--model", model}, args...), "What?")...)
	}
}

// TestAskManual asks of the manual what `make run` asks, which the default model must
// answer rightly, from the page that says it.
func TestAskManual(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	asked := regexp.MustCompile(`(?m)^QUESTION := (.+)$`).FindSubmatch(makefile)
	if asked == nil {
		t.Fatal("the Makefile asks nothing")
	}
	questions, err := assets.Questions()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(questions, func(q assets.Question) bool { return strings.HasPrefix(string(asked[1]), q.Question) })
	if i < 0 {
		t.Fatalf("%q is none of the manual's questions", asked[1])
	}
	out, errs, code := foveactl(t, "", "ask", "--json", "--model", testutil.ModelPath(t), "--doc", "../../assets/manual.pdf", string(asked[1]))
	if code != 0 {
		t.Fatal(errs)
	}
	var r askResult
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if want := "1.5 mm"; !strings.Contains(r.Answer.Text, want) {
		t.Errorf("the model answers %q, want %q in it", r.Answer.Text, want)
	}
	if !slices.ContainsFunc(r.Answer.Pages, func(p engine.Page) bool { return p.Page == questions[i].Page }) {
		t.Errorf("page %d is not among those consulted: %v", questions[i].Page, r.Answer.Pages)
	}
}

// With less memory than the text needs, the answer is the same, and what memory
// has no room for is on the disk only as long as the program runs.
func TestAskWithLittleMemory(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("FOVEA_CACHE", cache)
	model, doc := tiny(t), pages(t, 24)
	ask := func(more ...string) (r askResult) {
		t.Helper()
		args := append([]string{"ask", "--model", model, "--max-tokens", "8", "--json", "--budget", "640", "--doc", doc}, more...)
		out, errs, code := foveactl(t, "", append(args, "What is said?")...)
		if code != 0 {
			t.Fatal(errs)
		}
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	all := ask()
	if m := all.Memory; m.Host+m.Disk != 0 {
		t.Errorf("%+v with all the memory there is", m)
	}
	// Beside the weights and what is left to the program itself.
	limit := 256<<20 + all.Memory.Weights + all.Memory.Store*2/3
	few := ask("--host-memory", fmt.Sprint(limit))
	if m := few.Memory; m.Disk == 0 || m.Store > all.Memory.Store*2/3 {
		t.Errorf("%+v with two thirds of %d bytes", m, all.Memory.Store)
	}
	if few.Answer.Text != all.Answer.Text {
		t.Errorf("answer %q, with all the memory %q", few.Answer.Text, all.Answer.Text)
	}
	packed := ask("--host-memory", fmt.Sprint(limit), "--cold-kv", "q8")
	if m := packed.Memory; m.Disk == 0 || m.Disk > few.Memory.Disk*2/3 {
		t.Errorf("%+v with 8 bits a number, %d bytes on disk with 16", m, few.Memory.Disk)
	}
	if left, err := os.ReadDir(filepath.Join(cache, "kv")); err != nil || len(left) > 0 {
		t.Errorf("%d files are left (%v)", len(left), err)
	}
}

// A document that was read alone is not read again behind another one, which is
// said, unless that is not wanted.
func TestAskJoined(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	t.Setenv("FOVEA_DATA", t.TempDir())
	model, a, b := tiny(t), pages(t, 3), saved(t, "b.txt", strings.Repeat("Other words fill this page without end. ", 80))
	ask := func(args ...string) (r askResult, errs string) {
		t.Helper()
		out, errs, code := foveactl(t, "", append(append([]string{"ask", "--json", "--question-last", "--model", model, "--max-tokens", "4"}, args...), "What?")...)
		if code != 0 {
			t.Fatal(errs)
		}
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatal(err)
		}
		return r, errs
	}
	const said = "taken as it was read alone, without those before it: b; --no-join reads it behind them"
	ask("--doc", a)
	ask("--doc", b)
	for range 2 { // it is not kept behind the other one
		r, errs := ask("--doc", a, "--doc", b)
		if !strings.Contains(errs, said) || r.Documents[0].Joined || !r.Documents[1].Joined || r.Reading.Tokens-r.Reading.Restored > 128 {
			t.Errorf("told of %q; %d of %d tokens restored, of %+v", errs, r.Reading.Restored, r.Reading.Tokens, r.Documents)
		}
	}
	for _, want := range []bool{false, true} { // restored
		r, errs := ask("--no-join", "--doc", a, "--doc", b)
		if strings.Contains(errs, said) || r.Documents[1].Joined || (r.Reading.Restored == r.Reading.Tokens) != want {
			t.Errorf("told of %q; %d of %d tokens restored, of %+v", errs, r.Reading.Restored, r.Reading.Tokens, r.Documents)
		}
	}
	if r, errs := ask("--doc", a, "--doc", b); strings.Contains(errs, said) || r.Documents[1].Joined {
		t.Errorf("told of %q of documents that were read together", errs)
	}
}

// What is looked up changes nothing of an answer but how it is counted.
func TestAskLookup(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	t.Setenv("FOVEA_DATA", t.TempDir())
	model, doc := tiny(t), pages(t, 3)
	var answers [3]*engine.Answer
	for i, with := range [][]string{nil, {"--no-lookup"}, {"--lookup"}} {
		args := append([]string{"ask", "--json", "--model", model, "--doc", doc, "--max-tokens", "60"}, with...)
		out, errs, code := foveactl(t, "", append(args, "What?")...)
		if code != 0 {
			t.Fatal(errs)
		}
		var r askResult
		if err := json.Unmarshal([]byte(out), &r); err != nil {
			t.Fatal(err)
		}
		answers[i] = r.Answer
	}
	if n := answers[2].Drafted; n == 0 || answers[0].Drafted > 0 || answers[1].Drafted > 0 || answers[2].Accepted > n {
		t.Errorf("%d tokens are drafted, %d and %d without being asked for, %d accepted", n, answers[0].Drafted, answers[1].Drafted, answers[2].Accepted)
	}
	for _, a := range answers {
		a.FirstToken, a.Rate, a.Drafted, a.Accepted = 0, 0, 0, 0
	}
	if !reflect.DeepEqual(answers[2], answers[1]) || !reflect.DeepEqual(answers[0], answers[1]) {
		t.Errorf("%+v, want %+v", answers[2], answers[1])
	}
}
