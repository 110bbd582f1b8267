package ui

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"fovea/app/chat"
	"fovea/app/engine"
	"fovea/app/ui/settings"
)

// showKept lists what is kept of reading.
func (w *window) showKept() {
	w.background(func(ctx context.Context) error {
		kept, err := w.kept(ctx)
		if err != nil {
			return err
		}
		w.do(func() {
			list := settings.NewKeptList(kept)
			list.OnDelete = func(names []string) { w.deleteKept(list, names) }
			w.inform(lang.L("What models have read"), list, fyne.NewSize(620, 460))
		})
		return nil
	})
}

func (w *window) kept(ctx context.Context) ([]settings.Kept, error) {
	all, err := w.store.Snapshots(ctx)
	if err != nil {
		return nil, err
	}
	kept := make([]settings.Kept, len(all))
	for i, k := range all {
		kept[i] = settings.Kept{
			Name: k.Name, Title: k.Title, Model: k.Model, Share: float64(k.Read) / float64(max(k.Tokens, 1)), Bytes: k.Bytes, Used: k.Used,
		}
	}
	return kept, nil
}

// deleteKept deletes some of what is kept and shows in the list what is left.
func (w *window) deleteKept(list *settings.KeptList, names []string) {
	w.background(func(ctx context.Context) error {
		err := w.chat.DeleteSnapshots(ctx, names...)
		kept, listErr := w.kept(ctx)
		if listErr == nil {
			w.do(func() { list.Set(kept) })
		}
		return errors.Join(err, listErr)
	})
}

// showNotice tells why a document is read again, or is not read where it stands.
// That it is not kept is worth more than a line: the next time will cost the same.
func (w *window) showNotice(e chat.Event) {
	if errors.Is(e.Err, engine.ErrNotKept) {
		w.failIn(e.Conversation, e.Err)
		return
	}
	w.status.setNotice(notice(e.Err))
}

// notice says why a document is read again, or is not read where it stands, or an
// answer waits.
func notice(err error) string {
	switch {
	case errors.Is(err, engine.ErrJoined):
		return lang.L("A document is taken as it was read alone, without those before it. The settings can have it read again.")
	case errors.Is(err, chat.ErrWaits):
		return lang.L("There is too little memory to answer before all is read, so the answer waits.")
	case errors.Is(err, engine.ErrSnapshotDamaged):
		return lang.L("What was kept of the document is damaged, so it is read again.")
	case errors.Is(err, engine.ErrSnapshotModel):
		return lang.L("The model file has changed, so the document is read again.")
	case errors.Is(err, engine.ErrSnapshotSettings):
		return lang.L("The document was read with other settings, so it is read again.")
	case errors.Is(err, engine.ErrSnapshotFormat):
		return lang.L("What was kept is of another version of Fovea, so the document is read again.")
	}
	return oneLine(explain(err))
}
