package eval

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"fovea/model/actqkv"
)

// Header says what the results of a file were measured with. All headers of a
// file agree in what they share.
type Header struct {
	Model  string `json:"model"`  // as its file names it
	Hash   string `json:"sha256"` // of the model's file
	Device string `json:"device"`
	KV     string `json:"kv"` // format of keys and values
	// Sources say per task what its texts are made of: a seed, a haystack, a
	// file with its hash.
	Sources map[string]string `json:"sources,omitempty"`
	// Settings are those of "METHOD at BUDGET".
	Settings map[string]actqkv.Settings `json:"settings,omitempty"`
}

// settingsKey names the settings of a method at a budget in tokens.
func settingsKey(method string, budget int) string {
	if budget == 0 {
		return method
	}
	return fmt.Sprintf("%s at %d", method, budget)
}

// key tells a result from all others.
func (l *Line) key() string {
	switch {
	case l.Question != nil:
		return fmt.Sprintf("question %+v %s", l.Question.Cell, l.Question.Question)
	case l.Likelihood != nil:
		return fmt.Sprintf("likelihood %+v %d %s", l.Likelihood.Cell, l.Likelihood.Depth, l.Likelihood.Question)
	case l.Oracle != nil:
		return fmt.Sprintf("oracle %+v %s", l.Oracle.Cell, l.Oracle.Question)
	}
	return "" // a header
}

// Log is a file of results that a run adds to. It is used by one goroutine.
type Log struct {
	file *os.File
	lock *flock.Flock
	done map[string]bool
}

// OpenLog opens a file of results, or begins one, for a run with such a header.
// A last line that an interruption cut off is taken away. It is an error that
// the file has results of another model, device or settings, or that another
// run writes to it.
func OpenLog(path string, h Header) (log *Log, err error) {
	l := &Log{lock: flock.New(path), done: map[string]bool{}}
	if ok, err := l.lock.TryLock(); err != nil {
		return nil, fmt.Errorf("eval: results: %w", err)
	} else if !ok {
		return nil, fmt.Errorf("eval: another run writes to %s; wait for it, or write to another file", path)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Close())
		}
	}()
	if l.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return nil, fmt.Errorf("eval: results: %w", err)
	}
	known, end, err := readLines(l.file, path, func(line *Line) { l.done[line.key()] = true })
	if err != nil {
		return nil, err
	}
	if err := l.file.Truncate(end); err != nil {
		return nil, fmt.Errorf("eval: results: %w", err)
	}
	if _, err := l.file.Seek(end, io.SeekStart); err != nil {
		return nil, fmt.Errorf("eval: results: %w", err)
	}
	merged, err := merge(known, h)
	if err != nil {
		return nil, fmt.Errorf("eval: %s has results of another kind, which cannot be compared: %w; write to another file, or remove it to begin anew", path, err)
	}
	if known == nil || !sameKeys(merged.Sources, known.Sources) || !sameKeys(merged.Settings, known.Settings) {
		return l, l.Add(Line{Header: &h})
	}
	return l, nil
}

func sameKeys[V any](a, b map[string]V) bool { return len(a) == len(b) }

// Has says whether the file has the result that a line would add.
func (l *Log) Has(line Line) bool { return l.done[line.key()] }

// Add appends a line.
func (l *Log) Add(line Line) error {
	b, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("eval: results: %w", err)
	}
	if _, err := l.file.Write(append(b, '\n')); err != nil {
		return fmt.Errorf("eval: results: %w", err)
	}
	l.done[line.key()] = true
	return nil
}

// Close ends writing.
func (l *Log) Close() error {
	var err error
	if l.file != nil {
		err = l.file.Close()
	}
	return errors.Join(err, l.lock.Unlock())
}

// Results are what a file has.
type Results struct {
	Header     Header // of all runs together
	Questions  []QuestionResult
	Likelihood []LikelihoodResult
	Oracle     []OracleResult
}

