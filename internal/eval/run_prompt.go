package eval

import (
	"errors"

	"fovea/model"
	"fovea/model/actqkv"
	"fovea/model/template"
	"fovea/model/tokenizer"
	"fovea/shaders"
)

// Subject is what is measured: a model with what turns text into its tokens.
type Subject struct {
	Model     *model.Model
	Tokenizer *tokenizer.Tokenizer
	Template  *template.Template
	KV        shaders.KV // format of keys and values
}

// session opens a session. Limits of memory are for the methods that can keep
// blocks elsewhere; dense attention, which they are compared with, cannot.
func (s *Subject) session(settings actqkv.Settings, capacity int) (*model.Session, error) {
	if limits := s.Model.Limits; settings.Method == actqkv.Full {
		s.Model.Limits = model.Limits{}
		defer func() { s.Model.Limits = limits }()
	}
	return s.Model.NewSession(model.SessionOptions{Settings: settings, KV: s.KV, Capacity: capacity})
}

// Count is the number of tokens of a text.
func (s *Subject) Count(text string) int { return len(s.Tokenizer.Encode(text, false)) }

// scaffold is what the chat template writes before and behind a user's message.
// Only this text is parsed for control tokens.
func (s *Subject) scaffold() (head, tail string, err error) {
	const content = "?" // any text serves
	rendered, spans, err := s.Template.RenderSpans([]template.Message{{Role: "user", Content: content}}, template.Options{
		AddGenerationPrompt: true, BOSToken: s.Tokenizer.BOSText(), EOSToken: s.Tokenizer.EOSText(),
	})
	if err != nil {
		return "", "", err
	}
	if !spans[0].Known() {
		return "", "", errors.New("eval: the model's chat template does not write the user's message as it is; choose another model")
	}
	return rendered[:spans[0].Start], rendered[spans[0].End:], nil
}

// prompt is a text as a model reads it.
type prompt struct {
	ids   []int32
	text  int            // bytes before the sample's text
	bytes []Range        // of each token, in what was encoded
	asked [2]int         // tokens of the question before the text
	tail  tokenizer.Part // what follows the user's message
	enc   *tokenizer.Tokenizer

	// Of method fovea-joined: the second half of the text, which begins at byte cut
	// of it, as it is read alone.
	second *prompt
	cut    int
}

// before is what the model reads up to the end of a sample's text, and behind
// that nothing yet. A question that is not "" stands before the text.
func (s *Subject) before(sample *Sample, question string) (*prompt, error) {
	head, tail := "", ""
	if !sample.Raw {
		var err error
		if head, tail, err = s.scaffold(); err != nil {
			return nil, err
		}
	}
	parts, asked := []tokenizer.Part{{Text: head, Special: true}}, Range{}
	p := &prompt{text: len(head), tail: tokenizer.Part{Text: tail, Special: true}, enc: s.Tokenizer}
	if question != "" {
		asked = Range{len(head), len(head) + len(question)}
		parts = append(parts, tokenizer.Part{Text: question + "\n\n"})
		p.text += len(question) + 2
	}
	tokens := s.Tokenizer.EncodeParts(append(parts, tokenizer.Part{Text: sample.Context}))
	for _, t := range tokens {
		p.ids, p.bytes = append(p.ids, t.ID), append(p.bytes, Range{t.Start, t.End})
	}
	p.asked = tokenizer.Covering(tokens, asked.Start, asked.End)
	if len(p.ids) > 0 {
		if bos, ok := s.Tokenizer.MissingBOS(p.ids[:1]); ok {
			p.ids, p.bytes = append([]int32{bos}, p.ids...), append([]Range{{}}, p.bytes...)
			p.asked[0], p.asked[1] = p.asked[0]+1, p.asked[1]+1
		}
	}
	return p, nil
}

// ask is what the model reads behind the text: the question, which are the tokens
// from asked[0] up to asked[1], what the template has between it and the answer,
// and the answer's beginning.
func (p *prompt) ask(q Question) (ids []int32, asked [2]int) {
	joint := "\n\n"
	if q.Joint != "" {
		joint = q.Joint
	}
	tokens := p.enc.EncodeParts([]tokenizer.Part{{Text: joint + q.Text}, p.tail, {Text: q.Lead}})
	for _, t := range tokens {
		ids = append(ids, t.ID)
	}
	return ids, tokenizer.Covering(tokens, len(joint), len(joint)+len(q.Text))
}

// answer is the first right answer as the model would write it behind ask, as far
// as an answer may go.
func (p *prompt) answer(q Question) (ids []int32) {
	text := q.Answers[0]
	if q.Lead != "" {
		text = " " + text
	}
	for _, t := range p.enc.EncodeParts([]tokenizer.Part{{Text: text}}) {
		ids = append(ids, t.ID)
	}
	return ids[:min(len(ids), q.MaxTokens)]
}

// positions are those of the tokens that have a part of the ranges of bytes of
// the sample's text, ascending.
func (p *prompt) positions(ranges []Range) (at []int) {
	for i, b := range p.bytes {
		for _, r := range ranges {
			if b.Start < p.text+r.End && b.End > p.text+r.Start {
				at = append(at, i)
				break
			}
		}
	}
	return at
}
