package ui

import (
	"context"

	"fovea/app/ui/theme"
	"fovea/store"
)

// Preferences are the choices for the whole program.
type Preferences struct {
	Theme       theme.Choice `json:"theme"`
	Language    string       `json:"language"`     // "": the system's
	Model       string       `json:"model"`        // path of the model that is loaded at the start; "": none was chosen yet
	Device      string       `json:"device"`       // name; "": the best
	MemoryLimit int64        `json:"memory_limit"` // bytes of device memory; 0: all
	HostLimit   int64        `json:"host_limit"`   // bytes of the computer's memory; 0: what is free
	Welcomed    bool         `json:"welcomed"`     // the first answer was asked for
}

const preferencesKey = "preferences"

// LoadPreferences reads them.
func LoadPreferences(ctx context.Context, s *store.Store) (Preferences, error) {
	p := Preferences{Theme: theme.System}
	_, err := s.Setting(ctx, preferencesKey, &p)
	return p, err
}

// savePreferences keeps the preferences as they are now.
func (w *window) savePreferences() {
	p := w.preferences
	w.write(func(ctx context.Context) error { return w.store.SetSetting(ctx, preferencesKey, p) })
}
