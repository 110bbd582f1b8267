package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"time"
)

// Stage is what a pull is doing.
type Stage string

// The stages, in their order.
const (
	LookingUp   Stage = "looking up"
	Downloading Stage = "downloading"
	Checking    Stage = "checking"
	Unpacking   Stage = "unpacking"
)

// Progress says how far a stage is.
type Progress struct {
	Stage       Stage
	Done, Total int64         // bytes; Total 0: not known
	PerSecond   float64       // bytes a second since the stage began; 0: not known yet
	Left        time.Duration // until the stage's end; 0: not known
}

// meter tells of a stage's progress.
type meter struct {
	report func(Progress)
	stage  Stage
	first  int64 // bytes done when the stage began
	total  int64
	began  time.Time
	told   time.Time
}

func (p *Puller) meter(stage Stage, first, total int64) *meter {
	m := &meter{report: p.Progress, stage: stage, first: first, total: total, began: time.Now()}
	m.at(first)
	return m
}

// at tells that done bytes are done, unless the last time was a moment ago.
func (m *meter) at(done int64) {
	now := time.Now()
	if m.report == nil || now.Sub(m.told) < 100*time.Millisecond && done != m.total {
		return
	}
	m.told = now
	v := Progress{Stage: m.stage, Done: done, Total: m.total}
	if s := now.Sub(m.began).Seconds(); s > 0 && done > m.first {
		v.PerSecond = float64(done-m.first) / s
		if m.total > done {
			v.Left = time.Duration(float64(m.total-done) / v.PerSecond * float64(time.Second))
		}
	}
	m.report(v)
}

// copyMetered copies until the end of src or of ctx and returns the number of
// bytes.
func copyMetered(ctx context.Context, dst io.Writer, src io.Reader, m *meter) (int64, error) {
	buf := make([]byte, 1<<17)
	var done int64
	for {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		n, err := src.Read(buf)
		if _, err := dst.Write(buf[:n]); err != nil {
			return done, err
		}
		done += int64(n)
		m.at(m.first + done)
		if err == io.EOF {
			return done, nil
		}
		if err != nil {
			return done, err
		}
	}
}

// checksum is the SHA-256 of a whole file of size bytes, in hexadecimal.
func (p *Puller) checksum(ctx context.Context, f *os.File, size int64) (string, error) {
	h := sha256.New()
	whole := io.NewSectionReader(f, 0, size)
	if _, err := copyMetered(ctx, h, whole, p.meter(Checking, 0, size)); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
