package conversation

import (
	"fmt"
	"strings"
	"testing"
	"time"

	look "fovea/app/ui/theme"
)

// hundreds returns n messages with answers of some length.
func hundreds(n int) []Message {
	messages := make([]Message, n)
	for i := range messages {
		m := Message{ID: int64(i + 1), Role: User, Text: fmt.Sprintf("Question %d", i)}
		if i%2 == 1 {
			m.Role, m.Text = Assistant, answer
			m.Pages = []Consulted{{Document: 1, Page: i, Share: 0.3}}
			m.Figures = Figures{Tokens: i, Rate: 3}
		}
		messages[i] = m
	}
	return messages
}

// words returns an answer of n words in paragraphs.
func words(n int) string {
	var sb strings.Builder
	for i := range n {
		sb.WriteString("word" + fmt.Sprint(i%97))
		switch {
		case i%80 == 79:
			sb.WriteString(".\n\n")
		case i%23 == 5:
			sb.WriteString(" **bold** ")
		default:
			sb.WriteByte(' ')
		}
	}
	return sb.String()
}

// BenchmarkSetMessages is the time to show 500 messages again of which the last one changed.
func BenchmarkSetMessages(b *testing.B) {
	p, _ := open(b, look.Dark, 1000, 800)
	messages := hundreds(500)
	p.SetMessages(messages)
	for i := 0; b.Loop(); i++ {
		messages[499].Figures.Tokens = i
		p.SetMessages(messages)
	}
}

// BenchmarkSetMessagesFirst is the time to show 500 messages for the first time.
func BenchmarkSetMessagesFirst(b *testing.B) {
	p, _ := open(b, look.Dark, 1000, 800)
	messages := hundreds(500)
	for b.Loop() {
		p.SetMessages(nil)
		p.SetMessages(messages)
	}
}

// BenchmarkScroll is the time of one turn of the wheel in 500 messages.
func BenchmarkScroll(b *testing.B) {
	p, _ := open(b, look.Dark, 1000, 800)
	p.SetMessages(hundreds(500))
	for i := 0; b.Loop(); i++ {
		dy := float32(-120)
		if i/400%2 == 1 {
			dy = 120
		}
		p.thread.by(dy)
	}
}

// BenchmarkGrow is the time of one Grow at the end of an answer of 2,000 words, in paragraphs and as
// one paragraph, which is the worst that can come.
func BenchmarkGrow(b *testing.B) {
	for name, text := range map[string]string{
		"paragraphs": words(2000),
		"one":        strings.ReplaceAll(words(2000), "\n\n", " "),
		"code":       "```\n" + strings.ReplaceAll(words(2000), "\n\n", "\n"),
	} {
		b.Run(name, func(b *testing.B) {
			p, _ := open(b, look.Dark, 1000, 800)
			p.SetMessages([]Message{{ID: 1, Role: User, Text: "?"}, {ID: 2, Role: Assistant, State: Writing}})
			p.Grow(2, text)
			for i := 0; b.Loop(); i++ {
				p.Grow(2, text+strings.Repeat("more ", i%200))
			}
		})
	}
}

// TestSpeed holds the pane to its limits, with a wide margin, as tests run beside others.
func TestSpeed(t *testing.T) {
	p, _ := open(t, look.Dark, 1000, 800)
	messages := hundreds(500)
	p.SetMessages(messages)
	if d := fastest(10, func(i int) {
		messages[499].Figures.Tokens = i
		p.SetMessages(messages)
	}); d > 50*time.Millisecond {
		t.Errorf("500 messages took %v, want under 50 ms", d)
	}
	text := words(2000)
	p.Grow(500, text)
	if d := fastest(20, func(i int) { p.Grow(500, text+strings.Repeat("more ", i)) }); d > 5*time.Millisecond {
		t.Errorf("one Grow took %v, want under 5 ms", d)
	}
}

// fastest returns the shortest time of n runs: the others may have been interrupted.
func fastest(n int, f func(i int)) time.Duration {
	best := time.Hour
	for i := range n {
		start := time.Now()
		f(i)
		best = min(best, time.Since(start))
	}
	return best
}
