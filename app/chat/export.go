package chat

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"fovea/store"
)

// ExportMarkdown writes the branch that a conversation shows.
func (s *Service) ExportMarkdown(ctx context.Context, id store.ConversationID, w io.Writer) error {
	e, err := s.export(ctx, id)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# %s\n", e.Title)
	if e.System != "" {
		fmt.Fprintf(b, "\n> %s\n", strings.ReplaceAll(e.System, "\n", "\n> "))
	}
	for _, d := range e.Documents {
		fmt.Fprintf(b, "\n- %s (%s, %d pages)", d.Title, d.Format, d.Pages)
	}
	if len(e.Documents) > 0 {
		fmt.Fprintln(b)
	}
	for _, m := range e.Messages {
		fmt.Fprintf(b, "\n## %s\n\n%s\n", m.Role, m.Content)
		if f := m.figures; f.Part {
			fmt.Fprintf(b, "\nAnswered from pages 1 to %d of %d, while the rest was yet to be read.\n", f.ReadPages, f.Pages)
		}
		for i, c := range m.Consulted {
			lead := ", "
			if i == 0 {
				lead = "\nPages consulted: "
			}
			fmt.Fprintf(b, "%s%s p. %d (%.0f %%)", lead, c.Title, c.Page, 100*c.Share)
		}
		if len(m.Consulted) > 0 {
			fmt.Fprintln(b)
		}
	}
	return b.Flush()
}

// ExportJSON writes a conversation with all its branches.
func (s *Service) ExportJSON(ctx context.Context, id store.ConversationID, w io.Writer) error {
	e, err := s.export(ctx, id)
	if err != nil {
		return err
	}
	all, err := s.options.Store.Messages(ctx, id)
	if err != nil {
		return err
	}
	shown := e.Messages
	e.Messages = nil
	for _, m := range all {
		e.Messages = append(e.Messages, e.message(m))
	}
	for _, m := range shown {
		e.Shown = append(e.Shown, m.ID)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(e)
}

// exported is a conversation as it leaves the program.
type exported struct {
	Title     string             `json:"title"`
	System    string             `json:"system,omitempty"`
	Settings  json.RawMessage    `json:"settings"`
	Created   time.Time          `json:"created"`
	Updated   time.Time          `json:"updated"`
	Documents []exportedDocument `json:"documents"`
	Messages  []exportedMessage  `json:"messages"`
	Shown     []store.MessageID  `json:"shown"` // the branch that is shown

	consulted map[store.MessageID][]store.Consulted
	titles    map[store.DocumentID]string
}

type exportedDocument struct {
	ID     store.DocumentID `json:"id"`
	Title  string           `json:"title"`
	Format string           `json:"format"`
	Pages  int              `json:"pages"`
	SHA256 string           `json:"sha256"`
}

type exportedMessage struct {
	ID        store.MessageID `json:"id"`
	Parent    store.MessageID `json:"parent,omitempty"`
	Role      store.Role      `json:"role"`
	Content   string          `json:"content"`
	Status    store.Status    `json:"status"`
	Created   time.Time       `json:"created"`
	Details   json.RawMessage `json:"details"`
	Consulted []exportedPage  `json:"consulted,omitempty"`

	figures Figures
}

type exportedPage struct {
	Document store.DocumentID `json:"document"`
	Title    string           `json:"title"`
	Page     int              `json:"page"`
	Share    float64          `json:"share"`
}

// export gathers a conversation with the branch that it shows.
func (s *Service) export(ctx context.Context, id store.ConversationID) (*exported, error) {
	st := s.options.Store
	c, err := st.Conversation(ctx, id)
	if err != nil {
		return nil, err
	}
	docs, err := st.Documents(ctx, id)
	if err != nil {
		return nil, err
	}
	branch, err := st.Branch(ctx, id)
	if err != nil {
		return nil, err
	}
	e := &exported{
		Title: c.Title, System: c.System, Settings: c.Sampling, Created: c.Created, Updated: c.Updated,
		titles: map[store.DocumentID]string{},
	}
	if e.consulted, err = st.Consulted(ctx, id); err != nil {
		return nil, err
	}
	for _, d := range docs {
		e.Documents = append(e.Documents, exportedDocument{d.ID, d.Title, d.Format, d.Pages, d.SHA256})
		e.titles[d.ID] = d.Title
	}
	for _, m := range branch {
		out := e.message(m)
		if out.figures, err = FiguresOf(m); err != nil {
			return nil, fmt.Errorf("chat: the figures of message %d: %w", m.ID, err)
		}
		e.Messages = append(e.Messages, out)
	}
	return e, nil
}

func (e *exported) message(m store.Message) exportedMessage {
	out := exportedMessage{
		ID: m.ID, Parent: m.Parent, Role: m.Role, Content: m.Content, Status: m.Status, Created: m.Created, Details: m.Details,
	}
	for _, c := range e.consulted[m.ID] {
		out.Consulted = append(out.Consulted, exportedPage{c.Document, e.titles[c.Document], c.Page, c.Share})
	}
	return out
}
