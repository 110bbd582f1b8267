package settings

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestLooks(t *testing.T) {
	for _, l := range looks {
		setup(t, l.choice, l.language)
		conversation := NewConversationForm(sampleConversation(), Conversation{})
		test.AssertRendersToImage(t, "conversation_"+l.name+".png", show(t, conversation).Canvas())
		conversation.temperature.entry.SetText("7")
		conversation.budget.entry.SetText("many")
		test.AssertRendersToImage(t, "invalid_"+l.name+".png", show(t, conversation).Canvas())
		test.AssertRendersToImage(t, "application_"+l.name+".png", show(t, NewApplicationForm(sampleApplication())).Canvas())
		test.AssertRendersToImage(t, "about_"+l.name+".png", show(t, NewAbout(sampleAbout())).Canvas())
		test.AssertRendersToImage(t, "kept_"+l.name+".png", show(t, NewKeptList(sampleKept())).Canvas())
		test.AssertRendersToImage(t, "shortcuts_"+l.name+".png", show(t, NewShortcuts(sampleShortcuts())).Canvas())
	}
}

// TestTextsFit requires that no name, hint or message is wider than its column,
// and that every form fits into a small window.
func TestTextsFit(t *testing.T) {
	for _, l := range looks {
		setup(t, l.choice, l.language)
		c := NewConversationForm(sampleConversation(), Conversation{})
		a := NewApplicationForm(sampleApplication())
		all := append(c.numbers(), a.budget, a.memory, a.keep)
		show(t, c)
		column := c.budget.entry.Size().Width
		for _, n := range all {
			for _, text := range []string{"x", "1"} {
				n.entry.SetText(text)
				if got := n.note.MinSize().Width; got > column || column < 200 {
					t.Errorf("%s: %q is %v wide, its column %v", l.name, n.style.Text, got, column)
				}
			}
		}
		for _, m := range methods() {
			c.method.set(m.id)
			if got := c.methodField.note.MinSize().Width; got > column {
				t.Errorf("%s: %q is %v wide, its column %v", l.name, c.methodField.style.Text, got, column)
			}
		}
		for name, o := range map[string]fyne.CanvasObject{
			"conversation": c, "application": a, "about": NewAbout(sampleAbout()), "shortcuts": NewShortcuts(sampleShortcuts()),
			"kept": NewKeptList(sampleKept()),
		} {
			if s := o.MinSize(); s.Width > 900 || s.Height > 640 {
				t.Errorf("%s: %s takes %v, more than a window of 1280x800 has", l.name, name, s)
			}
		}
	}
}
