package gpu

import "fmt"

// Op is one operation of a recording: a dispatch when Kernel is set, else a
// copy of Src to Dst.
type Op struct {
	Kernel *Kernel
	Spec   []uint32 // specialisation constants 1, 2, ...
	Groups [3]uint32
	Push   []uint32
	Views  []View

	Src, Dst View

	// Barrier says that this operation must wait for all earlier ones.
	Barrier bool
}

// Recording is a list of operations that a device runs in order, as if each
// waited for those before it: barriers are put where an operation touches
// what an earlier one wrote, or writes what an earlier one touched.
type Recording struct {
	Name string
	Ops  []Op
	// Brief says that kernels take so little time that waiting between them counts, as
	// those of a decoded token on a processor. It is set before the first use.
	Brief bool

	read, written []View // since the last barrier
}

// NewRecording returns an empty recording; the name appears in errors.
func NewRecording(name string) *Recording { return &Recording{Name: name} }

// Dispatch records kernel k over a grid of workgroups. It panics when views or
// push constants do not fit the kernel's declaration: that is a caller's bug.
func (r *Recording) Dispatch(k *Kernel, groups [3]uint32, spec, push []uint32, views ...View) {
	if len(views) != len(k.Bindings) || len(push) != k.PushWords {
		panic(fmt.Sprintf("gpu: kernel %s: got %d views and %d push words, want %d and %d",
			k.Name, len(views), len(push), len(k.Bindings), k.PushWords))
	}
	if groups[0] == 0 || groups[1] == 0 || groups[2] == 0 {
		panic(fmt.Sprintf("gpu: kernel %s: empty grid %v", k.Name, groups))
	}
	var reads, writes []View
	for i, v := range views {
		lo, hi := v.Range()
		if lo%Alignment != 0 || lo < 0 || hi > v.Buffer.Size() || lo >= hi {
			panic(fmt.Sprintf("gpu: kernel %s: view %d [%d, %d) of a buffer of %d bytes", k.Name, i, lo, hi, v.Buffer.Size()))
		}
		if k.Bindings[i].Writes() {
			writes = append(writes, v)
		} else {
			reads = append(reads, v)
		}
	}
	r.add(Op{Kernel: k, Groups: groups, Spec: spec, Push: push, Views: views}, reads, writes)
}

// Copy records a copy of src to dst, both of the same size.
func (r *Recording) Copy(dst, src View) {
	dlo, dhi := dst.Range()
	slo, shi := src.Range()
	if dhi-dlo != shi-slo {
		panic(fmt.Sprintf("gpu: copy of %d bytes to %d bytes", shi-slo, dhi-dlo))
	}
	r.add(Op{Src: src, Dst: dst}, []View{src}, []View{dst})
}

// Dispatches counts the kernel dispatches.
func (r *Recording) Dispatches() int {
	n := 0
	for i := range r.Ops {
		if r.Ops[i].Kernel != nil {
			n++
		}
	}
	return n
}

func (r *Recording) add(op Op, reads, writes []View) {
	op.Barrier = overlap(reads, r.written) || overlap(writes, r.written) || overlap(writes, r.read)
	if op.Barrier {
		r.read, r.written = nil, nil
	}
	r.read = append(r.read, reads...)
	r.written = append(r.written, writes...)
	r.Ops = append(r.Ops, op)
}

func overlap(a, b []View) bool {
	for _, x := range a {
		for _, y := range b {
			if x.Buffer == y.Buffer {
				xlo, xhi := x.Range()
				ylo, yhi := y.Range()
				if xlo < yhi && ylo < xhi {
					return true
				}
			}
		}
	}
	return false
}