// ReadResults reads files of results, which may be of several devices; what more
// than one has is taken from the first. A last line that was cut off is left out;
// it is an error that another line is none, that a file has no header, or that
// files differ in what they share but for the device.
func ReadResults(paths ...string) (*Results, error) {
	r, seen := &Results{}, map[string]bool{}
	var all *Header
	var devices []string
	for _, path := range paths {
		h, err := r.read(path, seen)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(devices, h.Device) {
			devices = append(devices, h.Device)
		}
		h.Device = "" // may differ
		if all, err = merge(all, *h); err != nil {
			return nil, fmt.Errorf("eval: %s does not belong to the files before it: %w", path, err)
		}
	}
	r.Header = *all
	r.Header.Device = strings.Join(devices, "; ")
	return r, nil
}

// read adds what a file has to the results, but for what was seen before.
func (r *Results) read(path string, seen map[string]bool) (*Header, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("eval: results: %w", err)
	}
	defer f.Close()
	h, _, err := readLines(f, path, func(l *Line) {
		key := l.key()
		if seen[key] {
			return
		}
		seen[key] = true
		switch {
		case l.Question != nil:
			r.Questions = append(r.Questions, *l.Question)
		case l.Likelihood != nil:
			r.Likelihood = append(r.Likelihood, *l.Likelihood)
		case l.Oracle != nil:
			r.Oracle = append(r.Oracle, *l.Oracle)
		}
	})
	if err == nil && h == nil {
		err = fmt.Errorf("eval: %s has no results; make some with foveactl eval run", path)
	}
	return h, err
}

// readLines calls add for each whole line but headers. It returns the merged
// headers, nil if there are none, and the bytes of all whole lines.
func readLines(f io.Reader, path string, add func(*Line)) (h *Header, end int64, err error) {
	r := bufio.NewReader(f)
	for number := 1; ; number++ {
		b, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return h, end, nil // what follows the last line break was cut off
		}
		if err != nil {
			return nil, 0, fmt.Errorf("eval: results: %w", err)
		}
		var line Line
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err := d.Decode(&line); err != nil {
			return nil, 0, fmt.Errorf("eval: line %d of %s is no result: %w; remove the line, and it is measured again", number, path, err)
		}
		switch {
		case line.Header != nil:
			if h, err = merge(h, *line.Header); err != nil {
				return nil, 0, fmt.Errorf("eval: line %d of %s: %w; remove the file and begin anew", number, path, err)
			}
		case line.key() == "" || h == nil:
			return nil, 0, fmt.Errorf("eval: line %d of %s is no result, or has no header before it; is it another file?", number, path)
		default:
			add(&line)
		}
		end += int64(len(b))
	}
}

// merge puts two headers together, or says in what they differ.
func merge(known *Header, h Header) (*Header, error) {
	if known == nil {
		return &h, nil
	}
	var wrong []string
	differ := func(what, a, b string) {
		if a != b {
			wrong = append(wrong, fmt.Sprintf("%s was %s and is %s", what, a, b))
		}
	}
	differ("the model", known.Model, h.Model)
	differ("the model's SHA-256", known.Hash, h.Hash)
	differ("the device", known.Device, h.Device)
	differ("the format of keys and values", known.KV, h.KV)
	out := *known
	out.Sources, out.Settings = maps.Clone(known.Sources), maps.Clone(known.Settings)
	if out.Sources == nil {
		out.Sources = map[string]string{}
	}
	if out.Settings == nil {
		out.Settings = map[string]actqkv.Settings{}
	}
	for _, task := range slices.Sorted(maps.Keys(h.Sources)) {
		if old, ok := out.Sources[task]; ok {
			differ("the texts of task "+task, old, h.Sources[task])
		}
		out.Sources[task] = h.Sources[task]
	}
	for _, key := range slices.Sorted(maps.Keys(h.Settings)) {
		if old, ok := out.Settings[key]; ok {
			differ("the settings of "+key, fmt.Sprintf("%+v", old), fmt.Sprintf("%+v", h.Settings[key]))
		}
		out.Settings[key] = h.Settings[key]
	}
	if wrong != nil {
		return nil, errors.New(strings.Join(wrong, ", "))
	}
	return &out, nil
}

// HashFile is the SHA-256 of a file, in hexadecimal digits.
func HashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("eval: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("eval: read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
