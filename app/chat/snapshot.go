package chat

import (
	"context"
	"errors"
	"fmt"

	"fovea/store"
)

// ErrNoSnapshots reports that the service was given no folder to keep what is
// read in.
var ErrNoSnapshots = errors.New("there is no folder to keep what is read in")

// startSnapshots prepares the folder of what was read: what was kept of
// documents that were purged goes, and the store lists what is there.
func (s *Service) startSnapshots(ctx context.Context) error {
	k := s.options.Snapshots
	if k == nil {
		return nil
	}
	// The budget may change between two tokens, so it may since the reading.
	k.AnyBudget, k.Notice = true, s.notice
	if _, err := s.options.Store.Setting(ctx, exactKey, &s.exact); err != nil {
		return err
	}
	gone, err := s.options.Store.OrphanSnapshots(ctx)
	if err != nil {
		return err
	}
	if len(gone) > 0 {
		if err := k.Delete(gone...); err != nil {
			return fmt.Errorf("chat: what was read of purged documents: %w", err)
		}
	}
	return s.listSnapshots(ctx, nil, nil)
}

// exactKey is where the store has what SetExact was told.
const exactKey = "chat.exact"

// Exact says whether every document is read behind those before it, where what
// is kept of it was read alone; see engine.ConversationOptions.
func (s *Service) Exact() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.exact
}

// SetExact changes Exact. Conversations obey it with their next question, for
// which their turns are read again.
func (s *Service) SetExact(ctx context.Context, exact bool) error {
	if err := s.options.Store.SetSetting(ctx, exactKey, exact); err != nil {
		return err
	}
	s.mu.Lock()
	s.exact = exact
	s.mu.Unlock()
	return nil
}

// notice tells why something is read again, is not kept, or is taken as it was
// read alone.
func (s *Service) notice(err error) {
	s.mu.Lock()
	id := store.ConversationID(0)
	if s.running != nil {
		id = s.running.conversation
	}
	s.mu.Unlock()
	s.notify(Event{Kind: Noticed, Conversation: id, Err: err})
}

// listSnapshots has the store list what is in the folder. names are snapshots of
// documents of which the numbers are known.
func (s *Service) listSnapshots(ctx context.Context, names []string, documents []store.DocumentID) error {
	if s.options.Snapshots == nil {
		return nil
	}
	s.listing.Lock() // what is listed is what was there last
	defer s.listing.Unlock()
	kept, err := s.options.Snapshots.List()
	if err != nil {
		return err
	}
	of := map[string]store.DocumentID{}
	for i, name := range names {
		of[name] = documents[i]
	}
	var all []store.Snapshot
	for _, k := range kept {
		if k.Read == 0 && !k.Damaged {
			continue // nothing is kept yet
		}
		all = append(all, store.Snapshot{
			Name: k.Name, Document: of[k.Name], Title: k.Title, Model: k.Model, Tokens: k.Tokens, Read: k.Read, Bytes: k.Bytes, Used: k.Used,
		})
	}
	return s.options.Store.SetSnapshots(ctx, all)
}

// DeleteSnapshots deletes what was kept of reading, by the names that the store
// lists; what goes on behind it goes, too. Conversations that have read it go
// on.
func (s *Service) DeleteSnapshots(ctx context.Context, names ...string) error {
	if s.options.Snapshots == nil {
		return ErrNoSnapshots
	}
	err := s.options.Snapshots.Delete(names...)
	return errors.Join(err, s.listSnapshots(ctx, nil, nil))
}

// SnapshotLimit is what may be kept of reading, in bytes; 0: nothing.
func (s *Service) SnapshotLimit() int64 {
	if s.options.Snapshots == nil {
		return 0
	}
	return s.options.Snapshots.Limit()
}

// SetSnapshotLimit changes what may be kept of reading, in bytes, and deletes
// what exceeds it, what was not used for longest first. 0: nothing is kept.
func (s *Service) SetSnapshotLimit(ctx context.Context, bytes int64) error {
	if s.options.Snapshots == nil {
		return ErrNoSnapshots
	}
	err := s.options.Snapshots.SetLimit(bytes)
	return errors.Join(err, s.listSnapshots(ctx, nil, nil))
}
