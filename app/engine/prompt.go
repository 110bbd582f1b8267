package engine

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"fovea/app/document"
	"fovea/model/template"
	"fovea/model/tokenizer"
	"fovea/model/trace"
)

// place is the page of a token; page 0 is no page.
type place struct{ doc, page int32 }

// placed is a token to read, with its place.
type placed struct {
	id int32
	place
	offset int32 // in bytes, of the document's text
}

// spanTokens is the most tokens of a span of the map of positions.
const spanTokens = 32

// took notes the place of a token that the session has read.
func (c *Conversation) took(t placed) {
	pos := len(c.places)
	if pos == 0 || pos-c.spans[len(c.spans)-1].Pos == spanTokens || c.places[pos-1] != t.place {
		s := trace.Span{Pos: pos, Doc: -1}
		if t.page > 0 {
			s = trace.Span{Pos: pos, Doc: int(t.doc), Page: int(t.page), Offset: int(t.offset)}
		}
		c.spans = append(c.spans, s)
	}
	c.places, c.ids = append(c.places, t.place), append(c.ids, t.id)
}

// tookPending does so with the next n of those that the session had yet to read.
func (c *Conversation) tookPending(n int) {
	for _, t := range c.pending[:n] {
		c.took(t)
	}
	c.pending = c.pending[n:]
}

func idsOf(tokens []placed) []int32 {
	ids := make([]int32, len(tokens))
	for i, t := range tokens {
		ids[i] = t.id
	}
	return ids
}

// scaffold is what the chat template writes around a user's message: the text
// from where the conversation stands to the message, and from the message to
// the beginning of the answer. Only this text is parsed for special tokens, so
// a document or a question that spells out "<|im_end|>" ends nothing.
func (c *Conversation) scaffold() (head, tail string, err error) {
	const content = "?" // any text serves
	messages := append(slices.Clone(c.history), template.Message{Role: "user", Content: content})
	rendered, spans, err := c.engine.Template.RenderSpans(messages, template.Options{
		AddGenerationPrompt: true, BOSToken: c.engine.Tokenizer.BOSText(), EOSToken: c.engine.Tokenizer.EOSText(),
	})
	if err != nil {
		return "", "", err
	}
	user := spans[len(spans)-1]
	if !user.Known() {
		return "", "", errors.New("engine: the model's chat template does not write the user's message as it is")
	}
	from := 0
	if c.answered() {
		answer := spans[len(spans)-2]
		if !answer.Known() {
			return "", "", errors.New("engine: the model's chat template changes earlier answers, so a conversation cannot go on")
		}
		from = answer.End
	}
	return rendered[from:user.Start], rendered[user.End:], nil
}

// answered says whether the conversation has an answer already.
func (c *Conversation) answered() bool {
	return len(c.history) > 0 && c.history[len(c.history)-1].Role == "assistant"
}

// prompt is text to read, put together of the template's and of people's.
type prompt struct {
	parts []tokenizer.Part
	bytes int
	texts []documentText // in order
	asked [2]int         // bytes of the question
}

// documentText says where in a prompt a document's text begins.
type documentText struct{ doc, start int }

// marks adds text of the chat template, where special tokens are meant.
func (p *prompt) marks(text string) { p.add(text, true) }

// write adds text that people wrote.
func (p *prompt) write(text string) { p.add(text, false) }

func (p *prompt) add(text string, special bool) {
	p.parts = append(p.parts, tokenizer.Part{Text: text, Special: special})
	p.bytes += len(text)
}

// ask adds the question before the documents, too.
func (p *prompt) ask(question string) {
	p.write("Question:\n")
	p.asked = [2]int{p.bytes, p.bytes + len(question)}
	p.write(question + "\n\n")
}

// document adds a document, by its number in the conversation.
func (p *prompt) document(number int, d *document.Document) {
	p.write(fmt.Sprintf("Document: %s\n\n", d.Title))
	p.texts = append(p.texts, documentText{number, p.bytes})
	p.write(d.Text())
	p.write(documentEnd)
}

// documentEnd stands behind the text of a document.
const documentEnd = "\n\n"

// encode gives the prompt's tokens with their pages, and the range of those of
// the question.
func (c *Conversation) encode(p *prompt) (tokens []placed, asked [2]int) {
	all := c.engine.Tokenizer.EncodeParts(p.parts)
	for _, t := range all {
		tokens = append(tokens, c.place(p, t.ID, t.Start))
	}
	return tokens, tokenizer.Covering(all, p.asked[0], p.asked[1])
}

// place gives a token that begins at the byte start of the prompt its place.
func (c *Conversation) place(p *prompt, id int32, start int) placed {
	i, found := slices.BinarySearchFunc(p.texts, start, func(t documentText, start int) int { return cmp.Compare(t.start, start) })
	if !found {
		i--
	}
	if i < 0 {
		return placed{id: id}
	}
	d := c.docs[p.texts[i].doc]
	offset := start - p.texts[i].start
	if offset >= len(d.Text()) {
		return placed{id: id}
	}
	return placed{id, place{int32(p.texts[i].doc), int32(d.PageAt(offset))}, int32(offset)}
}
