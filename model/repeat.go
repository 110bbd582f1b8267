package model

import (
	"context"

	"fovea/model/actqkv"
	"fovea/model/kvcache"
)

// RepeatUnit is what the tokens that Repeat adds are a multiple of.
func (s *Session) RepeatUnit() int { return s.cache.RepeatUnit() }

// TwoLevelCapacity is the tokens that a session must have room for, or more, so
// that decode steps choose blocks on two levels.
func TwoLevelCapacity(s actqkv.Settings) int { return kvcache.TwoLevelCapacity(s) }

// Repeat makes the text longer by n tokens without reading them: see
// [kvcache.Cache.Repeat].
func (s *Session) Repeat(ctx context.Context, n int) error {
	if s.broken != nil {
		return s.broken
	}
	if err := s.room(n); err != nil {
		return err
	}
	if err := s.cache.Repeat(context.WithoutCancel(ctx), n, s.model.rope.put); err != nil {
		return s.broke(err)
	}
	return nil
}
