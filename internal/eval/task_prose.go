package eval

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// valuesPerKey is the number of magic numbers that a city has in multi-needle.
const valuesPerKey = 4

// multiNeedle hides several magic numbers per city, one in each part of the
// text.
func multiNeedle(g *generator) error {
	names, err := g.names(cities, g.Facts)
	if err != nil {
		return err
	}
	numbers := distinct(g.Facts*valuesPerKey, func() string { return g.digits(7) })
	var secrets []hidden
	for i, city := range names {
		mine := numbers[i*valuesPerKey : (i+1)*valuesPerKey]
		g.sample.Questions = append(g.sample.Questions, Question{
			Text:    fmt.Sprintf("What are all %d magic numbers of %s?", valuesPerKey, city),
			Lead:    fmt.Sprintf("The %d magic numbers of %s are", valuesPerKey, city),
			Answers: mine, Metric: ContainsAll, MaxTokens: 12 * valuesPerKey,
		})
		for j, depth := range g.depths(valuesPerKey) {
			secrets = append(secrets, hidden{fmt.Sprintf("One of the magic numbers of %s is %s.", city, mine[j]), depth, i})
		}
	}
	return g.inProse(tellLater, secrets)
}

// Of common words, RULER repeats ten words 30 times each and the others 3 times,
// in short texts 6 times and once.
const (
	commonest      = 10
	shortWordsList = 4096 // tokens
)

// commonWords lists words of the haystack, of which ten are far more frequent.
func commonWords(g *generator) error {
	common, rare := 30, 3
	if g.Length < shortWordsList {
		common, rare = 6, 1
	}
	vocabulary := g.Haystack.words()
	g.rng.Shuffle(len(vocabulary), func(i, j int) { vocabulary[i], vocabulary[j] = vocabulary[j], vocabulary[i] })
	if len(vocabulary) < commonest {
		return fmt.Errorf("%w: it has %d different words; name more text files", ErrUsedUp, len(vocabulary))
	}
	shuffle := g.rng.Uint64()
	write := func(n int, found func(word string, at Range)) string {
		return numbered(wordList(vocabulary[:commonest], vocabulary[commonest:commonest+n], common, rare, shuffle), found)
	}
	most := len(vocabulary) - commonest
	n, err := g.fit(most, func(n int) string { return write(n, func(string, Range) {}) })
	if err != nil {
		return err
	}
	if n == most {
		return fmt.Errorf("%w: all words of %s are in the list; choose fewer tokens or name more text files", ErrUsedUp, g.sample.Source)
	}
	q := Question{
		Text: fmt.Sprintf("Which %d words are the most frequent in the list?", commonest), Lead: fmt.Sprintf("The %d most frequent words are:", commonest),
		Answers: vocabulary[:commonest:commonest], Metric: ContainsAll, MaxTokens: 120,
	}
	places := map[string][]Range{}
	g.sample.Context = write(n, func(word string, at Range) { places[word] = append(places[word], at) })
	for _, word := range q.Answers {
		q.Needles = append(q.Needles, places[word]...)
	}
	g.sample.Questions = []Question{q}
	return nil
}

// wordList has some words more often than others, in an order that is random
// but always the same.
func wordList(often, seldom []string, times, fewTimes int, seed uint64) []string {
	list := slices.Concat(slices.Repeat(often, times), slices.Repeat(seldom, fewTimes))
	rng := rand.New(rand.NewPCG(seed, 0))
	rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// numbered writes a numbered list of words.
func numbered(list []string, found func(word string, at Range)) string {
	var b strings.Builder
	b.WriteString("A numbered list of words follows. Some come far more often than the others; remember those.\n\n")
	for i, word := range list {
		if i > 0 {
			b.WriteString(" ")
		}
		fmt.Fprintf(&b, "%d. ", i+1)
		start := b.Len()
		b.WriteString(word)
		found(word, Range{start, b.Len()})
	}
	return b.String()
}
