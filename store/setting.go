package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// SetSetting keeps a value, as JSON, under a key.
func (s *Store) SetSetting(ctx context.Context, key string, value any) error {
	doing := "save the setting " + key
	text, err := json.Marshal(value)
	if err != nil {
		return s.fail(ctx, doing, err)
	}
	return s.execute(ctx, doing, "REPLACE INTO setting (key, value) VALUES (?, ?)", key, string(text))
}

// Setting reads the value of a key into value, a pointer, and reports whether
// there is one; value stays as it is when there is none. A value of another
// type is an error.
func (s *Store) Setting(ctx context.Context, key string, value any) (found bool, err error) {
	doing := "read the setting " + key
	var text []byte
	err = s.readers.QueryRowContext(ctx, settingQuery, key).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	} else if err != nil {
		return false, s.fail(ctx, doing, err)
	}
	if err := json.Unmarshal(text, value); err != nil {
		return false, s.fail(ctx, doing, fmt.Errorf("%s: %w", shorten(string(text), 60), err))
	}
	return true, nil
}

const settingQuery = "SELECT value FROM setting WHERE key = ?"

// DeleteSetting removes a key; one that is not there is no error.
func (s *Store) DeleteSetting(ctx context.Context, key string) error {
	return s.write(ctx, "delete the setting "+key, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM setting WHERE key = ?", key)
		return err
	})
}

// Window is how a window was left.
type Window struct {
	Width, Height float32            // in device-independent pixels
	FullScreen    bool               // it filled the screen
	Splits        map[string]float64 // where the borders between panes are, 0 to 1, by their names
	Hidden        map[string]bool    // panes that are not shown, by their names
	Conversation  ConversationID     // the one that it showed; 0: none
}

// windowKey is the setting that a window's state is kept in.
func windowKey(name string) string { return "window/" + name }

// SetWindow keeps the state of the window with a name.
func (s *Store) SetWindow(ctx context.Context, name string, w Window) error {
	return s.SetSetting(ctx, windowKey(name), w)
}

// Window returns the state of the window with a name, and whether there is one.
func (s *Store) Window(ctx context.Context, name string) (w Window, found bool, err error) {
	found, err = s.Setting(ctx, windowKey(name), &w)
	return w, found, err
}
