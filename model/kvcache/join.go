package kvcache

import (
	"context"
	"errors"
	"fmt"
	"os"

	"fovea/gpu"
	"fovea/model/actqkv"
	"fovea/shaders"
)

// ErrNothingToJoin reports a text that has no blocks to take over.
var ErrNothingToJoin = errors.New("nothing of the text can be taken over without reading it")

// JoinStart is the position in a text from which on its rows can be taken over:
// the first one of a block that is neither before skip nor an initial token.
func (c *Cache) JoinStart(skip int) int {
	s := c.Settings
	past := max(0, skip-s.Init)
	return s.Init + (past+s.BlockSize-1)/s.BlockSize*s.BlockSize
}

// JoinPad is how many tokens must be read before those of a text from position
// skip on, so that these have the same places in blocks here as there.
func (c *Cache) JoinPad(skip int) int {
	size := c.Settings.BlockSize
	return ((skip-c.Places.Pos)%size + size) % size
}

// Joint is how a text that another cache of the same shape and settings read
// alone comes behind what a cache has read. Its rows and its state are given
// twice: to CheckRows and CheckState, and between Begin and End.
type Joint struct {
	cache  *Cache
	from   actqkv.Places // of the text alone, at its end
	start  int           // position in it of the first token that is taken over
	by     int           // tokens by which all positions are shifted
	blocks int           // that the cache had before
	repr   representatives
}

// Joint prepares to take over a text, whose places alone are at its end from,
// but for its first skip tokens. The cache must have read its tokens up to
// JoinStart, behind JoinPad others. Nothing is changed. An error is an
// ErrNothingToJoin where the text has no block behind JoinStart, or the method
// has none.
func (c *Cache) Joint(from actqkv.Places, skip int) (*Joint, error) {
	s, start := c.Settings, c.JoinStart(skip)
	switch {
	case !c.recalls || !s.Recalls():
		return nil, fmt.Errorf("kvcache: %w: method %s recalls no blocks; use %s or %s", ErrNothingToJoin, s.Method, actqkv.ActQKV, actqkv.InfLLM)
	case from.Inits < s.Init || from.RemFirst <= start:
		return nil, fmt.Errorf("kvcache: %w: of its %d tokens none is in a block behind token %d", ErrNothingToJoin, from.Pos, start)
	case c.Places.Pos < s.Init || (c.Places.Pos-start)%s.BlockSize != 0:
		return nil, fmt.Errorf("kvcache: position %d is not where token %d of the other text belongs; read as many tokens as JoinPad says, and then its tokens %d to %d", c.Places.Pos, start, skip, start)
	}
	if err := c.sensible(from); err != nil {
		return nil, err
	}
	return &Joint{cache: c, from: from, start: start, by: c.Places.Pos - start, blocks: c.Places.Blocks}, nil
}

// Tokens is how many tokens the text brings: there must be room for them (Grow)
// before Begin.
func (j *Joint) Tokens() int { return j.from.Pos - j.start }

// CheckRows asks get for the pieces that SaveRows gave of the text between two
// extents, and does nothing with them: get checks them.
func (j *Joint) CheckRows(from, to Extent, get func([]byte) error) error {
	return move(j.cache.rows(from, to), func(_ region, piece []byte) error { return get(piece) })
}

// CheckState does the same with those of SaveState at its end.
func (j *Joint) CheckState(get func([]byte) error) error {
	return move(j.cache.changing(j.from), func(_ region, piece []byte) error { return get(piece) })
}

// Begin seals all that the cache has read. From here on an error leaves the
// cache of no use.
func (j *Joint) Begin(ctx context.Context) error {
	c := j.cache
	c.outdate()
	if err := c.sealAll(ctx); err != nil {
		return err
	}
	if c.Paged() {
		clear(c.paging.loading)
	}
	j.repr = representatives{
		cache: c, first: (j.start - c.Settings.Init) / c.Settings.BlockSize, end: j.from.Blocks, by: j.by / c.Settings.BlockSize,
	}
	return j.repr.begin(c.Places.Blocks)
}

