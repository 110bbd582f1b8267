package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"unsafe"

	"fovea/gpu"
	"fovea/model/actqkv"
	"fovea/model/kvcache"
	"fovea/model/trace"
	"fovea/shaders"
)

// SessionOptions are the choices of a session.
type SessionOptions struct {
	Settings actqkv.Settings
	KV       shaders.KV // format of keys and values; halves by default
	Capacity int        // tokens to make room for; grows as needed, except with dense attention
	Highest  bool       // make room to find the highest logits
}

// Session is one text being read and continued. It is used by one goroutine at
// a time.
type Session struct {
	// Watch says what Prefill and Step report.
	Watch kvcache.Watch

	model  *Model
	cache  *kvcache.Cache
	acts   activations
	window program // a prefill window
	asking program // one with tokens of the question
	steps  map[stepKind]program
	verify map[int]program         // a batch; by how many of the highest logits are listed, 0: all
	accept map[bool]*gpu.Recording // what follows it; by whether it seals

	broken error // why the cache's content can no longer be trusted
}

// NewSession makes a session with the memory it needs.
func (m *Model) NewSession(o SessionOptions) (*Session, error) {
	shape := kvcache.Shape{
		Layers: m.Config.Layers, Heads: m.Config.heads(o.KV), HeadDim: m.Config.HeadDim, Pairs: m.Config.RopeDim / 2,
	}
	if o.Settings.Method == actqkv.Full && o.Capacity > m.Config.Context {
		return nil, fmt.Errorf("model: %d tokens exceed the model's window of %d, which dense attention cannot pass; use method actqkv",
			o.Capacity, m.Config.Context)
	}
	if err := shape.Heads.Check(m.lanes); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	acts, err := m.newActivations(o.Settings.Window, shape.Heads.Features())
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	if o.Highest {
		if err := m.newHighest(&acts); err != nil {
			return nil, fmt.Errorf("model: %w", err)
		}
	}
	cache, err := kvcache.New(m.dev, shape, o.Settings, m.tiers(), max(o.Capacity, o.Settings.Window)) // takes what is left, if need be
	if err != nil {
		acts.free()
		return nil, err
	}
	return &Session{
		model: m, cache: cache, acts: acts, steps: map[stepKind]program{}, verify: map[int]program{}, accept: map[bool]*gpu.Recording{},
	}, nil
}

// Settings are the session's.
func (s *Session) Settings() actqkv.Settings { return s.cache.Settings }

// Pos is the number of tokens read so far.
func (s *Session) Pos() int { return s.cache.Places.Pos }

// Limit is the number of tokens that the session can hold at most.
func (s *Session) Limit() int {
	if s.cache.Settings.Method == actqkv.Full {
		return s.model.Config.Context
	}
	return s.cache.MaxCapacity()
}

// Memory says what the session holds on the device.
func (s *Session) Memory() kvcache.Memory {
	mem := s.cache.Memory()
	for _, b := range s.acts.buffers() {
		mem.Fixed += b.Size()
	}
	return mem
}

// StepBytes is what the kernels of a decode step read of the device's memory,
// in bytes, without activations.
type StepBytes struct {
	Weights   int64 `json:"weights"`         // every matrix once; of an embedding a row
	Attention int64 `json:"attention"`       // keys and values that are attended
	Weighing  int64 `json:"weighing"`        // scores that were kept, for the weight that keys received
	Repr      int64 `json:"representatives"` // by which blocks are chosen
}

// Total is the sum.
func (b StepBytes) Total() int64 { return b.Weights + b.Attention + b.Weighing + b.Repr }

// StepBytes gives the bytes of the decode step that t tells of.
func (s *Session) StepBytes(t *trace.Step) StepBytes {
	h, layers := s.cache.Shape.Heads, int64(s.cache.Shape.Layers)
	keys := int64(t.Attended()) * h.RowBytes() * layers
	b := StepBytes{Weights: s.model.stepWeights(), Attention: 2 * keys}
	if s.cache.Settings.Recalls() {
		kept := int64(min(s.Pos(), s.cache.Settings.Local))
		if s.Watch.Mass {
			kept += int64(t.Attended() - t.Always())
		}
		b.Weighing, b.Repr = kept*int64(h.Width())*4*layers, s.cache.SelectionBytes(t.Blocks)
	}
	return b
}

// Ask says that the next n tokens but skip are the user's question, in place of
// any before. Windows that have tokens of it recall more (Settings.AskTopK), and
// it has a weight in what prefill windows and decode steps behind it recall
// (Settings.QuestionWeight, Settings.AskWeight). Prefill begins a window with it.
func (s *Session) Ask(skip, n int) error {
	if s.broken != nil {
		return s.broken
	}
	first := s.Pos() + skip
	if err := s.cache.Ask(first, first+n); err != nil {
		return s.broke(err)
	}
	return nil
}

