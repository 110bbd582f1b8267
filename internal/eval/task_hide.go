package eval

import (
	"fmt"
	"slices"
	"strings"
)

// hidden is a sentence that is hidden in a text.
type hidden struct {
	text  string
	depth float64 // share of the pieces of hay before it
	fact  int     // the question that it belongs to
}

// hide fills the text with an introduction, as much hay as fits, and the hidden
// sentences, and gives every question the places of its own. piece is the i-th
// piece of hay, with the space behind it; there are most of them.
func (g *generator) hide(intro string, most int, piece func(i int) string, secrets []hidden) error {
	slices.SortStableFunc(secrets, func(a, b hidden) int {
		switch {
		case a.depth < b.depth:
			return -1
		case a.depth > b.depth:
			return 1
		}
		return 0
	})
	write := func(n int, found func(secret int, at Range)) string {
		var b strings.Builder
		b.WriteString(intro)
		next := 0
		for i := range n + 1 {
			for next < len(secrets) && int(secrets[next].depth*float64(n)) <= i {
				at := Range{b.Len(), b.Len() + len(secrets[next].text)}
				b.WriteString(secrets[next].text + " ")
				found(next, at)
				next++
			}
			if i < n {
				b.WriteString(piece(i))
			}
		}
		return strings.TrimSpace(b.String())
	}
	n, err := g.fit(most, func(n int) string { return write(n, func(int, Range) {}) })
	if err != nil {
		return err
	}
	if n == most {
		return fmt.Errorf("%w: %s; choose fewer tokens or name more text files", ErrUsedUp, g.sample.Source)
	}
	g.sample.Context = write(n, func(secret int, at Range) {
		q := &g.sample.Questions[secrets[secret].fact]
		q.Needles = append(q.Needles, at)
	})
	return nil
}

// noise is hay that says nothing, over and over, as in the pass-key tasks.
var noise = []string{
	"The river is wide. ", "The hills are far away. ", "The road goes on and on. ", "We walk to the bridge. ", "Then we walk home again.\n",
}

// endless is more pieces than any text has.
const endless = 1 << 40

func noisePiece(i int) string { return noise[i%len(noise)] }

// inNoise hides sentences in noise.
func (g *generator) inNoise(intro string, secrets []hidden) error {
	return g.hide(intro, endless, noisePiece, secrets)
}

// inProse hides sentences in paragraphs of the haystack.
func (g *generator) inProse(intro string, secrets []hidden) error {
	sentences := g.Haystack.draw(g.rng)
	return g.hide(intro, len(sentences), func(i int) string { return sentences[i] }, secrets)
}

// names are n different entries of a list, in random order, of which the
// haystack, where there is one, mentions none.
func (g *generator) names(list []string, n int) ([]string, error) {
	var all []string
	for _, i := range g.rng.Perm(len(list)) {
		if g.Haystack == nil || !g.Haystack.mentions(list[i]) {
			all = append(all, list[i])
		}
	}
	if len(all) < n {
		return nil, fmt.Errorf("there are %d names for facts; choose at most so many facts", len(all))
	}
	return all[:n], nil
}

var people = strings.Fields("Adam Alice Anna Arthur Barbara Benjamin Carl Charlotte Clara Daniel David Diana Edward Emma Eric Felix Frank George " +
	"Grace Hannah Helen Henry Hugo Irene Isaac Jack James Julia Karen Kevin Laura Leo Lewis Linda Louis Lucy Margaret Maria Martin Michael Nina " +
	"Nora Oliver Oscar Paul Peter Philip Rachel Robert Rose Ruth Samuel Sarah Simon Sophie Stephen Susan Thomas Victor Walter William")

var cities = strings.Split("Accra Adelaide Algiers Ankara Auckland Baghdad Baku Bamako Bangkok Belgrade Bogota Brasilia Brisbane Bucharest "+
	"Budapest Cairo Calgary Caracas Casablanca Chicago Colombo Dakar Dallas Denver Dhaka Dubai Durban Hanoi Harare Havana Helsinki Houston "+
	"Istanbul Jakarta Kabul Kampala Karachi Kiev Lagos Lima Luanda Lusaka Manila Melbourne Miami Minsk Montreal Mumbai Nairobi Osaka Oslo "+
	"Ottawa Perth Prague Quito Riga Santiago Sapporo Seattle Seoul Shanghai Singapore Sofia Stockholm Sydney Taipei Tallinn Tehran Tokyo "+
	"Toronto Tunis Vancouver Vilnius Warsaw Wellington Zagreb", " ")