// sealAll seals all tokens that are in no block yet, which must fill a whole
// number of them, by the weights that they received so far.
func (c *Cache) sealAll(ctx context.Context) error {
	s, p := c.Settings, &c.Places
	if p.Inits < s.Init { // they go before blocks
		p.Inits, p.RemFirst = s.Init, s.Init
	}
	most := s.MaxSeals(s.Window) // what there is room for to pack
	r, lanes := gpu.NewRecording("seal all"), c.dev.Info().SubgroupSize
	defer c.dev.Release(r)
	c.recordSeals(r, lanes, s.Window)
	if c.Paged() && c.packs() {
		c.recordPack(r, lanes, s.Window)
	}
	for p.RemFirst < p.Pos {
		step := c.step(0)
		step.SealFirst, step.Seals = uint32(p.Blocks), uint32(min(most, (p.Pos-p.RemFirst)/s.BlockSize))
		step.Put(c.params.Bytes()) // the next step writes its own
		if err := c.dev.Submit(ctx, r); err != nil {
			return err
		}
		if c.Paged() {
			if err := c.keepBlocks(step); err != nil {
				return err
			}
		}
		p.Blocks += int(step.Seals)
		p.RemFirst += int(step.Seals) * s.BlockSize
	}
	return nil
}

// Rows asks get for the pieces of CheckRows again and puts them, in the order of
// their positions, where they belong behind what the cache has read.
func (j *Joint) Rows(from, to Extent, get func([]byte) error) error {
	return move(j.cache.rows(from, to), func(r region, piece []byte) error {
		if err := get(piece); err != nil {
			return err
		}
		if err := j.put(r, piece); err != nil {
			return fmt.Errorf("kvcache: %w", err)
		}
		return nil
	})
}

// Lend is Cache.Lend of the text's rows, with the extents that it has alone, after
// Begin and before Rows.
func (j *Joint) Lend(file *os.File, gap int64, rows []Stretch) {
	j.cache.lend(file, gap, rows, j.repr.first, j.repr.by)
}

// put puts a piece of the rows that the text has alone at r to its place.
func (j *Joint) put(r region, piece []byte) error {
	c := j.cache
	row := c.Shape.Heads.RowBytes()
	switch r.buffer {
	case nil:
		at, piece := behind(r.offset, piece, int64(j.start)*row)
		if len(piece) == 0 {
			return nil
		}
		return c.loadRows(r.layer, r.half, at+int64(j.by)*row, piece)
	case c.layers[r.layer].norms:
		return j.repr.norms(r.layer, r.offset, piece)
	}
	return j.repr.add(r.layer, r.offset, piece)
}

// behind is the part of a piece from a byte on, and where it begins.
func behind(at int64, piece []byte, first int64) (int64, []byte) {
	n := min(max(0, first-at), int64(len(piece)))
	return at + n, piece[n:]
}

// End asks get for the pieces of CheckState again, and takes the cache to the
// text's end: statistics of the queries, histories and the number of steps that
// they are of are the text's, initial tokens and the user's question those that
// were here. angles is as for Begin of the cache.
func (j *Joint) End(get func([]byte) error, angles func(pos int, row []byte)) error {
	c := j.cache
	var weights [][]byte // accumulated ones, by layer
	for _, r := range c.changing(j.from) {
		whole, err := gather(r, get)
		if err != nil {
			return err
		}
		switch l := &c.layers[r.layer]; r.buffer {
		case c.state, l.stats:
			err = c.dev.Write(r.buffer, r.offset, whole)
		case c.acc:
			weights = append(weights, whole)
		case l.repr, l.norms:
			err = j.put(r, whole)
		case l.k, c.question: // rotated keys, which are made anew; nobody asked there
		default:
			panic("kvcache: steps overwrite something that Joint.End does not know")
		}
		if err != nil {
			return fmt.Errorf("kvcache: %w", err)
		}
	}
	blocks := j.by / c.Settings.BlockSize
	c.Places = actqkv.Places{
		Pos: j.from.Pos + j.by, Inits: j.from.Inits, Blocks: j.from.Blocks + blocks, RemFirst: j.from.RemFirst + j.by, Windows: j.from.Windows,
	}
	c.listed = false
	if c.Paged() {
		clear(c.paging.loading) // what is in no sealed block
	}
	if err := j.repr.finish(); err != nil {
		return fmt.Errorf("kvcache: %w", err)
	}
	for i, acc := range weights {
		if err := j.local(i, acc, angles); err != nil {
			return fmt.Errorf("kvcache: %w", err)
		}
	}
	return c.compactFrom(j.blocks)
}

