package retention

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"fovea/model/trace"
)

func TestExportCSV(t *testing.T) {
	test.NewTempApp(t)
	log := sampleLog(3, 4)
	log.Entries = append(log.Entries, trace.Entry{Step: &trace.Step{Pos: 9, Queries: 1, BlockSize: 32}, Text: "all, \"dense\"\n"})
	p := answered(log)
	var b bytes.Buffer
	if err := p.Export(CSV)(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if want := 1 + 3*(len(log.Entries)-1) + 1; len(rows) != want {
		t.Fatalf("%d rows, want %d", len(rows), want)
	}
	cell := func(row int, column string) string {
		for i, name := range rows[0] {
			if name == column {
				return rows[row][i]
			}
		}
		t.Fatalf("there is no column %q", column)
		return ""
	}
	token := 1 + 3*52 + 1 // layer 2 of the first token
	l := log.Entries[52].Step.Layers[1]
	if cell(token, "kind") != "token" || cell(token, "layer") != "2" || cell(token, "text") != "The" || cell(1, "kind") != "window" {
		t.Errorf("got row %v", rows[token])
	}
	if n := len(strings.Fields(cell(token, "ids"))); n != l.K || len(strings.Fields(cell(token, "mass"))) != l.K {
		t.Errorf("%d blocks in row %v, want %d", n, rows[token], l.K)
	}
	last := len(rows) - 1
	if cell(last, "layer") != "" || cell(last, "text") != "all, \"dense\"\n" || cell(last, "attended") != "10" {
		t.Errorf("got dense row %q", rows[last])
	}
}

func TestExportJSON(t *testing.T) {
	test.NewTempApp(t)
	log := sampleLog(3, 4)
	p := answered(log)
	var b bytes.Buffer
	if err := p.Export(JSON)(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Settings  map[string]string
		Documents []struct{ Title string }
		Spans     []struct{ Pos, Document, Page int }
		Entries   []struct {
			Text   string
			Pos    int
			Layers []struct {
				K         int
				IDs       []int32
				Mass      []float32
				Bias      []float32
				BlockSize int `json:"block_size"`
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Settings["method"] != "actqkv" || len(got.Documents) != 2 || got.Documents[1].Title != "Notes on Vision" || len(got.Spans) != len(log.Map.Spans) {
		t.Errorf("got settings %v, documents %v, %d spans", got.Settings, got.Documents, len(got.Spans))
	}
	if len(got.Entries) != len(log.Entries) {
		t.Fatalf("%d entries, want %d", len(got.Entries), len(log.Entries))
	}
	window, token := got.Entries[30], got.Entries[53]
	if token.Text != " fovea" || len(token.Layers[2].IDs) != token.Layers[2].K || len(token.Layers[2].Mass) != token.Layers[2].K || len(window.Layers[0].Bias) != 256 {
		t.Errorf("got token %q with %d blocks, window with %d biases", token.Text, len(token.Layers[2].IDs), len(window.Layers[0].Bias))
	}
	p.view.rec.settings = []byte("{")
	if err := p.Export(JSON)(io.Discard); err == nil || !strings.Contains(err.Error(), "settings") {
		t.Errorf("got error %v for settings that are no JSON", err)
	}
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestExportFails(t *testing.T) {
	test.NewTempApp(t)
	p := answered(sampleLog(30, 40))
	for _, f := range []Format{PNG, CSV, JSON} {
		if err := p.Export(f)(full{}); !errors.Is(err, errFull) {
			t.Errorf("%s: got error %v, want that of the writer", f, err)
		}
	}
}

// TestExportLater writes a log while it goes on: what was asked for is written.
func TestExportLater(t *testing.T) {
	test.NewTempApp(t)
	log := sampleLog(2, 10)
	p := answered(log)
	write := p.Export(CSV)
	p.Add(trace.Entry{Step: log.Entries[0].Step})
	p.Clear()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n"); n != 1+2*len(log.Entries) {
		t.Errorf("%d lines, want %d", n, 1+2*len(log.Entries))
	}
}

func TestExportPNG(t *testing.T) {
	var p *Pane
	inWindow(t, theme.VariantLight, "en", 440, 700, func() fyne.CanvasObject { p = answered(sampleLog(30, 60)); return p })
	start := time.Now()
	write := p.Export(PNG)
	t.Logf("the window waits %v", time.Since(start))
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	if img.Bounds().Dx() != 1920 || img.Bounds().Dy() != 1080 {
		t.Errorf("the picture has %v", img.Bounds())
	}
	test.AssertImageMatches(t, "picture.png", p.Picture(fyne.NewSize(800, 500), 1)())
}

// TestExportBeside writes on other goroutines while the log goes on.
func TestExportBeside(t *testing.T) {
	test.NewTempApp(t)
	log := sampleLog(6, 60)
	p := still()
	p.SetLog(&trace.Log{Settings: log.Settings, Map: log.Map, Entries: log.Entries[:60]})
	done := make(chan error)
	for _, f := range []Format{PNG, CSV, JSON} {
		write := p.Export(f)
		go func() { done <- write(io.Discard) }()
	}
	for _, e := range log.Entries[60:] {
		p.Add(e)
		p.draw()
	}
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