// Prefill reads tokens in windows. After each, progress is called, where set,
// with the number of tokens read of these and the step's trace.
func (s *Session) Prefill(ctx context.Context, ids []int32, progress func(done int, t *trace.Step)) error {
	if err := s.room(len(ids)); err != nil {
		return err
	}
	w := s.cache.Settings.Window
	for done := 0; done < len(ids); {
		n := min(w, len(ids)-done)
		if ahead := s.cache.Asked[0] - s.Pos(); ahead > 0 {
			n = min(n, ahead)
		}
		if w == 1 {
			s.watchSteps()
		}
		first, end := s.cache.AskedIn(n)
		t, err := s.run(ctx, s.windowRecording(first < end), ids[done:done+n], w, progress != nil)
		if err != nil {
			return err
		}
		done += n
		if progress != nil {
			progress(done, t)
		}
	}
	return nil
}

// windowRecording is the program of a window, with or without tokens of the
// question.
func (s *Session) windowRecording(asks bool) program {
	to := &s.window
	if asks = asks && s.cache.Settings.AskTopK > 0; asks {
		to = &s.asking
	}
	if *to == nil {
		s.cache.StepTurn, s.cache.AskWindow = 0, asks
		*to = s.model.record(&s.acts, s.cache, pass{name: "prefill", window: s.cache.Settings.Window, seals: true})
		s.cache.AskWindow = false
	}
	return *to
}

// Step reads one token and returns the logits of the next one, (vocabulary)
// floats that hold until the next step, with the step's trace.
func (s *Session) Step(ctx context.Context, id int32) ([]float32, *trace.Step, error) {
	l, t, err := s.StepLogits(ctx, id, 0)
	return l.Values, t, err
}

// StepLogits is Step, but gives only the k highest logits, 1 to MaxHighest, which the
// device finds, or with k = 0 all. For the highest the session must have been made with
// SessionOptions.Highest.
func (s *Session) StepLogits(ctx context.Context, id int32, k int) (Logits, *trace.Step, error) {
	if err := s.checkHighest(k); err != nil {
		return Logits{}, nil, err
	}
	if err := s.room(1); err != nil {
		return Logits{}, nil, err
	}
	t, err := s.run(ctx, s.stepRecording(s.cache.Seals(1), k), []int32{id}, 1, true)
	if err != nil {
		return Logits{}, nil, err
	}
	all, err := s.logits(s.acts.logits, k, 1, s.Pos()-1)
	if err != nil {
		return Logits{}, nil, err
	}
	return all[0], t, nil
}

// logits are those that a device left of n tokens from a position on: the k highest, or
// with k = 0 the rows of b.
func (s *Session) logits(b gpu.Buffer, k, n, pos int) ([]Logits, error) {
	if k > 0 {
		return s.highest(k, n, pos)
	}
	vocab, rows := s.model.Config.Vocab, make([]Logits, n)
	all := unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b.Bytes()))), n*vocab)
	for i := range rows {
		rows[i].Values = all[i*vocab:][:vocab]
		if err := sound(rows[i].Values[0], pos+i); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// sound says what is wrong where the logit of token 0 is no number at a position.
func sound(v float32, pos int) error {
	if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
		return fmt.Errorf("model: the device computed %v at position %d; its memory or driver is at fault, or the model file is damaged", v, pos)
	}
	return nil
}

// stepKind is what the programs of decode steps differ in.
type stepKind struct {
	seals   bool // the step fills a block
	turn    int  // see kvcache.Cache.Turn
	highest int  // logits that are listed; 0: all are given
}

func (s *Session) stepRecording(seals bool, highest int) program {
	s.watchSteps()
	kind := stepKind{seals, s.cache.Turn(), s.model.listed(highest)}
	if s.steps[kind] == nil {
		s.cache.StepTurn = kind.turn
		s.steps[kind] = s.model.record(&s.acts, s.cache, pass{name: "decode", window: 1, logits: true, highest: kind.highest, seals: seals})
	}
	return s.steps[kind]
}

// watchSteps makes recordings of single tokens find the activation bias and the
// mass of blocks exactly if they are watched: they are part of the recording.
func (s *Session) watchSteps() {
	watch := kvcache.Watch{Bias: s.Watch.Bias, Mass: s.Watch.Mass}
	if s.cache.StepWatch == watch {
		return
	}
	s.cache.StepWatch = watch
	s.forgetSteps()
	if s.cache.Settings.Window == 1 {
		s.forgetWindow()
	}
}

// check says why tokens cannot be read.
func (s *Session) check(ctx context.Context, ids []int32) error {
	if s.broken != nil {
		return s.broken
	}
	for _, id := range ids {
		if id < 0 || int(id) >= s.model.Config.Vocab {
			return fmt.Errorf("model: token id %d is not in the vocabulary of %d", id, s.model.Config.Vocab)
		}
	}
	return ctx.Err()
}

