package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// The headings of docs/architecture.md that tables are found under.
const (
	roomsHeading = "Rooms"
	laterHeading = "Rooms without code yet"
	bansHeading  = "Bans"
)

// tables returns the rows of a Markdown text's tables by the heading that they
// stand under, without the head of each table.
func tables(markdown string) map[string][][]string {
	rows := map[string][][]string{}
	heading, line := "", 0 // line of the table
	for text := range strings.Lines(markdown) {
		text = strings.TrimSpace(text)
		if strings.HasPrefix(text, "#") {
			heading = strings.TrimSpace(strings.TrimLeft(text, "#"))
		}
		if !strings.HasPrefix(text, "|") {
			line = 0
			continue
		}
		if line++; line > 2 { // behind the head and the line under it
			cells := strings.Split(strings.Trim(text, "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(strings.ReplaceAll(cells[i], "`", ""))
			}
			rows[heading] = append(rows[heading], cells)
		}
	}
	return rows
}

// checkDocument returns where the tables of docs/architecture.md differ from
// the ones here.
func checkDocument(rooms []Room, bans []Ban, markdown string) []string {
	found := tables(markdown)
	var now, later, banned [][]string
	for _, r := range rooms {
		row := []string{r.Name, list(r.Imports)}
		if r.Later {
			later = append(later, row)
		} else {
			now = append(now, row)
		}
	}
	for _, b := range bans {
		banned = append(banned, []string{b.Import, list(b.Rooms)})
	}
	return slices.Concat(
		compareRows(roomsHeading, columns(found[roomsHeading], 0, 2), now),
		compareRows(laterHeading, columns(found[laterHeading], 0, 2), later),
		compareRows(bansHeading, columns(found[bansHeading], 0, 1), banned),
	)
}

// columns picks two columns of rows; a row without them becomes one cell.
func columns(rows [][]string, a, b int) [][]string {
	var picked [][]string
	for _, row := range rows {
		if max(a, b) < len(row) {
			row = []string{row[a], row[b]}
		} else {
			row = []string{strings.Join(row, " | ")}
		}
		picked = append(picked, row)
	}
	return picked
}

// compareRows returns the rows that only one of two tables has.
func compareRows(heading string, document, code [][]string) []string {
	var wrong []string
	for _, row := range code {
		if !slices.ContainsFunc(document, func(r []string) bool { return slices.Equal(r, row) }) {
			wrong = append(wrong, fmt.Sprintf("docs/architecture.md, %q: no row `%s`", heading, strings.Join(row, "` with `")))
		}
	}
	for _, row := range document {
		if !slices.ContainsFunc(code, func(r []string) bool { return slices.Equal(r, row) }) {
			wrong = append(wrong, fmt.Sprintf("docs/architecture.md, %q: row `%s` is not in internal/archtest/rooms.go", heading, strings.Join(row, "` with `")))
		}
	}
	return wrong
}
