package engine

import (
	"errors"
	"slices"
)

// CanCut says whether documents are being read and reading stands in the text of
// one, or between two, so that Cut can end them here.
func (c *Conversation) CanCut() bool {
	n := len(c.places)
	if n == 0 || !c.reading() {
		return false
	}
	return c.places[n-1].page > 0 || slices.ContainsFunc(c.parts, func(p part) bool { return p.end == n })
}

// Cut ends the documents where their reading stands, as if they ended there, so
// that the next question is answered from what was read so far. Nothing of what
// follows is kept. [Conversation.Return] to a mark that was made before takes it
// back, and the next call of Read goes on with the documents.
func (c *Conversation) Cut() error {
	if !c.CanCut() {
		return errors.New("engine: no document is being read, so none can be cut; ask without")
	}
	n := len(c.places)
	whole := 0
	for whole < len(c.parts) && c.parts[whole].end <= n {
		whole++
	}
	c.parts, c.pending = slices.Clip(c.parts[:whole]), nil
	if c.places[n-1].page == 0 {
		return nil // between two documents, where the text is closed
	}
	p := &prompt{}
	p.write(documentEnd)
	return c.queue(p)
}

// Kept is the number of tokens that snapshots have of the documents that were
// attached, where nothing was read yet. Read would restore them.
func (c *Conversation) Kept() (int, error) {
	if err := c.begin(); err != nil {
		return 0, err
	}
	if c.session != nil || !c.keeps() {
		return 0, nil
	}
	for i := len(c.parts) - 1; i >= 0; i-- {
		for _, o := range c.origins(i) {
			if head := c.options.Snapshots.head(nameOf(o, c.parts[i].text)); head != nil {
				return head.Pos(), nil
			}
		}
	}
	return 0, nil
}