func (s *Session) run(ctx context.Context, parts program, ids []int32, window int, report bool) (*trace.Step, error) {
	if err := s.check(ctx, ids); err != nil {
		return nil, err
	}
	s.cache.Begin(ids, window, s.model.rope.put)
	// From here on a failure leaves statistics and histories in between two
	// steps. A submission that has begun is not given up.
	for i, part := range parts {
		err := s.model.dev.Submit(context.WithoutCancel(ctx), part)
		if err == nil && i < len(parts)-1 {
			err = s.cache.Fetch(i, len(ids))
		}
		if err != nil {
			return nil, s.broke(err)
		}
	}
	var t *trace.Step
	if report {
		var err error
		if t, err = s.cache.Report(len(ids), s.Watch); err != nil {
			return nil, s.broke(err)
		}
	}
	if err := s.cache.End(len(ids)); err != nil {
		return nil, s.broke(err)
	}
	return t, nil
}

func (s *Session) broke(err error) error {
	s.broken = fmt.Errorf("model: the session cannot go on: %w", err)
	return err
}

// room grows the cache for n more tokens.
func (s *Session) room(n int) error {
	want := s.Pos() + n
	if want <= s.cache.Capacity() {
		return nil
	}
	if s.cache.Settings.Method == actqkv.Full {
		return fmt.Errorf("model: %d tokens exceed the %d that dense attention was given room for, within the model's window of %d; use method actqkv",
			want, s.cache.Capacity(), s.model.Config.Context)
	}
	s.release()
	// By half as much again, so that growing stays rare; by what is needed
	// where that does not fit.
	generous := min(s.cache.Capacity()*3/2, s.cache.MaxCapacity())
	if generous > want && (s.cache.Fits(generous) || !s.cache.Fits(want)) {
		err := s.grow(generous)
		if err == nil || !errors.Is(err, gpu.ErrOutOfMemory) {
			return err
		}
	}
	return s.grow(want)
}

func (s *Session) grow(capacity int) error {
	err := s.cache.Grow(capacity)
	if s.cache.Torn() {
		return s.broke(err)
	}
	return err
}

// release makes the device forget all recordings, as their buffers go.
func (s *Session) release() {
	s.forgetWindow()
	s.forgetSteps()
}

func (s *Session) forgetWindow() {
	s.forget(s.window)
	s.forget(s.asking)
	s.window, s.asking = nil, nil
}

func (s *Session) forgetSteps() {
	for _, p := range s.steps {
		s.forget(p)
	}
	clear(s.steps)
	for _, p := range s.verify {
		s.forget(p)
	}
	clear(s.verify)
	for _, r := range s.accept {
		s.model.dev.Release(r)
	}
	clear(s.accept)
}

func (s *Session) forget(p program) {
	for _, r := range p {
		s.model.dev.Release(r)
	}
}

// CanChange says whether Change would take the settings; a
// kvcache.ErrOtherSession says why not.
func (s *Session) CanChange(to actqkv.Settings) error { return s.cache.CanChange(to) }

// Change takes other settings for the steps to come; see [kvcache.Cache.Change].
func (s *Session) Change(to actqkv.Settings) error {
	if to == s.cache.Settings {
		return nil
	}
	if err := s.cache.CanChange(to); err != nil {
		return err
	}
	s.release()
	return s.cache.Change(to)
}

// Mark marks the end of what was read, to which Return goes back.
func (s *Session) Mark(ctx context.Context) (*kvcache.Mark, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	return s.cache.Mark(ctx)
}

// Return forgets what was read since a mark of this session was made.
func (s *Session) Return(ctx context.Context, m *kvcache.Mark) error {
	if s.broken != nil {
		return s.broken
	}
	return s.moved(s.cache.Return(context.WithoutCancel(ctx), m))
}

// SetAside copies what was read since a mark of this session into the host's
// memory, where it has at most so many bytes; see [kvcache.Cache.SetAside].
func (s *Session) SetAside(m *kvcache.Mark, most int64) (*kvcache.Branch, error) {
	if s.broken != nil {
		return nil, s.broken
	}
	return s.cache.SetAside(m, most)
}

// TakeUp goes on where a branch of this session was set aside, without reading
// anything again; see [kvcache.Cache.TakeUp].
func (s *Session) TakeUp(ctx context.Context, b *kvcache.Branch) error {
	if s.broken != nil {
		return s.broken
	}
	return s.moved(s.cache.TakeUp(context.WithoutCancel(ctx), b))
}

// moved takes note of an error of a way to another place in the text.
func (s *Session) moved(err error) error {
	if err == nil || errors.Is(err, kvcache.ErrMarkGone) {
		return err
	}
	return s.broke(err)
}

// Close frees the session's memory.
func (s *Session) Close() {
	s.release()
	s.cache.Close()
	s.acts.free()
}
