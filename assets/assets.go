// Package assets holds the files that ship inside the program.
package assets

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// ManualName is the name under which the sample document is shown.
const ManualName = "manual.pdf"

// Manual is the sample document, a PDF: the Fovea manual, typeset from
// docs/manual by scripts/manual. It must not be written to.
//
//go:embed manual.pdf
var Manual []byte

//go:embed questions.json
var questions []byte

// Question is a question about [Manual] whose answer is known.
type Question struct {
	Question string `json:"question"`
	Answer   string `json:"answer"` // a phrase as it stands in the manual, on one page only
	Page     int    `json:"page"`   // the page of the PDF that has it, from 1
}

// Questions returns the questions about the manual.
func Questions() ([]Question, error) {
	var out []Question
	if err := json.Unmarshal(questions, &out); err != nil {
		return nil, fmt.Errorf("assets: questions.json: %w", err)
	}
	return out, nil
}
