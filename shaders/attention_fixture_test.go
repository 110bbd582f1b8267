package shaders

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"fovea/gpu"
	"fovea/internal/fixture"
)

// layerCase is the shape of a fixture's attention. Its queries and keys are
// un-rotated.
type layerCase struct {
	Name       string
	Hq, Hkv, D int     // query heads, KV heads, dimensions of a head
	W          int     // tokens of a window
	NLocal     int     `json:"n_local"`
	RopeBase   float64 `json:"rope_base"`
}

func (c *layerCase) heads(kv KV) Heads {
	return Heads{KV: c.Hkv, Group: c.Hq / c.Hkv, Octets: PadHead(c.D), KVType: kv}
}

func (c *layerCase) scale() float32 { return float32(1 / math.Sqrt(float64(c.D))) }

// row writes what is placed of token i: its queries (Hq, tokens, D), keys and
// values (Hkv, tokens, D) as (Hq + 2*Hkv, dim). A nil part stays 0.
func (c *layerCase) row(to, q, k, v []float32, tokens, i int) {
	dim := 8 * PadHead(c.D)
	put := func(first, heads int, part []float32, order func([]float32) []float32) {
		for h := range heads {
			if part != nil {
				copy(to[(first+h)*dim:], order(part[(h*tokens+i)*c.D:][:c.D]))
			}
		}
	}
	put(0, c.Hq, q, fixture.Neighbours)
	put(c.Hq, c.Hkv, k, fixture.Neighbours)
	put(c.Hq+c.Hkv, c.Hkv, v, slices.Clone)
}

// rowSize is the floats of a row.
func (c *layerCase) rowSize() int { return (c.Hq + 2*c.Hkv) * 8 * PadHead(c.D) }

// angleTable is the angles of a window at position pos, then those of n_local-1.
func (c *layerCase) angleTable(pos, window int) []float32 {
	pairs := c.D / 2
	table := make([]float32, (window+1)*RopeRow(pairs))
	for row := range window + 1 {
		p := pos + row
		if row == window {
			p = c.NLocal - 1
		}
		for i := range pairs {
			sin, cos := math.Sincos(float64(p) * math.Pow(c.RopeBase, -2*float64(i)/float64(c.D)))
			table[row*RopeRow(pairs)+2*i], table[row*RopeRow(pairs)+2*i+1] = float32(cos), float32(sin)
		}
	}
	return table
}

// fromRows takes rows of padded heads in the kernels' order (tokens, n, dim) to
// the fixtures' order (n, tokens, D).
func (c *layerCase) fromRows(rows []float32, n int) []float32 {
	dim := 8 * PadHead(c.D)
	out := make([]float32, 0, len(rows)/dim*c.D)
	for h := range n {
		for token := range len(rows) / dim / n {
			out = append(out, rows[(token*n+h)*dim:][:c.D]...)
		}
	}
	return out
}

// halved turns heads of D from the kernels' order of dimensions to the fixtures'.
func (c *layerCase) halved(heads []float32) (out []float32) {
	for head := range slices.Chunk(heads, c.D) {
		out = append(out, fixture.Halves(head)...)
	}
	return out
}

// attentionCase is one window over given local and global keys.
type attentionCase struct {
	layerCase
	Past        int    `json:"n_past_local"`
	NBlkInit    int    `json:"n_blk_init"`            // tokens of initial tokens and blocks
	NRem        int    `json:"n_rem"`                 // tokens of the remainder
	RemLength   int    `json:"rem_len_before_window"` // remainder token t lies at distance RemLength+i-t from query i
	Q           string // (Hq, W, D)
	LocalK      string `json:"local_k"` // (Hkv, Past+W, D)
	LocalV      string `json:"local_v"`
	GlobalK     string `json:"global_k"` // (Hkv, NBlkInit+NRem, D)
	GlobalV     string `json:"global_v"`
	QLocal      string `json:"q_rot_local"`       // (Hq, W, D), the oldest local key at position 0
	KLocal      string `json:"k_rot_local"`       // (Hkv, Past+W, D)
	QGlobal     string `json:"q_rot_global"`      // (Hq, W, D)
	Out         string `json:"out_spec"`          // (Hq, W, D)
	LocalScore  string `json:"local_score_spec"`  // (Hq, Past+W), sums over the queries
	GlobalScore string `json:"global_score_spec"` // (Hq, NBlkInit+NRem)
}

// kvTolerance is what the reference values allow a format of keys and values.
// Halves round each of them by up to 2^-12 of its size.
var kvTolerance = map[KV]float64{KV16: 2e-3, KV32: fixture.Tolerance}

// TestAttentionFixtures attends one window as the authors' attention did with
// the remainder masked to distances of n_local and more.
func TestAttentionFixtures(t *testing.T) {
	cases, array := fixture.Cases[attentionCase](t, "attention")
	for _, c := range cases {
		for _, kv := range []KV{KV16, KV32} {
			t.Run(fmt.Sprintf("%s/%v", c.Name, kv), func(t *testing.T) {
				everywhere(t, func(r *rig) { checkAttention(r, &c, kv, array) })
			})
		}
	}
}

