package engine

import (
	"cmp"
	"slices"

	"fovea/model/trace"
)

// Page is a page of a document that an answer consulted.
type Page struct {
	Number   int     `json:"-"`               // of the document, in the order in which they were attached, from 0
	Document string  `json:"document"`        // title
	Page     int     `json:"page"`            // from 1
	Share    float64 `json:"share,omitempty"` // of the attention that recalled blocks got, 0 to 1
}

// maxPages is the most pages that an answer names.
const maxPages = 8

// watch takes in one step: the attention that the recalled blocks got, by page.
func (g *generation) watch(t *trace.Step) {
	if g.lastStep == nil {
		g.inView = g.c.inView(t)
	}
	g.lastStep = t
	if g.listener.Step != nil {
		g.listener.Step(t)
	}
	for i := range t.Layers {
		l := &t.Layers[i]
		for j, mass := range l.Mass {
			first := t.First(l.IDs[j])
			for _, p := range g.c.places[first : first+t.BlockSize] {
				if p.page > 0 {
					g.mass[p] += float64(mass) / float64(t.BlockSize)
				}
			}
		}
	}
}

// inView lists the pages whose tokens a step attends without recall: initial
// tokens, remainder and local window, or everything with dense attention.
func (c *Conversation) inView(t *trace.Step) []Page {
	seen := map[place]bool{}
	for pos, p := range c.places {
		if p.page > 0 && (pos < t.Inits || pos >= t.RemFirst || len(t.Layers) == 0) {
			seen[p] = true
		}
	}
	var pages []Page
	for p := range seen {
		pages = append(pages, c.page(p, 0))
	}
	slices.SortFunc(pages, func(a, b Page) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Page, b.Page))
	})
	return pages
}

func (c *Conversation) page(p place, share float64) Page {
	return Page{Number: int(p.doc), Document: c.docs[p.doc].Title, Page: int(p.page), Share: share}
}

// pages are those with the most attention so far.
func (g *generation) pages() []Page {
	total := 0.0
	for _, mass := range g.mass {
		total += mass
	}
	if total == 0 {
		return nil
	}
	var pages []Page
	for p, mass := range g.mass {
		pages = append(pages, g.c.page(p, mass/total))
	}
	slices.SortFunc(pages, func(a, b Page) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Number, b.Number), cmp.Compare(a.Page, b.Page))
	})
	return pages[:min(len(pages), maxPages)]
}
