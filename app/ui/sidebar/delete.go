package sidebar

// Delete deletes a conversation or a folder as its menu does: it calls OnDelete
// and offers to undo that.
func (s *Sidebar) Delete(item Item) { s.remove(row{item: item}) }
