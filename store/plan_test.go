package store

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// plans are the statements that people wait for, and the rows that they may
// go through one by one.
var plans = []struct {
	name, query string
	scans       []string // tables or indexes
	sorts       bool
}{
	{name: "conversations", query: conversationsQuery, scans: []string{"c USING COVERING INDEX conversation_list"}},
	{name: "folders", query: foldersQuery, scans: []string{"folder"}, sorts: true}, // there are few
	{name: "conversation", query: conversationQuery},
	{name: "message", query: messageQuery},
	{name: "messages", query: messagesQuery},
	{name: "branch", query: branchQuery, scans: []string{"branch"}, sorts: true}, // by height
	{name: "siblings", query: siblingsQuery},
	{name: "last below", query: lastBelowQuery, scans: []string{"below"}},
	{name: "writing", query: writingQuery, scans: []string{"message USING COVERING INDEX message_writing"}}, // a partial index
	{name: "trace", query: traceQuery},
	{name: "consulted", query: consultedQuery},
	{name: "document", query: documentQuery},
	{name: "document by hash", query: documentByHashQuery},
	{name: "page", query: pageQuery},
	{name: "pages", query: pagesQuery},
	{name: "documents", query: documentsQuery, sorts: true}, // of one conversation
	{name: "setting", query: settingQuery},
	{name: "search messages", query: searchMessagesQuery, scans: []string{"message_search VIRTUAL TABLE"}},
	{name: "search pages", query: searchPagesQuery, scans: []string{"page_search VIRTUAL TABLE", "a USING COVERING INDEX attachment_document"}},
	{name: "snapshots", query: snapshotsQuery, scans: []string{"snapshot"}, sorts: true}, // there are few
	{name: "orphans", query: orphansQuery, scans: []string{"s"}},                         // of them
	{name: "purge folders", query: purgeFolders, scans: []string{"folder"}},
	{name: "purge conversations", query: purgeConversations},
	{name: "purge documents", query: purgeDocuments, scans: []string{"document"}},
}

var scanned = regexp.MustCompile(`^SCAN (.*)$`)

// TestPlans requires that SQLite finds rows by indexes.
func TestPlans(t *testing.T) {
	s, _ := fresh(t)
	for _, p := range plans {
		rows := must(s.readers.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+p.query, make([]any, strings.Count(p.query, "?"))...))(t)
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var step string
			check(t, rows.Scan(&id, &parent, &unused, &step))
			plan = append(plan, step)
		}
		check(t, rows.Err())
		check(t, rows.Close())
		for _, step := range plan {
			if strings.Contains(step, "TEMP B-TREE") && !p.sorts {
				t.Errorf("%s: %s in\n%s", p.name, step, strings.Join(plan, "\n"))
			}
			if m := scanned.FindStringSubmatch(step); m != nil && !mayScan(p.scans, m[1]) {
				t.Errorf("%s: %s in\n%s", p.name, step, strings.Join(plan, "\n"))
			}
		}
	}
}

func mayScan(allowed []string, what string) bool {
	for _, a := range allowed {
		if what == a || strings.HasPrefix(what, fmt.Sprint(a, " ")) {
			return true
		}
	}
	return false
}
