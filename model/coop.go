package model

import (
	"context"
	"errors"

	"fovea/gpu/quant"
	"fovea/shaders"
)

// Matrices says whether windows are computed by the device's cooperative
// matrices. Where it has them and computes wrongly with them, err says how.
func (m *Model) Matrices() (used bool, err error) { return m.coop, m.coopWrong }

// verifyCoop finds out whether the device, if it has cooperative matrices,
// computes rightly with them in each format that layers have.
func (m *Model) verifyCoop(ctx context.Context) error {
	if !shaders.Coop(m.dev.Info()) {
		return nil
	}
	seen := map[quant.Packed]bool{}
	for i := range m.weights.layers {
		l := &m.weights.layers[i]
		for _, parts := range [][]matrix{l.qkv, l.out, l.gateUp, l.down} {
			for _, part := range parts {
				if seen[part.Format] || part.Format == quant.PF32 { // see shaders.Matmul.CoopServes
					continue
				}
				seen[part.Format] = true
				err := shaders.VerifyCoop(ctx, m.dev, part.Format)
				if errors.Is(err, shaders.ErrCoopWrong) {
					m.coopWrong = err
					return nil
				}
				if err != nil {
					return err
				}
			}
		}
	}
	m.coop = len(seen) > 0
	return nil
}

// windowCoop says whether windows of that many tokens are computed by
// cooperative matrices.
func (m *Model) windowCoop(window int) bool { return m.coop && window >= shaders.CoopTokens }

// windowInt says whether a session's windows of that many tokens are computed in
// integers, where weights have 4 bits.
func (m *Model) windowInt(window int) bool { return m.Integers && window > 1 && !m.windowCoop(window) }
