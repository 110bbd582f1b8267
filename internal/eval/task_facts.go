package eval

import (
	"fmt"
	"slices"
	"strings"
)

// kind is something that a person has one of.
type kind struct {
	noun   string
	digits int    // of its value, which is a number; 0: it is one of values
	values string // words, parted by spaces
}

// kinds are what facts are about. Of facts of one kind in one text a small model
// mixes up most, even short texts that it attends wholly: with ten of a kind it
// told the value of another person in two of three answers. So the facts of a
// text are of different kinds as long as there are any.
var kinds = []kind{
	{noun: "pass key", digits: 5},
	{noun: "magic number", digits: 7},
	{noun: "year of birth", digits: 4},
	{noun: "favourite fruit", values: "papaya mango guava lychee apricot kiwi nectarine tangerine persimmon cranberry raspberry blueberry pineapple watermelon"},
	{noun: "favourite vegetable", values: "broccoli spinach asparagus celery radish zucchini cauliflower artichoke leek pumpkin eggplant turnip"},
	{noun: "favourite animal", values: "kangaroo giraffe hedgehog squirrel dolphin elephant crocodile hamster zebra panther otter walrus"},
	{noun: "favourite bird", values: "pelican flamingo sparrow penguin woodpecker nightingale falcon ostrich hummingbird seagull albatross"},
	{noun: "favourite flower", values: "tulip orchid jasmine dandelion sunflower lavender magnolia hyacinth geranium chrysanthemum petunia"},
	{noun: "favourite colour", values: "turquoise magenta maroon beige lilac khaki teal mauve burgundy"},
	{noun: "instrument", values: "saxophone trombone violin clarinet accordion harpsichord banjo ukulele mandolin bassoon xylophone"},
	{noun: "profession", values: "carpenter dentist plumber electrician librarian journalist firefighter blacksmith gardener accountant pharmacist"},
	{noun: "favourite drink", values: "lemonade espresso cider whisky cappuccino champagne buttermilk cocoa"},
	{noun: "favourite spice", values: "cinnamon paprika nutmeg oregano cumin cardamom turmeric rosemary coriander"},
	{noun: "favourite sport", values: "badminton volleyball archery fencing basketball rugby hockey karate gymnastics snooker"},
	{noun: "favourite country", values: "Mongolia Portugal Kenya Iceland Vietnam Peru Finland Jamaica Nepal Uruguay Bolivia Morocco"},
	{noun: "favourite dish", values: "lasagna goulash risotto paella ravioli moussaka omelette dumplings pancakes burrito"},
	{noun: "vehicle", values: "motorcycle tractor helicopter bicycle submarine canoe tram scooter minibus sailboat"},
	{noun: "favourite fabric", values: "denim corduroy flannel polyester cashmere tweed nylon"},
	{noun: "favourite dance", values: "tango waltz flamenco foxtrot salsa polka bolero rumba"},
	{noun: "favourite cheese", values: "cheddar gouda mozzarella camembert feta gorgonzola parmesan roquefort"},
}

// metric is the measure of answers: a number has no further digits.
func (k kind) metric() string {
	if k.digits > 0 {
		return FirstNumber
	}
	return ContainsAll
}

// values are those of the facts so far.
type values []string

// mentions says whether one has v in it, or v has it.
func (all values) mentions(v string) bool {
	return slices.ContainsFunc(all, func(a string) bool { return strings.Contains(a, v) || strings.Contains(v, a) })
}

// value is one for a fact of the kind, which neither the haystack nor a fact before
// mentions.
func (g *generator) value(k kind, taken values) (string, error) {
	free := func(v string) bool { return !taken.mentions(v) && (g.Haystack == nil || !g.Haystack.mentions(v)) }
	if k.digits > 0 {
		for {
			if v := g.digits(k.digits); free(v) {
				return v, nil
			}
		}
	}
	all := strings.Fields(k.values)
	for _, i := range g.rng.Perm(len(all)) {
		if free(all[i]) {
			return all[i], nil
		}
	}
	return "", fmt.Errorf("the haystack mentions all values that a %s may have; choose fewer facts or another haystack", k.noun)
}

// facts makes one question a fact, each about another person and, up to the
// number of kinds, another kind of thing, and has the sentences hidden. say is as
// told.
func (g *generator) facts(say string, hide func(intro string, secrets []hidden) error) error {
	names, err := g.names(people, g.Facts)
	if err != nil {
		return err
	}
	var secrets []hidden
	var taken values
	order := g.rng.Perm(len(kinds))
	for i, depth := range g.depths(g.Facts) {
		k := kinds[order[i%len(order)]]
		value, err := g.value(k, taken)
		if err != nil {
			return err
		}
		taken = append(taken, value)
		what := fmt.Sprintf("%s of %s", k.noun, names[i])
		secrets = append(secrets, hidden{fmt.Sprintf(say, what, value), depth, i})
		g.sample.Questions = append(g.sample.Questions, Question{
			Text: fmt.Sprintf("What is the %s?", what), Lead: fmt.Sprintf("The %s =", what),
			Answers: []string{value}, Metric: k.metric(), MaxTokens: factTokens,
		})
	}
	return hide(tellLater, secrets)
}

const (
	// told is how a fact is told, of what [1] and its value [2]. With an equals sign
	// the model repeats a value, with "is" it would rather explain what such a thing
	// is in general.
	told = "Remember: The %[1]s = %[2]s."
	// factTokens is the most tokens of an answer: values have up to seven.
	factTokens = 8
)

// passkey hides facts in noise, each said twice, as in infinity-Bench.
func passkey(g *generator) error { return g.facts(told+" "+told, g.inNoise) }

// needle hides facts in prose.
func needle(g *generator) error { return g.facts(told, g.inProse) }
