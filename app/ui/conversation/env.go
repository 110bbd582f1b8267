package conversation

import "fyne.io/fyne/v2"

// env is what the parts of a pane share: what they remember and what they report.
type env struct {
	metrics *metrics
	hints   *hints
	copy    func(text string)             // text is to go to the clipboard
	link    func(target string)           // a link was clicked
	wheel   func(event *fyne.ScrollEvent) // vertical scrolling over something that scrolls sideways
	key     func(name fyne.KeyName)       // a key that may scroll the conversation
	marked  *body                         // where text is selected: in one message at a time
}

// caption returns the text of a small label in a colour of the theme.
func caption(text string, color fyne.ThemeColorName) run {
	return run{text: text, style: style{size: captionSize, color: color}}
}
