package eval

import (
	"fmt"
	"time"
)

// pace tells the progress of a run, and from its speed so far the time left.
type pace struct {
	tell      func(Progress)
	before    bool
	start     time.Time
	done, all float64 // costs
	asked, of int     // questions
	current   *job
	ready     int // questions of the current job that are answered
}

func newPace(tell func(Progress), jobs []job, before bool) *pace {
	p := &pace{tell: tell, before: before, start: time.Now()}
	for i := range jobs {
		p.all += jobs[i].cost(before)
		p.of += len(jobs[i].ask)
	}
	return p
}

func (p *pace) begin(j *job) { p.current, p.ready = j, 0 }

func (p *pace) end(j *job) {
	p.done += j.cost(p.before)
	p.asked += len(j.ask)
	p.current = nil
}

// read tells that a text is read up to a token.
func (p *pace) read(done, of int) {
	part := float64(done) / float64(of) * float64(p.current.tokens)
	p.say(part, fmt.Sprintf("reading token %d of %d", done, of))
}

// answered tells that one more question of the current text is answered.
func (p *pace) answered() {
	p.ready++
	p.say(float64(p.current.tokens), "asking")
}

// say tells what is done, with the cost of reading the current text so far.
func (p *pace) say(reading float64, doing string) {
	if p.tell == nil {
		return
	}
	j, cost := p.current, reading+float64(p.ready*answerCost)
	if p.before {
		cost = reading + float64(p.ready*(p.current.tokens+answerCost))
	}
	done := p.done + min(cost, j.cost(p.before))
	out := Progress{
		Done: p.asked + p.ready, Of: p.of,
		Doing: fmt.Sprintf("%s, %s: %s", j.Sample, settingsKey(j.Method, j.Budget), doing),
	}
	if elapsed := time.Since(p.start); done > 0 && elapsed > time.Second {
		out.Left = time.Duration(float64(elapsed) * (p.all - done) / done)
	}
	p.tell(out)
}
