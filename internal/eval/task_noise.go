package eval

import (
	"fmt"
	"strings"
)

const tellLater = "A long text follows. Some sentences in it matter; remember them, for you will be asked about them.\n\n"

// numberString hides ten digits per question, of which five are random and five
// repeat a neighbour, each by the name of a person. Every number is said twice, as
// in infinity-Bench. The name stands beside the number, as small models mix up
// facts that differ only farther away.
func numberString(g *generator) error {
	numbers := distinct(g.Facts, func() string {
		s := g.digits(5)
		for range 5 {
			at := g.rng.IntN(len(s))
			s = s[:at+1] + s[at:]
		}
		return s
	})
	names, err := g.names(people, len(numbers))
	if err != nil {
		return err
	}
	var secrets []hidden
	for i, depth := range g.depths(len(numbers)) {
		of := "sequence of digits of " + names[i]
		secrets = append(secrets, hidden{fmt.Sprintf("The %s is %s. Remember it. %[2]s is the %[1]s.", of, numbers[i]), depth, i})
		g.sample.Questions = append(g.sample.Questions, Question{
			Text: fmt.Sprintf("What is the %s?", of), Lead: fmt.Sprintf("The %s is", of),
			Answers: []string{numbers[i]}, Metric: FirstNumber, MaxTokens: 12,
		})
	}
	return g.inNoise(tellLater, secrets)
}

// keyValue hides nothing: every pair of the object looks like the others.
func keyValue(g *generator) error {
	const intro = "A JSON object follows. You will be asked for the value of one of its keys.\n\n{"
	pairs := []string{} // grown as needed, so that they do not depend on the search
	pair := func(i int) (key, value string) {
		for len(pairs) <= 2*i+1 {
			pairs = append(pairs, g.uuid())
		}
		return pairs[2*i], pairs[2*i+1]
	}
	write := func(n int, found func(i int, at Range)) string {
		var b strings.Builder
		b.WriteString(intro)
		for i := range n {
			if i > 0 {
				b.WriteString(",\n")
			}
			key, value := pair(i)
			start := b.Len()
			fmt.Fprintf(&b, "%q: %q", key, value)
			found(i, Range{start, b.Len()})
		}
		return b.String() + "}"
	}
	n, err := g.fit(endless, func(n int) string { return write(n, func(int, Range) {}) })
	if err != nil {
		return err
	}
	if n < g.Facts {
		return fmt.Errorf("%w: it has room for %d pairs; choose more tokens or fewer facts", ErrTooShort, n)
	}
	places := make([]Range, n)
	g.sample.Context = write(n, func(i int, at Range) { places[i] = at })
	for _, depth := range g.depths(g.Facts) {
		i := min(int(depth*float64(n)), n-1)
		key, value := pair(i)
		g.sample.Questions = append(g.sample.Questions, Question{
			Text: fmt.Sprintf("What is the value of the key %q?", key), Lead: fmt.Sprintf("The value of the key %q is", key),
			Answers: []string{value}, Metric: Word, MaxTokens: 50, Needles: []Range{places[i]},
		})
	}
	return nil
}

// uuid is a random UUID, version 4.
func (g *generator) uuid() string {
	a, b := g.rng.Uint64(), g.rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000, b&0xffffffffffff)
}

// hops is the number of assignments from variable to variable in a chain.
const hops = 4

// variables hides chains of assignments in noise, one a question. The
// assignments of a chain come in their order, one in each fifth of the text.
func variables(g *generator) error {
	names := distinct(g.Facts*(hops+1), func() string {
		b := make([]byte, 5)
		for i := range b {
			b[i] = byte('A' + g.rng.IntN(26))
		}
		return string(b)
	})
	values := distinct(g.Facts, func() string { return g.digits(5) })
	var secrets []hidden
	for i, value := range values {
		chain := names[i*(hops+1) : (i+1)*(hops+1)]
		right := value
		for j, depth := range g.depths(hops + 1) {
			secrets = append(secrets, hidden{fmt.Sprintf("VAR %s = %s.", chain[j], right), depth, i})
			right = "VAR " + chain[j]
		}
		text := fmt.Sprintf("which variables have the value %s, directly or through other variables?", value)
		g.sample.Questions = append(g.sample.Questions, Question{
			Text: "By the assignments in the text, " + text,
			Lead: fmt.Sprintf("The %d variables that have the value %s are:", hops+1, value), Answers: chain, Metric: ContainsAll, MaxTokens: 60,
		})
	}
	return g.inNoise("Assignments to variables are hidden in the text that follows. Keep track of them.\n\n", secrets)
}
