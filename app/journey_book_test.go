package app_test

import (
	"image"
	"slices"
	"testing"
	"time"
)

// TestBookWhileTyping drops a PDF of 2,400 pages into the window. While it is
// opened, kept and then read, the window answers, and what is typed arrives.
// On a machine with nothing else to do all answers come within 100 ms, which the
// log tells. Other work disturbs that, but what blocks the window in the
// program does so each time; hence the attempts, and the room in the limits.
func TestBookWhileTyping(t *testing.T) {
	const (
		pages    = 2400
		attempts = 3
		most     = 300 * time.Millisecond // of all answers
		nearly   = 100 * time.Millisecond // of 99 in 100
	)
	path := book(t, pages)
	for range attempts {
		answers := dropBook(t, path, pages)
		slices.Sort(answers)
		n := len(answers)
		t.Logf("the window answered %d times: half within %v, 90 %% within %v, 99 %% within %v, all within %v",
			n, answers[n/2], answers[n*9/10], answers[n*99/100], answers[n-1])
		if answers[n*99/100] <= nearly && answers[n-1] <= most {
			return
		}
	}
	t.Errorf("in none of %d attempts the window answered within %v nearly always and within %v always", attempts, nearly, most)
}

// dropBook drops a book into the window of a new program, types while it is
// opened, and returns how long the window took to answer, about every 50 ms.
func dropBook(t *testing.T, path string, pages int) (answers []time.Duration) {
	t.Helper()
	j := newJourney(t, true)
	j.start()
	j.place()
	j.see("SmolLM2 135M Instruct", image.Rect(0, 760, 1280, 800)) // it is loaded
	j.click("Ask a question", middle)
	began := time.Now()
	ping := func() {
		answer := j.window.Ping()
		if answers = append(answers, answer); answer > 100*time.Millisecond {
			t.Logf("%v after the drop the window answered only after %v", time.Since(began), answer)
		}
		time.Sleep(50 * time.Millisecond)
	}
	j.must(j.window.Drop(600, 300, path))
	var typed []byte
	for len(j.documents()) == 0 {
		if time.Since(began) > patience {
			t.Fatal("the book is not kept")
		}
		if len(typed) < 200 {
			typed = append(typed, byte('a'+len(typed)%26))
			j.window.Type(string(typed[len(typed)-1:]))
		}
		ping()
	}
	t.Logf("the book is opened and kept after %v", time.Since(began))
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		ping()
	}
	j.see("Reading page", middle)
	j.window.Save("book")
	if d := j.documents()[0]; d.Pages != pages {
		t.Errorf("the book has %d pages, not %d", d.Pages, pages)
	}
	if got := j.copied(func() { j.window.Key("ctrl+a"); j.window.Key("ctrl+c") }); len(typed) == 0 || got != string(typed) {
		t.Errorf("typed %q,\ngot   %q", typed, got)
	}
	if code := j.program.Quit(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	return answers
}
