package engine

import (
	"context"
	"time"

	"fovea/model/kvcache"
	"fovea/model/trace"
)

// Reading tells how far the reading of documents is.
type Reading struct {
	Tokens, OfTokens int
	Page, OfPages    int           // counted over all documents
	PerSecond        float64       // tokens
	Left             time.Duration // estimated
	Trace            *trace.Step
}

// read reads what is pending, or takes it from a snapshot.
func (c *Conversation) read(ctx context.Context, progress func(Reading)) error {
	if err := c.restore(ctx); err != nil {
		return err
	}
	if err := c.open(); err != nil {
		return err
	}
	if c.options.Question != "" { // else documents are read as if nobody had asked
		if err := c.ask(); err != nil {
			return err
		}
	}
	if c.keeper == nil && len(c.places) == 0 && c.keeps() {
		c.keeper = &keeper{all: c.options.Snapshots, origin: c.origin()}
	}
	c.session.Watch = kvcache.Watch{Bias: true}
	r := reader{Conversation: c, progress: progress, start: time.Now(), from: c.session.Pos()}
	for _, d := range c.docs[:c.told] {
		r.pages += len(d.Pages)
	}
	if c.keeper != nil && c.reading() {
		// Documents are read to their end as they were begun; see Change. An answer
		// from a part of them may have been written otherwise.
		if err := c.session.Change(c.options.Settings.ReadOn(c.keeper.origin.Settings)); err != nil {
			return err
		}
	}
	var err error
	if r.joints, err = c.joints(); err != nil {
		return err
	}
	r.count()
	if err := r.readParts(ctx); err != nil {
		return err
	}
	if err := c.ask(); err != nil {
		return err
	}
	// What was chosen while the documents were read; see Change.
	if err := c.session.Change(c.options.Settings); err != nil {
		return err
	}
	return r.read(ctx, len(c.pending), func() {})
}

// readParts reads the documents before the first question, or takes them as they
// were read alone.
func (r *reader) readParts(ctx context.Context) error {
	c, first := r.Conversation, 0
	for i := range c.parts {
		if len(c.places) == first && r.joints[i] != nil {
			if err := r.join(ctx, i); err != nil {
				return err
			}
		}
		p := c.parts[i]
		if len(c.places) == first {
			c.keeper.begin(c.session, i, p)
		}
		if n := p.end - len(c.places); n > 0 {
			if err := r.read(ctx, n, func() { c.keeper.checkpoint(c.session, p, false) }); err != nil {
				return err
			}
			c.keeper.checkpoint(c.session, p, true)
		}
		first = p.end
	}
	return nil
}

// reader is one call of read.
type reader struct {
	*Conversation
	progress func(Reading)
	start    time.Time
	from, of int // position at the start, and tokens to read from there
	pages    int
	joints   map[int]*joint // of parts that are yet to be read
}

// count counts the tokens to read, without those that will be taken.
func (r *reader) count() {
	r.of = len(r.places) - r.from + len(r.pending)
	for _, j := range r.joints {
		r.of -= j.taken
	}
}

// read reads n tokens. window is called after each window.
func (r *reader) read(ctx context.Context, n int, window func()) error {
	c, first := r.Conversation, len(r.places)
	return c.session.Prefill(ctx, idsOf(c.pending[:n]), func(done int, t *trace.Step) {
		c.tookPending(first + done - len(c.places))
		window()
		if r.progress != nil {
			read := first + done - r.from
			rate := float64(read) / time.Since(r.start).Seconds()
			r.progress(Reading{
				Tokens: read, OfTokens: r.of, Page: c.pageNumber(first + done - 1), OfPages: r.pages, PerSecond: rate,
				Left: time.Duration(float64(r.of-read) / rate * float64(time.Second)), Trace: t,
			})
		}
	})
}

// pageNumber is the page of the token at pos, or of the one before that has
// one, counted over all documents.
func (c *Conversation) pageNumber(pos int) int {
	for ; pos >= 0; pos-- {
		if p := c.places[pos]; p.page > 0 {
			n := int(p.page)
			for _, d := range c.docs[:p.doc] {
				n += len(d.Pages)
			}
			return n
		}
	}
	return 0
}
