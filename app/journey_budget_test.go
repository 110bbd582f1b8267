package app_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dustin/go-humanize"

	"fovea/app/chat"
	"fovea/internal/uitest"
	"fovea/model/actqkv"
	"fovea/model/trace"
	"fovea/store"
)

// TestBudgetReplayAndExport opens documents by the command line, changes budget
// and method while the model writes, replays that, and exports all of it.
func TestBudgetReplayAndExport(t *testing.T) {
	j := newJourney(t, true)
	j.start(varn(t))
	j.place()
	j.see("Read, 8 pages", middle)

	j.dragBudget(1)
	j.until("the largest budget is kept", func() bool { return j.settings().Budget == chat.MaxBudget })
	m := j.changeBudget()
	j.replay()
	j.exportConversation(m)
	j.exportRetention(m)
	j.changeMethod()
	j.passOn()
	if code := j.program.Quit(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	j.check()
}

// passOn starts the program once more, with a document, which the first one
// opens in a conversation of its own.
func (j *journey) passOn() {
	j.Helper()
	other := filepath.Join(j.TempDir(), "other.md")
	j.must(os.WriteFile(other, []byte("# Notes on Varn\n\nThe mill of Varn has four wheels.\n"), 0o600))
	if code := uitest.Start(j.T, j.display, j.command(other)).Wait(); code != 0 {
		j.Errorf("the second program ended with %d", code)
	}
	j.until("the first program has the document", func() bool {
		d := j.documents()
		return len(d) == 1 && d[0].Path == other
	})
	j.see("Notes on Varn", middle)
}

// dragBudget drags the slider of the budget to a share of its way.
func (j *journey) dragBudget(share float64) {
	j.Helper()
	// The slider is between a button and the number.
	from, to := j.see("Export", right), j.see(humanize.Comma(int64(j.settings().Budget))+" tokens", right)
	left, end, y := from.Max.X+26, to.Min.X-12, (from.Min.Y+from.Max.Y)/2
	j.window.Drag((left+end)/2, y, left+int(share*float64(end-left)), y)
}

// changeBudget lowers the budget while an answer is written, and requires that
// later tokens obey.
func (j *journey) changeBudget() store.Message {
	j.Helper()
	j.ask("Write a long guide to Varn for children, with everything that they should see there.")
	j.writing(40)
	j.dragBudget(0)
	j.until("the smallest budget is kept", func() bool { return j.settings().Budget == chat.MinBudget })
	m := j.answered()
	var recalled []int // blocks of all layers, by decoded token
	for _, e := range j.trace(m).Entries {
		if e.Step.Queries == 1 && e.Text != "" {
			n := 0
			for _, l := range e.Step.Layers {
				n += len(l.IDs)
			}
			recalled = append(recalled, n)
		}
	}
	j.Logf("blocks recalled in all layers, by token: %v", recalled)
	if n := len(recalled); n < 10 || recalled[n-1] > recalled[0]/2 {
		j.Errorf("when the budget was lowered from %d to %d, the recalled blocks went on as %v", chat.MaxBudget, chat.MinBudget, recalled)
	}
	j.window.Save("budget")
	return m
}

// changeMethod chooses another method, which the next answer uses.
func (j *journey) changeMethod() {
	j.Helper()
	j.click("ActQKV", right)
	j.click("InfLLM", right)
	j.until("the method is kept", func() bool { return j.settings().Method == actqkv.InfLLM })
	j.ask("Who is the baker?")
	if f := j.figures(j.answered()); f.Settings.Method != actqkv.InfLLM {
		j.Errorf("the answer was written with %s", f.Settings.Method)
	}
}

// replay plays what was retained for the last answer from its beginning. It
// does so at the slowest speed: at others, a short answer can be at its end
// before a busy machine has pressed the button that pauses.
func (j *journey) replay() {
	j.Helper()
	end := j.window.WaitStill()
	j.press("history", middle)
	j.window.WaitChange(end, right)
	for _, speed := range []string{"10/s", "25/s", "50/s"} {
		j.click(speed, right)
	}
	j.see("2/s", right)
	shown := j.window.WaitStill()
	j.press("mediaPlay", right)
	for range 5 {
		shown = j.window.WaitChange(shown, image.Rect(850, 160, 1280, 690)) // the layers and what is said of them
	}
	j.press("mediaPause", right)
	j.window.WaitStill()
	j.window.Save("replay")
}

// saveAs has the dialog for files save under a name in the home.
func (j *journey) saveAs(name string) []byte {
	j.Helper()
	j.see("Cancel", window)
	j.window.Key("ctrl+a")
	j.window.Type(name + "\n")
	b := j.file(name)
	j.see("Saved as", window)
	return b
}

// exportConversation writes the conversation as Markdown and as JSON.
func (j *journey) exportConversation(m store.Message) {
	j.Helper()
	question := j.branch()[0].Content
	j.window.Key("ctrl+e")
	if got := string(j.saveAs("conversation.md")); !strings.Contains(got, question) || !strings.Contains(got, strings.TrimSpace(m.Content)) {
		j.Errorf("the Markdown is %q", got)
	}
	j.window.Key("ctrl+shift+e")
	b := j.saveAs("conversation.json")
	texts := strings.Join(stringsIn(j, b), "\n")
	if !strings.Contains(texts, question) || !strings.Contains(texts, m.Content) || !strings.Contains(texts, "A Guide to Varn") {
		j.Errorf("the JSON lacks a message or the document: %s", b)
	}
}

// stringsIn returns all strings in JSON.
func stringsIn(j *journey, b []byte) (all []string) {
	j.Helper()
	var v any
	j.must(json.Unmarshal(b, &v))
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			all = append(all, v)
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(v)
	return all
}

// exportRetention writes what the retention pane shows in each of its forms.
func (j *journey) exportRetention(m store.Message) {
	j.Helper()
	export := func(item, name string) []byte {
		j.click("Export", right)
		j.click(item, window)
		return j.saveAs(name)
	}
	picture, err := png.Decode(bytes.NewReader(export("Picture (PNG)", "retention.png")))
	j.must(err)
	img := image.NewRGBA(picture.Bounds())
	draw.Draw(img, img.Rect, picture, img.Rect.Min, draw.Src)
	if img.Rect.Dx() < 300 || img.Rect.Dy() < 300 || colours(img, img.Rect) < 30 {
		j.Errorf("the picture has %v pixels of %d colours", img.Rect.Size(), colours(img, img.Rect))
	}

	log := j.trace(m)
	table, err := csv.NewReader(bytes.NewReader(export("Table of all layers (CSV)", "retention.csv"))).ReadAll()
	j.must(err)
	if want := 1 + 30*len(log.Entries); len(table) != want {
		j.Errorf("the table has %d lines, want a heading and 30 layers of %d steps: %d; it begins %v", len(table), len(log.Entries), want, table[:2])
	}

	texts := stringsIn(j, export("Complete log (JSON)", "retention.json"))
	if !slices.Contains(texts, "A Guide to Varn") {
		j.Errorf("the log names no document")
	}
	if missing := slices.DeleteFunc(tokens(log), func(t string) bool { return slices.Contains(texts, t) }); len(missing) > 0 {
		j.Errorf("the log lacks the tokens %q", missing)
	}
}

// tokens are the texts of the decoded tokens.
func tokens(l *trace.Log) (all []string) {
	for _, e := range l.Entries {
		if e.Text != "" {
			all = append(all, e.Text)
		}
	}
	return all
}
