package shaders

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"fovea/gpu"
	"fovea/gpu/quant"
)

// ErrCoopWrong reports a device that computes wrong results with cooperative
// matrices; a newer driver may help.
var ErrCoopWrong = errors.New("shaders: wrong results with cooperative matrices")

// coopTolerance, relative to the root of the mean square, is what halves explain
// of a difference: inputs and weights are off by up to 1/2048 each.
const coopTolerance = 4e-3

const verifyCols, verifyTokens = 512, 64

// VerifyCoop computes the products of a small random matrix in a format with
// cooperative matrices. It fails with ErrCoopWrong where they differ from what Go
// computes by more than halves explain. The kernels are such as windows use, so
// that hardly anything is compiled for it alone.
func VerifyCoop(ctx context.Context, dev gpu.Device, format quant.Packed) error {
	return verifyCoop(ctx, dev, format, false)
}

// verifyCoop is VerifyCoop, with plain in ordinary arithmetic.
func verifyCoop(ctx context.Context, dev gpu.Device, format quant.Packed, plain bool) error {
	info := dev.Info()
	lanes, random := info.SubgroupSize, rand.New(rand.NewPCG(1, uint64(format)))
	rows := 8*lanes - 8
	halves, scale := HalvesBytes(verifyTokens, verifyCols)
	views, free, err := hostViews(dev, []int64{
		quant.PackedBytes(format, rows, verifyCols, lanes), verifyTokens * verifyCols * 4, StepBytes(verifyTokens),
		halves, scale, int64(verifyTokens*rows) * 4,
	})
	if err != nil {
		return err
	}
	defer free()
	err = quant.Pack(format, rows, verifyCols, lanes, func(int) (quant.Type, []byte) { return randomRow(random, format) }, hostBytes(views[0]))
	if err != nil {
		return err
	}
	x := f32s(hostBytes(views[1]))
	for i := range x {
		x[i] = float32(random.NormFloat64())
	}
	step := Step{Queries: verifyTokens}
	step.Put(hostBytes(views[2]))

	m := MatmulCoop{plain: plain, Halves: Halves{X: views[3], Scale: views[4]}}
	m.W = Weights{View: views[0], Format: format, Rows: rows, Cols: verifyCols}
	m.X, m.XStride, m.Y, m.YStride, m.Epilogue, m.Tokens, m.Params = views[1], verifyCols, views[5], rows, Add, verifyTokens, views[2]
	r := gpu.NewRecording("verify cooperative matrices")
	defer dev.Release(r)
	m.Inputs().Halve(r, m.Halves)
	m.Record(r, info)
	if err := dev.Submit(ctx, r); err != nil {
		return err
	}
	if e := worst(f32s(hostBytes(m.Y)), products(m.W, lanes, x)); !(e <= coopTolerance) {
		return fmt.Errorf("%w on %s (%s): products of %v are off by %.3g of their size, halves explain %.3g",
			ErrCoopWrong, info.Name, info.Driver, format, e, coopTolerance)
	}
	return nil
}

// products are those of a packed matrix in host memory and tokens' inputs x.
func products(w Weights, lanes int, x []float32) []float32 {
	y := make([]float32, len(x)/w.Cols*w.Rows)
	parallel(w.Rows, func(row int) {
		values := make([]float32, w.Cols)
		quant.UnpackRow(w.Format, hostBytes(w.View), w.Cols, lanes, row, values)
		for t := range len(x) / w.Cols {
			sum := 0.0
			for i, v := range x[t*w.Cols:][:w.Cols] {
				sum += float64(v) * float64(values[i])
			}
			y[t*w.Rows+row] = float32(sum)
		}
	})
	return y
}

// worst is the greatest difference, relative to the greater of the number and
// the root of the mean square.
func worst(got, want []float32) float64 {
	squares := 0.0
	for _, v := range want {
		squares += float64(v) * float64(v)
	}
	rms, most := math.Sqrt(squares/float64(len(want))), 0.0
	for i, v := range want {
		e := math.Abs(float64(got[i]-v)) / max(math.Abs(float64(v)), rms)
		if math.IsNaN(e) {
			return math.Inf(1)
		}
		most = max(most, e)
	}
	return most
}

// hostViews returns ranges of one buffer of mapped memory, of the given sizes in
// bytes, and what frees it.
func hostViews(dev gpu.Device, sizes []int64) ([]gpu.View, func(), error) {
	views, end := make([]gpu.View, len(sizes)), int64(0)
	for i, n := range sizes {
		views[i] = gpu.View{Offset: end, Size: n}
		end += gpu.Align(n)
	}
	b, err := dev.Alloc(end, gpu.Host)
	if err != nil {
		return nil, nil, err
	}
	for i := range views {
		views[i].Buffer = b
	}
	return views, b.Free, nil
}

// hostBytes is the memory of a view of a Host buffer.
func hostBytes(v gpu.View) []byte {
	lo, hi := v.Range()
	return v.Buffer.Bytes()[lo:hi]
}

// randomRow is a row of verifyCols random numbers, as a file that is packed in
// the format has it.
func randomRow(r *rand.Rand, format quant.Packed) (quant.Type, []byte) {
	if format == quant.PQ4K { // which nothing here quantizes to: all bytes but those of the two scales will do
		raw := make([]byte, quant.Q4_K.RowBytes(verifyCols))
		for i := range raw {
			raw[i] = byte(r.Uint32())
		}
		for block := raw; len(block) > 0; block = block[quant.Q4_K.RowBytes(256):] {
			copy(block, []byte{0x00, 0x14, 0x00, 0x20}) // 2^-10 and 2^-7
		}
		return quant.Q4_K, raw
	}
	typ := map[quant.Packed]quant.Type{
		quant.PQ4: quant.Q4_0, quant.PQ8: quant.Q8_0, quant.PF16: quant.F16, quant.PBF16: quant.BF16,
	}[format]
	values, raw := make([]float32, verifyCols), make([]byte, typ.RowBytes(verifyCols))
	for i := range values {
		values[i] = float32(r.NormFloat64())
	}
	quant.Quantize(typ, values, raw)
	return typ, raw
}
