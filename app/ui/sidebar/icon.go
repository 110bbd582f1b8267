package sidebar

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Icons that Fyne's theme has not: a conversation, two bubbles, and a message,
// one with lines.
var (
	conversationIcon = theme.NewThemedResource(fyne.NewStaticResource("conversation.svg", []byte(
		`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">`+
			`<path d="M2 3h14v10H7l-5 4z" fill="#000000"/><path d="M18 7h4v14l-5-4H8v-2h10z" fill="#000000"/></svg>`)))
	messageIcon = theme.NewThemedResource(fyne.NewStaticResource("message.svg", []byte(
		`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">`+
			`<path d="M3 3h18v14H9l-6 5zM6 6.5v2h12v-2zM6 11v2h9v-2z" fill="#000000" fill-rule="evenodd"/></svg>`)))
)
