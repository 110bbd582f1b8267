package retention

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"fovea/model/trace"
)

// pictureSize is that of an exported picture, in device-independent pixels, and
// pictureScale the pixels that each of them gets across.
var pictureSize = fyne.NewSize(1280, 720)

const pictureScale = 1.5

// Export returns a function that writes what the pane shows now: the picture
// (PNG), a row for every entry and layer (CSV), or the log (JSON). The function
// may be called on any goroutine, however long writing takes; its errors are
// those of the writer. An unknown format panics.
func (p *Pane) Export(f Format) func(io.Writer) error {
	log := &trace.Log{
		Settings: p.view.rec.settings,
		Map:      trace.Map{Documents: slices.Clip(p.view.rec.atlas.docs), Spans: slices.Clip(p.view.rec.atlas.spans)},
		Entries:  slices.Clip(p.view.rec.entries),
	}
	switch f {
	case PNG:
		draw := p.Picture(pictureSize, pictureScale)
		return func(w io.Writer) error { return png.Encode(w, draw()) }
	case CSV:
		return func(w io.Writer) error { return WriteCSV(w, log) }
	case JSON:
		return func(w io.Writer) error { return WriteJSON(w, log) }
	}
	panic(fmt.Sprintf("retention: unknown format %q", f))
}

// WriteCSV writes a row for every entry and layer of a log, with a head of
// column names; layers count from 1. A dense step is one row without a layer.
// Blocks and their masses are lists with spaces between. Errors are those of
// the writer.
func WriteCSV(w io.Writer, l *trace.Log) error {
	out := csv.NewWriter(w)
	row := []string{"entry", "kind", "pos", "tokens", "text", "attended", "layer", "k", "h", "entropy", "left", "top", "low", "gap", "ids", "mass"}
	if err := out.Write(row); err != nil {
		return err
	}
	for i, e := range l.Entries {
		s, kind := e.Step, "token"
		if isWindow(s) {
			kind = "window"
		}
		head := []string{strconv.Itoa(i), kind, strconv.Itoa(s.Pos), strconv.Itoa(s.Queries), e.Text, strconv.Itoa(s.Attended())}
		if len(s.Layers) == 0 {
			row = append(append(row[:0], head...), make([]string, 10)...)
			if err := out.Write(row); err != nil {
				return err
			}
		}
		for j := range s.Layers {
			la := &s.Layers[j]
			row = append(append(row[:0], head...), strconv.Itoa(j+1), strconv.Itoa(la.K),
				float(la.H), float(la.Entropy), float(la.Left), float(la.Top), float(la.Low), float(la.Gap),
				list(la.IDs, func(id int32) string { return strconv.Itoa(int(id)) }), list(la.Mass, float))
			if err := out.Write(row); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func float(f float32) string { return strconv.FormatFloat(float64(f), 'g', 5, 32) }

func list[T any](values []T, text func(T) string) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = text(v)
	}
	return strings.Join(all, " ")
}

// The names in an exported log.
type (
	jsonHead struct {
		Settings  json.RawMessage `json:"settings,omitempty"`
		Documents []jsonDocument  `json:"documents"`
		Spans     []jsonSpan      `json:"spans"`
	}
	jsonDocument struct {
		ID    int64  `json:"id"`
		Title string `json:"title"`
		Pages int    `json:"pages"`
		Bytes int    `json:"bytes"`
	}
	jsonSpan struct {
		Pos    int `json:"pos"`
		Doc    int `json:"document"`
		Page   int `json:"page"`
		Offset int `json:"offset"`
	}
	jsonEntry struct {
		Text      string      `json:"text"`
		Pos       int         `json:"pos"`
		Tokens    int         `json:"tokens"`
		Initial   int         `json:"initial"`
		Blocks    int         `json:"blocks"`
		Remainder [2]int      `json:"remainder"`
		BlockSize int         `json:"block_size"`
		FirstPos  int         `json:"block_0_pos"`
		Layers    []jsonLayer `json:"layers"`
	}
	jsonLayer struct {
		K       int       `json:"k"`
		H       float32   `json:"h"`
		Entropy float32   `json:"entropy"`
		Left    float32   `json:"left"`
		Top     float32   `json:"top"`
		Low     float32   `json:"low"`
		Gap     float32   `json:"gap"`
		IDs     []int32   `json:"ids"`
		Mass    []float32 `json:"mass,omitempty"`
		Bias    []float32 `json:"bias,omitempty"`
	}
)

// WriteJSON writes a log as one JSON object, an entry a line. Errors are those
// of the writer, and settings that are no JSON.
func WriteJSON(w io.Writer, l *trace.Log) error {
	h := jsonHead{Settings: l.Settings, Documents: []jsonDocument{}, Spans: []jsonSpan{}}
	for _, d := range l.Map.Documents {
		h.Documents = append(h.Documents, jsonDocument(d))
	}
	for _, s := range l.Map.Spans {
		h.Spans = append(h.Spans, jsonSpan(s))
	}
	b, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("retention: the log's settings or map: %w", err)
	}
	if _, err := fmt.Fprintf(w, "%s,\n\"entries\":[", b[:len(b)-1]); err != nil {
		return err
	}
	for i, e := range l.Entries {
		b, err := json.Marshal(entryOf(e))
		if err != nil {
			return fmt.Errorf("retention: entry %d: %w", i, err)
		}
		if i > 0 {
			b = append([]byte(",\n"), b...)
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	_, err = io.WriteString(w, "]}\n")
	return err
}

func entryOf(e trace.Entry) jsonEntry {
	s := e.Step
	j := jsonEntry{
		Text: e.Text, Pos: s.Pos, Tokens: s.Queries, Initial: s.Inits, Blocks: s.Blocks,
		Remainder: [2]int{s.RemFirst, s.RemEnd}, BlockSize: s.BlockSize, FirstPos: s.InitEnd, Layers: []jsonLayer{},
	}
	for _, l := range s.Layers {
		j.Layers = append(j.Layers, jsonLayer{l.K, l.H, l.Entropy, l.Left, l.Top, l.Low, l.Gap, append([]int32{}, l.IDs...), l.Mass, l.Bias})
	}
	return j
}
