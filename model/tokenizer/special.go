package tokenizer

import (
	"sort"
	"strings"
)

// specials finds tokens that are cut out of text before anything else looks at
// it: control and unknown tokens where asked for, user-defined tokens always.
type specials struct {
	order []special // longest text first, then lowest id
	trie  []trieNode
	first [256]bool // whether a token starts with that byte
}

type special struct {
	text string
	id   int32
	user bool // user-defined: text, and so always found
}

type trieNode struct {
	next  map[byte]int32
	index int32 // in specials.order; -1: no token ends here
}

// fragment is a part of a text: a special token, or text between them (id -1).
type fragment struct{ start, end, id int }

func newSpecials(c *Config) *specials {
	s := &specials{trie: []trieNode{{index: -1}}}
	for id, text := range c.Tokens {
		switch t := c.tokenType(id); {
		case text == "":
		case t == TypeControl, t == TypeUnknown, t == TypeUserDefined:
			s.order = append(s.order, special{text, int32(id), t == TypeUserDefined})
		}
	}
	sort.SliceStable(s.order, func(i, j int) bool { return len(s.order[i].text) > len(s.order[j].text) })
	for i := range s.order {
		s.insert(i)
	}
	return s
}

func (s *specials) insert(i int) {
	text := s.order[i].text
	s.first[text[0]] = true
	at := int32(0)
	for j := range len(text) {
		next, ok := s.trie[at].next[text[j]]
		if !ok {
			next = int32(len(s.trie))
			if s.trie[at].next == nil {
				s.trie[at].next = map[byte]int32{}
			}
			s.trie[at].next[text[j]] = next
			s.trie = append(s.trie, trieNode{index: -1})
		}
		at = next
	}
	s.trie[at].index = int32(i)
}

// present tells which tokens, by their place in order, occur in text.
func (s *specials) present(text string, control bool) map[int]bool {
	var found map[int]bool
	for i := 0; i < len(text); i++ {
		if !s.first[text[i]] {
			continue
		}
		at, ok := int32(0), true
		for j := i; j < len(text); j++ {
			if at, ok = s.trie[at].next[text[j]]; !ok {
				break
			}
			if k := int(s.trie[at].index); k >= 0 && (control || s.order[k].user) {
				if found == nil {
					found = map[int]bool{}
				}
				found[k] = true
			}
		}
	}
	return found
}

// split cuts text at special tokens. The longest token is cut out first,
// wherever it is, then the next: where tokens overlap, the longer one wins.
func (s *specials) split(text string, control bool) []fragment {
	if text == "" {
		return nil
	}
	parts := []fragment{{0, len(text), -1}}
	found := s.present(text, control)
	for k := range s.order {
		if found[k] {
			parts = cutOut(text, parts, s.order[k])
		}
	}
	return parts
}

// join gives the text of parts and its fragments.
func (s *specials) join(parts []Part) (string, []fragment) {
	var text strings.Builder
	var out []fragment
	for _, p := range parts {
		at := text.Len()
		text.WriteString(p.Text)
		for i, f := range s.split(p.Text, p.Special) {
			f.start, f.end = f.start+at, f.end+at
			if last := len(out) - 1; i == 0 && last >= 0 && f.id < 0 && out[last].id < 0 {
				out[last].end = f.end // ordinary text runs on over the joint
				continue
			}
			out = append(out, f)
		}
	}
	return text.String(), out
}

// cutOut replaces the occurrences of one token in the text parts.
func cutOut(text string, parts []fragment, tok special) []fragment {
	out := make([]fragment, 0, len(parts)+2)
	for _, p := range parts {
		for p.id < 0 && p.start < p.end {
			i := strings.Index(text[p.start:p.end], tok.text)
			if i < 0 {
				break
			}
			if i > 0 {
				out = append(out, fragment{p.start, p.start + i, -1})
			}
			p.start += i + len(tok.text)
			out = append(out, fragment{p.start - len(tok.text), p.start, int(tok.id)})
		}
		if p.start < p.end {
			out = append(out, p)
		}
	}
	return out
}