// local makes the ring of a layer: rotated keys of the tokens that are in no
// block, and the weights that they accumulated.
func (j *Joint) local(index int, acc []byte, angles func(pos int, row []byte)) error {
	c, p, row := j.cache, j.cache.Places, j.cache.Shape.Heads.RowBytes()
	raw := make([]byte, int64(p.Pos-p.RemFirst)*row)
	if err := c.readRows(index, keys, int64(p.RemFirst)*row, raw); err != nil {
		return err
	}
	if err := c.dev.Write(c.layers[index].k, 0, c.rotated(raw, p.RemFirst, angles)); err != nil {
		return err
	}
	return c.dev.Write(c.acc, c.accOf(index).Offset, c.weightsOn(acc, j.from.RemFirst, j.from.Pos, j.by))
}

// gather asks get for all pieces of a region.
func gather(r region, get func([]byte) error) ([]byte, error) {
	whole := make([]byte, r.size)
	for left := whole; len(left) > 0; {
		n := min(len(left), MaxPiece)
		if err := get(left[:n]); err != nil {
			return nil, err
		}
		left = left[n:]
	}
	return whole, nil
}

// representatives puts those of blocks of a text to where other numbers of
// blocks have them: they lie interleaved in super-blocks.
type representatives struct {
	cache      *Cache
	first, end int      // blocks of the text that are taken over
	by         int      // by which their numbers are shifted
	part       []byte   // of the text's group that is coming
	groups     [][]byte // of each layer, the one that becomes full next
}

func (s *representatives) groupBytes() int64 {
	return shaders.ReprBytes(s.cache.Shape.Heads, shaders.Together)
}

// begin begins behind so many blocks, of which the last group may have some.
func (s *representatives) begin(blocks int) error {
	size := s.groupBytes()
	s.groups = make([][]byte, len(s.cache.layers))
	for i := range s.groups {
		s.groups[i] = make([]byte, size)
		if blocks%shaders.Together == 0 {
			continue
		}
		if err := s.cache.dev.Read(s.cache.layers[i].repr, int64(blocks/shaders.Together)*size, s.groups[i]); err != nil {
			return err
		}
	}
	return nil
}

// add takes the next bytes, from at on, of the text's groups in a layer.
func (s *representatives) add(index int, at int64, piece []byte) error {
	size := s.groupBytes()
	for len(piece) > 0 {
		n := min(int(size)-len(s.part), len(piece))
		s.part = append(s.part, piece[:n]...)
		at, piece = at+int64(n), piece[n:]
		if len(s.part) == int(size) {
			if err := s.group(index, int(at/size-1)*shaders.Together); err != nil {
				return err
			}
			s.part = s.part[:0]
		}
	}
	return nil
}

// group puts the blocks of the group that came, from first on, into the layer's,
// and that onto the device when it is full.
func (s *representatives) group(index, first int) error {
	to, each := s.groups[index], int(s.cache.Shape.Heads.KVType.OctetBytes())
	octets := len(to) / shaders.Together / each
	for b := max(first, s.first); b < min(first+shaders.Together, s.end); b++ {
		place := (b + s.by) % shaders.Together
		for o := range octets {
			copy(to[shaders.ReprOctet(place, o, octets)*each:][:each], s.part[shaders.ReprOctet(b-first, o, octets)*each:])
		}
		if place == shaders.Together-1 {
			if err := s.write(index, b+s.by); err != nil {
				return err
			}
			clear(to)
		}
	}
	return nil
}

// write puts the layer's group onto the device, which has a block of that number.
func (s *representatives) write(index, block int) error {
	return s.cache.dev.Write(s.cache.layers[index].repr, int64(block/shaders.Together)*s.groupBytes(), s.groups[index])
}

// norms puts inverse norms of the text's blocks, from byte at on, to their place.
func (s *representatives) norms(index int, at int64, piece []byte) error {
	at, piece = behind(at, piece, int64(s.first)*4)
	if len(piece) == 0 {
		return nil
	}
	return s.cache.dev.Write(s.cache.layers[index].norms, at+int64(s.by)*4, piece)
}

// finish puts the groups that are not full onto the device.
func (s *representatives) finish() error {
	blocks := s.end + s.by
	if blocks%shaders.Together == 0 {
		return nil
	}
	for i := range s.groups {
		if err := s.write(i, blocks); err != nil {
			return err
		}
	}
	return nil
}
