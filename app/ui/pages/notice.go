package pages

import (
	"strings"

	"fyne.io/fyne/v2/lang"
)

// Notice is what a person should know of a page.
type Notice int

// The notices.
const (
	NoNotice    Notice = iota
	FileMissing        // the text is shown since the file is not there
	FileChanged        // the text is shown since the file is another one
	NotDrawn           // the text is shown since the page cannot be drawn
)

func (n Notice) text() string {
	switch n {
	case FileMissing:
		return lang.L("The file is no longer where it was. This is the text that was read from it.")
	case FileChanged:
		return lang.L("The file has changed since it was read. This is the text that was read then.")
	case NotDrawn:
		return lang.L("This page cannot be drawn. This is its text.")
	}
	return ""
}

// notices are the lines above a page.
func (p Page) notices() string {
	var lines []string
	if t := p.Notice.text(); t != "" {
		lines = append(lines, t)
	}
	if strings.TrimSpace(p.Text) == "" {
		lines = append(lines, lang.L("This page holds no text: it is a scan or blank."))
	}
	return strings.Join(lines, "\n")
}
