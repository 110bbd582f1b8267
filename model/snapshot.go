package model

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"fovea/model/actqkv"
	"fovea/model/kvcache"
)

// SnapshotFormat is the version of what snapshots hold. It changes with the
// layout of the files, and whenever the engine computes keys, values or what
// goes with them in another way.
const SnapshotFormat = 3

// What may be wrong with a snapshot.
var (
	ErrSnapshotDamaged  = errors.New("the snapshot is damaged")
	ErrSnapshotFormat   = errors.New("the snapshot is of another version of the program")
	ErrSnapshotModel    = errors.New("the snapshot is of another model file")
	ErrSnapshotSettings = errors.New("the snapshot was read with other settings")
)

// Origin is what a session's state follows from, beside the text.
type Origin struct {
	Format   int             `json:"format"`
	Model    string          `json:"model"` // names the file by its content
	KV       string          `json:"kv"`    // number format of keys and values, on the device and, with a +, packed off it
	Settings actqkv.Settings `json:"settings"`
}

// Origin is the session's, of the model whose file a caller names by its
// content.
func (s *Session) Origin(file string) Origin {
	kv := s.cache.Shape.Heads.KVType.String()
	if bits := s.cache.ColdBits(); bits > 0 {
		kv += fmt.Sprintf("+q%d", bits)
	}
	return Origin{Format: SnapshotFormat, Model: file, KV: kv, Settings: s.cache.Settings.Reading()}
}

// Differs says in what a snapshot of origin o is none for want: an
// ErrSnapshotFormat, ErrSnapshotModel or ErrSnapshotSettings; nil: in nothing.
func (o Origin) Differs(want Origin) error {
	switch {
	case o.Format != want.Format:
		return fmt.Errorf("%w: its format is %d, this program's %d", ErrSnapshotFormat, o.Format, want.Format)
	case o.Model != want.Model:
		return ErrSnapshotModel
	case o.KV != want.KV:
		return fmt.Errorf("%w: keys and values are %s, wanted are %s", ErrSnapshotSettings, o.KV, want.KV)
	case o.Settings != want.Settings:
		return fmt.Errorf("%w: %s, wanted is %s", ErrSnapshotSettings, describe(o.Settings), describe(want.Settings))
	}
	return nil
}

func describe(s actqkv.Settings) string {
	return fmt.Sprintf("method %s, %d blocks of %d tokens, window %d, tau %v", s.Method, s.TopK, s.BlockSize, s.Window, s.Tau)
}

// TextID names a text of token ids behind another text, "" for none: equal
// names, equal tokens, read in equal parts.
func TextID(before string, ids []int32) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %d ", before, len(ids))
	b := make([]byte, 0, 4*len(ids))
	for _, id := range ids {
		b = binary.LittleEndian.AppendUint32(b, uint32(id))
	}
	h.Write(b)
	return hex.EncodeToString(h.Sum(nil))
}

// Snapshot is a session's state on disk, as its head tells: a folder of two
// files. One, rows, is only ever added to: the un-rotated keys, the values and
// the representatives of a text, or of the part of it behind another snapshot.
// The other, state, has this head and what steps overwrite; each checkpoint
// replaces it as a whole, so what it says is true at any moment.
type Snapshot struct {
	Origin Origin          `json:"origin"`
	Text   string          `json:"text"`   // TextID of the whole text
	Tokens int             `json:"tokens"` // of the whole text; Places.Pos of them are read
	Base   *Base           `json:"base,omitempty"`
	Note   json.RawMessage `json:"note"` // the caller's

	Places     actqkv.Places    `json:"places"`
	Asked      [2]int           `json:"asked"`
	Parts      []kvcache.Extent `json:"parts"` // where each checkpoint's rows end
	RowsBytes  int64            `json:"rows_bytes"`
	RowsSum    uint32           `json:"rows_sum"`    // CRC-32C of all pieces of rows
	StateBytes int64            `json:"state_bytes"` // behind the head
}

// Base is the snapshot whose rows go before those of another one.
type Base struct {
	Name string         `json:"name"` // the caller's, of its folder
	End  kvcache.Extent `json:"end"`
	Sum  uint32         `json:"sum"` // its RowsSum
}

// AsBase is what a snapshot tells that goes on behind this one, which a caller
// keeps under a name.
func (s *Snapshot) AsBase(name string) *Base { return &Base{Name: name, End: s.end(), Sum: s.RowsSum} }

// Pos is the number of tokens that were read.
func (s *Snapshot) Pos() int { return s.Places.Pos }

// Complete says whether the text was read to its end.
func (s *Snapshot) Complete() bool { return s.Places.Pos == s.Tokens }

// end is where the rows end.
func (s *Snapshot) end() kvcache.Extent {
	if n := len(s.Parts); n > 0 {
		return s.Parts[n-1]
	}
	return s.first()
}

// first is where the rows begin.
func (s *Snapshot) first() kvcache.Extent {
	if s.Base == nil {
		return kvcache.Extent{}
	}
	return s.Base.End
}
