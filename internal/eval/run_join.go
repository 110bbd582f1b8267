package eval

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"fovea/model"
	"fovea/model/trace"
)

// prompt is what a job's method reads up to the end of the text; see before.
func (s *Subject) prompt(j *job, question string) (*prompt, error) {
	if j.Method != Joined {
		return s.before(j.sample, question)
	}
	cut, err := half(j.sample)
	if err != nil {
		return nil, err
	}
	first, second := *j.sample, *j.sample
	first.Context, second.Context = j.sample.Context[:cut], j.sample.Context[cut:]
	p, err := s.before(&first, question)
	if err != nil {
		return nil, err
	}
	p.cut = cut
	p.second, err = s.before(&second, "")
	return p, err
}

// half is the byte where the second half of a text begins: behind the blank line
// that is nearest to the middle, else behind the end of a line, else behind a
// space, in none of the places that have an answer. Of the kinds of places the
// first one counts that there is within a quarter of the text around the middle.
func half(s *Sample) (int, error) {
	text := s.Context
	inFact := func(at int) bool {
		return slices.ContainsFunc(s.Questions, func(q Question) bool {
			return slices.ContainsFunc(q.Needles, func(r Range) bool { return r.Start < at && at < r.End })
		})
	}
	middle := len(text) / 2
	for _, mark := range []string{"\n\n", "\n", " "} {
		best := -1
		for at := middle - len(text)/8; at < middle+len(text)/8; at++ {
			if strings.HasSuffix(text[:at], mark) && !inFact(at) && (best < 0 || max(at-middle, middle-at) < max(best-middle, middle-best)) {
				best = at
			}
		}
		if best > 0 {
			return best, nil
		}
	}
	return 0, fmt.Errorf("eval: text %s has no place near its middle to cut it at; leave method %s out", s.ID, Joined)
}

// tokens is how many are read of the text, and before it.
func (p *prompt) tokens() int {
	if p.second == nil {
		return len(p.ids)
	}
	return len(p.ids) + len(p.second.ids)
}

// head is the number of tokens that stand before the sample's text.
func (p *prompt) head() (n int) {
	for n < len(p.bytes) && p.bytes[n].End <= p.text {
		n++
	}
	return n
}

// behind adds the second half of the text, behind tokens that only fill the place
// before it.
func (p *prompt) behind(filling []int32) {
	second, skip := p.second, p.second.head()
	p.ids = slices.Concat(p.ids, filling, second.ids[skip:])
	p.bytes = append(slices.Clip(p.bytes), make([]Range, len(filling))...)
	for _, b := range second.bytes[skip:] {
		by := p.text + p.cut - second.text
		p.bytes = append(p.bytes, Range{b.Start + by, b.End + by})
	}
}

// joinName stands for the model's file: what is kept is for this run only.
const joinName = "the model that is measured"

// readJoined reads the second half of the text alone, in a session of its own, and
// keeps it; then the first half, behind which it joins the second.
func (t *readText) readJoined(ctx context.Context, j *job, progress func(done int)) error {
	p, ses := t.prompt, t.session
	folder, err := os.MkdirTemp("", "fovea-eval-")
	if err != nil {
		return fmt.Errorf("eval: a folder for the half of a text: %w", err)
	}
	defer os.RemoveAll(folder)
	dir := filepath.Join(folder, "second")
	if err := t.keepSecond(ctx, dir, j, progress); err != nil {
		return err
	}
	alone := len(p.second.ids)
	if err := ses.Prefill(ctx, p.ids, func(done int, _ *trace.Step) { progress(alone + done) }); err != nil {
		return err
	}
	lines, skip, first := t.subject.Tokenizer.IDs("\n", false), p.second.head(), len(p.ids)
	filling := slices.Repeat(lines[len(lines)-1:], ses.JoinPad(skip))
	p.behind(filling)
	between := len(filling) + ses.JoinStart(skip) - skip
	if between > len(p.ids)-first {
		return fmt.Errorf("eval: the second half of text %s: %w", j.sample.ID, model.ErrNothingToJoin)
	}
	if err := ses.Prefill(ctx, p.ids[first:first+between], nil); err != nil {
		return err
	}
	_, err = ses.Join(ctx, joinName, skip, dir)
	return err
}

// keepSecond reads the second half of the text alone and keeps it in a folder.
func (t *readText) keepSecond(ctx context.Context, dir string, j *job, progress func(done int)) error {
	ids := t.prompt.second.ids
	ses, err := t.subject.session(j.settings, len(ids))
	if err != nil {
		return err
	}
	defer ses.Close()
	if err := ses.Prefill(ctx, ids, func(done int, _ *trace.Step) { progress(done) }); err != nil {
		return err
	}
	w, err := model.CreateSnapshot(dir, model.Snapshot{Origin: ses.Origin(joinName), Text: model.TextID("", ids), Tokens: len(ids)})
	if err != nil {
		return err
	}
	if err := w.Checkpoint(ses); err != nil {
		_ = w.Close() // what it was to keep is of no use
		return err
	}
	return w.Close()
}