// first is the position of the window's first token: initial tokens and blocks
// lie at the start, the remainder and the local window, which may overlap,
// right before the window.
func (c *attentionCase) first() int { return c.NBlkInit + max(c.RemLength, c.Past, c.NLocal) }

// layout places all tokens by position: what is placed of them (positions,
// row), and the positions of the global keys.
func (c *attentionCase) layout(array func(string) []float32) (rows []float32, list []uint32) {
	pos, size, global, local := c.first(), c.rowSize(), c.NBlkInit+c.NRem, c.Past+c.W
	rows = make([]float32, (pos+c.W)*size)
	for i := range global {
		p := i
		if i >= c.NBlkInit {
			p = pos - c.RemLength + i - c.NBlkInit
		}
		list = append(list, uint32(p))
		c.row(rows[p*size:], nil, array(c.GlobalK), array(c.GlobalV), global, i)
	}
	for i := range local {
		to := rows[(pos-c.Past+i)*size:]
		c.row(to, nil, array(c.LocalK), array(c.LocalV), local, i)
		if i >= c.Past {
			c.row(to, array(c.Q), nil, nil, c.W, i-c.Past)
		}
	}
	return rows, list
}

func checkAttention(r *rig, c *attentionCase, kv KV, array func(string) []float32) {
	h, pos := c.heads(kv), c.first()
	tokens, features, tol := pos+c.W, h.Features(), kvTolerance[kv]
	rows, list := c.layout(array)

	// One step to store all keys, another for the window.
	alloc := func(n int) gpu.View { return r.alloc(int64(n) * 4) }
	place, params := &Place{
		Heads: h, K: r.alloc(int64(2*tokens) * h.RowBytes()), V: r.alloc(int64(tokens) * h.RowBytes()), Pairs: c.D / 2,
	}, gpu.View{}
	for _, step := range []Step{
		{Queries: uint32(pos), Ring: uint32(tokens)},
		{Queries: uint32(c.W), Pos: uint32(pos), Ring: uint32(tokens), Local: uint32(c.NLocal), LocalFirst: uint32(pos - c.Past), RemFirst: uint32(pos - c.RemLength), RemEnd: uint32(pos - c.RemLength + c.NRem)},
	} {
		n, p := int(step.Queries), int(step.Pos)
		place.Angles, params = r.floats(c.angleTable(p-(pos-c.Past), n)), r.step(step, n)
		place.Window, place.Q = n, alloc(2*n*features)
		r.place(place, rows[p*c.rowSize():][:n*c.rowSize()], params)
	}
	a := Attend{
		Heads: h, K: place.K, V: place.V, Q: place.Q, Globals: r.put(wordBytes(GlobalsList(list))),
		Out: alloc(c.W * features), ML: alloc(2 * c.W * h.Width()), Splits: 1, Window: c.W, Scale: c.scale(), Params: params,
	}
	w := Weigh{
		Splits: 1, Heads: h, K: a.K, Q: a.Q, ML: a.ML, Acc: alloc(h.Width() * tokens), Ring: tokens,
		Window: c.W, Scale: a.Scale, Params: a.Params,
	}
	if c.W == 1 { // as in a decode step
		a.share(r, 3)
		a.keep(r, len(list), tokens)
	}
	a.Record(r.rec, r.lanes)
	w.Record(r.rec, r.lanes)
	r.run()

	q := r.read(a.Q, 2*c.W*features)
	fixture.Matches(r, "queries turned by position", c.halved(c.fromRows(q[:c.W*features], c.Hq)), array(c.QLocal), fixture.Tolerance)
	fixture.Matches(r, "queries turned by n_local-1", c.halved(c.fromRows(q[c.W*features:], c.Hq)), array(c.QGlobal), fixture.Tolerance)
	keys := r.numbers(a.K, kv, tokens*features/h.Group)[(pos-c.Past)*features/h.Group:]
	fixture.Matches(r, "keys turned by position", c.halved(c.fromRows(keys, c.Hkv)), array(c.KLocal), tol)
	fixture.Matches(r, "out", c.fromRows(r.read(a.Out, c.W*features), c.Hq), array(c.Out), tol)
	var local []float32
	for head := range slices.Chunk(r.read(w.Acc, h.Width()*tokens), tokens) {
		local = append(local, head[pos-c.Past:]...)
	}
	fixture.Matches(r, "local weights", local, array(c.LocalScore), tol)
	if c.W == 1 {
		mass := make([]float32, len(list))
		for i, v := range array(c.GlobalScore) {
			mass[i%len(list)] += v
		}
		fixture.Matches(r, "mass", a.mass(r, int(groups(min(c.NLocal, pos+1), ChunkKeys(r.lanes)))*ChunkKeys(r.lanes), len(list)), mass, tol)
	}
}
