package tokenizer

// merger merges neighbouring parts of a text, the pair of lowest key first, of
// equals the leftmost, until no pair merges.
type merger struct {
	parts []part
	queue []candidate // binary heap
}

// part is the symbol of bytes start to end; a part that was merged into the one
// before is empty.
type part struct {
	symbol, start, end int32
	prev, next         int32 // -1: none
}

// candidate is a merge of two parts, possible while they end where they did
// when it was found.
type candidate struct {
	key         float64
	symbol      int32
	left, right int32
	middle, end int32 // ends of the two parts
}

func (c *candidate) before(o *candidate) bool {
	return c.key < o.key || c.key == o.key && c.left < o.left
}

func (m *merger) reset() { m.parts, m.queue = m.parts[:0], m.queue[:0] }

// add appends a part.
func (m *merger) add(symbol int32, start, end int) {
	i := int32(len(m.parts))
	if i > 0 {
		m.parts[i-1].next = i
	}
	m.parts = append(m.parts, part{symbol, int32(start), int32(end), i - 1, -1})
}

// merge merges what lookup gives a key and a symbol for.
func (m *merger) merge(lookup func(left, right *part) (key float64, symbol int32, ok bool)) {
	try := func(left, right int32) {
		if left < 0 || right < 0 {
			return
		}
		l, r := &m.parts[left], &m.parts[right]
		if key, symbol, ok := lookup(l, r); ok {
			m.push(candidate{key, symbol, left, right, l.end, r.end})
		}
	}
	for i := 1; i < len(m.parts); i++ {
		try(int32(i-1), int32(i))
	}
	for len(m.queue) > 0 {
		c := m.pop()
		l, r := &m.parts[c.left], &m.parts[c.right]
		if l.start == l.end || r.start == r.end || l.end != c.middle || r.end != c.end {
			continue // one of them was merged since
		}
		l.symbol, l.end, l.next = c.symbol, r.end, r.next
		r.start = r.end
		if r.next >= 0 {
			m.parts[r.next].prev = c.left
		}
		try(l.prev, c.left)
		try(c.left, l.next)
	}
}

// each calls f for the parts that are left, in order.
func (m *merger) each(f func(p *part)) {
	for i := int32(0); i >= 0 && int(i) < len(m.parts); i = m.parts[i].next {
		f(&m.parts[i])
	}
}

func (m *merger) push(c candidate) {
	m.queue = append(m.queue, c)
	for i := len(m.queue) - 1; i > 0; {
		up := (i - 1) / 2
		if !m.queue[i].before(&m.queue[up]) {
			break
		}
		m.queue[i], m.queue[up] = m.queue[up], m.queue[i]
		i = up
	}
}

func (m *merger) pop() candidate {
	top, last := m.queue[0], len(m.queue)-1
	m.queue[0] = m.queue[last]
	m.queue = m.queue[:last]
	for i := 0; ; {
		least := i
		for _, down := range [2]int{2*i + 1, 2*i + 2} {
			if down < last && m.queue[down].before(&m.queue[least]) {
				least = down
			}
		}
		if least == i {
			return top
		}
		m.queue[i], m.queue[least] = m.queue[least], m.queue[i]
		i = least
	}
}
