package store

import (
	"context"
	"time"
)

// Query says what to search for, and where.
type Query struct {
	// What a person typed. All words must be in the text. Words in double
	// quotes must follow each other, and so must characters of scripts without
	// spaces. The last word may be the beginning of a longer one. Case and
	// accents make no difference.
	Text         string
	Conversation ConversationID // search this one, or its documents; 0: all that are not deleted
	Limit        int            // how many results at most; 0: 50
}

const defaultLimit = 50

func (q Query) limit() int {
	if q.Limit > 0 {
		return q.Limit
	}
	return defaultLimit
}

// MessageHit is a message that was found.
type MessageHit struct {
	Message      MessageID
	Conversation ConversationID
	Title        string // of the conversation
	Role         Role
	Created      time.Time
	Snippet      Snippet
	Score        float64 // BM25; larger is better
}

// PageHit is a page that was found.
type PageHit struct {
	Document     DocumentID
	Page         int            // from 1
	Title        string         // of the document
	Conversation ConversationID // the last one used that has the document
	Snippet      Snippet
	Score        float64 // BM25; larger is better
}

// The joins are CROSS JOINs to keep their order: the index comes first and
// gives its rows by rank, so that snippets are made for those returned only.
const searchMessagesQuery = `SELECT m.id, c.id, c.title, m.role, m.created,
		snippet(message_search, 0, char(2), char(3), '…', 24), -message_search.rank
	FROM message_search
	CROSS JOIN message m ON m.id = message_search.rowid
	CROSS JOIN conversation c ON c.id = m.conversation
	LEFT JOIN folder f ON f.id = c.folder
	WHERE message_search MATCH ?1 AND c.deleted IS NULL AND f.deleted IS NULL AND ?2 IN (0, c.id)
	ORDER BY message_search.rank LIMIT ?3`

// SearchMessages returns the messages that a query finds, of all branches,
// the best first. A query without a word finds nothing.
func (s *Store) SearchMessages(ctx context.Context, q Query) ([]MessageHit, error) {
	match := expression(q.Text)
	if match == "" {
		return nil, nil
	}
	return list(ctx, s, "search the messages", func(row scanner) (MessageHit, error) {
		var h MessageHit
		var created int64
		var snippet string
		err := row.Scan(&h.Message, &h.Conversation, &h.Title, &h.Role, &created, &snippet, &h.Score)
		h.Created, h.Snippet = moment(created), parseSnippet(snippet)
		return h, err
	}, searchMessagesQuery, match, q.Conversation, q.limit())
}

// With max(), SQLite takes the other columns from the row with the maximum.
const searchPagesQuery = `WITH shown (document, conversation, updated) AS MATERIALIZED (
		SELECT a.document, c.id, max(c.updated)
		FROM attachment a JOIN conversation c ON c.id = a.conversation LEFT JOIN folder f ON f.id = c.folder
		WHERE c.deleted IS NULL AND f.deleted IS NULL AND ?2 IN (0, c.id)
		GROUP BY a.document
	)
	SELECT p.document, p.number, d.title, shown.conversation,
		snippet(page_search, 0, char(2), char(3), '…', 24), -page_search.rank
	FROM page_search
	CROSS JOIN page p ON p.id = page_search.rowid
	CROSS JOIN shown ON shown.document = p.document
	CROSS JOIN document d ON d.id = p.document
	WHERE page_search MATCH ?1
	ORDER BY page_search.rank LIMIT ?3`

// SearchPages returns the pages that a query finds in the documents of the
// conversations, the best first. A query without a word finds nothing.
func (s *Store) SearchPages(ctx context.Context, q Query) ([]PageHit, error) {
	match := expression(q.Text)
	if match == "" {
		return nil, nil
	}
	return list(ctx, s, "search the pages", func(row scanner) (PageHit, error) {
		var h PageHit
		var snippet string
		err := row.Scan(&h.Document, &h.Page, &h.Title, &h.Conversation, &snippet, &h.Score)
		h.Snippet = parseSnippet(snippet)
		return h, err
	}, searchPagesQuery, match, q.Conversation, q.limit())
}
