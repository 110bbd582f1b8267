package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// kernelInterface is what a kernel binds: Go names of gpu.Binding values, and
// the 32-bit words of its push constants.
type kernelInterface struct {
	bindings  []string
	pushWords int
}

// SPIR-V numbers, from the SPIR-V specification.
const (
	magic = 0x07230203

	opTypeInt          = 21
	opTypeFloat        = 22
	opTypeVector       = 23
	opTypeImage        = 25
	opTypeSampledImage = 27
	opTypeArray        = 28
	opTypeStruct       = 30
	opTypePointer      = 32
	opConstant         = 43
	opVariable         = 59
	opDecorate         = 71
	opMemberDecorate   = 72

	decorationSpecID      = 1
	decorationArrayStride = 6
	decorationBuiltIn     = 11
	decorationCoherent    = 23
	decorationNonReadable = 25
	decorationBinding     = 33
	decorationSet         = 34
	decorationOffset      = 35

	builtInNumWorkgroups = 24
	builtInWorkgroupSize = 25

	classUniformConstant = 0
	classUniform         = 2
	classPushConstant    = 9
	classStorageBuffer   = 12

	dimBuffer = 5

	sampled  = 1 // operand of OpTypeImage: read through a sampler's type
	stored   = 2 // operand of OpTypeImage: a storage image
	rgba32ui = 30
)

// module is the part of a SPIR-V module that its interface is read from;
// instructions are their operands, by result id.
type module struct {
	types      map[uint32]instruction
	constants  map[uint32]uint32
	variables  []variable
	decoration map[uint32]map[uint32]uint32 // id, decoration: operand
	offsets    map[uint32]map[uint32]uint32 // struct id, member: bytes
	sizes      map[uint32]uint32            // of types, as far as measured, in bytes
	sizeID     map[uint32]bool              // ids with a SpecId 0
	sized      bool                         // has a WorkgroupSize
	counts     bool                         // asks for NumWorkgroups
}

type instruction struct {
	op       uint32
	operands []uint32 // after the result id
}

type variable struct{ id, pointer, class uint32 }

// reflect reads the interface of a compute kernel from its SPIR-V.
func reflect(code []byte) (kernelInterface, error) {
	m, err := parse(code)
	if err != nil {
		return kernelInterface{}, err
	}
	if !m.sized || len(m.sizeID) == 0 {
		return kernelInterface{}, errors.New("the workgroup size is not specialisation constant 0: layout(local_size_x_id = 0) in")
	}
	if m.counts {
		return kernelInterface{}, errors.New("gl_NumWorkGroups is not known where devices share a dispatch: the kernel has to be told")
	}
	var k kernelInterface
	bound := map[uint32]string{}
	for _, v := range m.variables {
		pointer := m.types[v.pointer]
		if pointer.op != opTypePointer {
			return k, fmt.Errorf("variable %d is not of a pointer type", v.id)
		}
		target := pointer.operands[1]
		switch v.class {
		case classPushConstant:
			size, err := m.size(target)
			if err != nil {
				return k, fmt.Errorf("push constants: %w", err)
			}
			k.pushWords = int(size+3) / 4
		case classUniformConstant, classUniform, classStorageBuffer:
			n, ok := m.decoration[v.id][decorationBinding]
			if set := m.decoration[v.id][decorationSet]; !ok || set != 0 {
				return k, fmt.Errorf("a resource is not a binding of set 0 (set %d)", set)
			}
			name, err := m.binding(v, target)
			if err != nil {
				return k, fmt.Errorf("binding %d: %w", n, err)
			}
			if bound[n] != "" {
				return k, fmt.Errorf("binding %d is there twice", n)
			}
			bound[n] = name
		}
	}
	for n := range uint32(len(bound)) {
		if bound[n] == "" {
			return k, fmt.Errorf("binding %d of %d is missing or never used", n, len(bound))
		}
		k.bindings = append(k.bindings, bound[n])
	}
	return k, nil
}

// parse reads a module's instructions; every length is checked against the code.
func parse(code []byte) (*module, error) {
	if len(code) < 20 || len(code)%4 != 0 || binary.LittleEndian.Uint32(code) != magic {
		return nil, errors.New("not a SPIR-V module")
	}
	words := make([]uint32, len(code)/4)
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(code[4*i:])
	}
	m := &module{
		types: map[uint32]instruction{}, constants: map[uint32]uint32{}, sizes: map[uint32]uint32{}, sizeID: map[uint32]bool{},
		decoration: map[uint32]map[uint32]uint32{}, offsets: map[uint32]map[uint32]uint32{},
	}
	for at := 5; at < len(words); {
		n, op := int(words[at]>>16), words[at]&0xffff
		if n == 0 || at+n > len(words) {
			return nil, fmt.Errorf("damaged SPIR-V at word %d", at)
		}
		m.add(op, words[at+1:at+n])
		at += n
	}
	return m, nil
}

// operands after the result id that the type instructions have at least.
var operands = map[uint32]int{
	opTypeInt: 2, opTypeFloat: 1, opTypeVector: 2, opTypeImage: 7, opTypeSampledImage: 1,
	opTypeArray: 2, opTypeStruct: 0, opTypePointer: 2,
}

// add notes an instruction. One that is too short is left out; what refers to
// it is then of no known type.
func (m *module) add(op uint32, w []uint32) {
	least, isType := operands[op]
	switch {
	case isType && len(w) >= 1+least:
		m.types[w[0]] = instruction{op, w[1:]}
	case op == opConstant && len(w) >= 3:
		m.constants[w[1]] = w[2]
	case op == opVariable && len(w) >= 3:
		m.variables = append(m.variables, variable{id: w[1], pointer: w[0], class: w[2]})
	case op == opMemberDecorate && len(w) >= 4 && w[2] == decorationOffset:
		set(m.offsets, w[0], w[1], w[3])
	case op == opDecorate && len(w) == 2:
		set(m.decoration, w[0], w[1], 1)
	case op == opDecorate && len(w) >= 3:
		set(m.decoration, w[0], w[1], w[2])
		if w[1] == decorationSpecID && w[2] == 0 {
			m.sizeID[w[0]] = true
		}
		if w[1] == decorationBuiltIn {
			m.sized = m.sized || w[2] == builtInWorkgroupSize
			m.counts = m.counts || w[2] == builtInNumWorkgroups
		}
	}
}

func set(m map[uint32]map[uint32]uint32, a, b, v uint32) {
	if m[a] == nil {
		m[a] = map[uint32]uint32{}
	}
	m[a][b] = v
}

// binding is the gpu.Binding of a resource that points to the given type.
func (m *module) binding(v variable, typ uint32) (string, error) {
	if v.class == classStorageBuffer {
		return "gpu.Storage", nil
	}
	t := m.types[typ]
	if t.op == opTypeSampledImage {
		t = m.types[t.operands[0]]
	}
	// Operands of OpTypeImage: sampled type, dimension, depth, arrayed, multisampled, sampled, format.
	if t.op != opTypeImage || t.operands[1] != dimBuffer || t.operands[5] != sampled && t.operands[5] != stored {
		return "", errors.New("neither a texel buffer nor a storage buffer")
	}
	texel := m.types[t.operands[0]]
	if t.operands[5] == stored {
		_, writeonly := m.decoration[v.id][decorationNonReadable]
		_, coherent := m.decoration[v.id][decorationCoherent]
		if t.operands[6] != rgba32ui || !writeonly && !coherent {
			return "", errors.New("a storage texel buffer must be a writeonly or coherent uimageBuffer of format rgba32ui")
		}
		return "gpu.StoreU4", nil
	}
	switch {
	case texel.op == opTypeFloat && texel.operands[0] == 32:
		return "gpu.TexelF4", nil
	case texel.op == opTypeInt && texel.operands[0] == 32 && texel.operands[1] == 0:
		return "gpu.TexelU4", nil
	case texel.op == opTypeInt && texel.operands[0] == 32:
		return "gpu.TexelI1", nil
	}
	return "", errors.New("a texel buffer of other than 32-bit numbers")
}

// size is the size of a type in bytes, a struct's up to its last member's end.
func (m *module) size(typ uint32) (uint32, error) {
	if n, ok := m.sizes[typ]; ok {
		return n, nil
	}
	t := m.types[typ]
	// A type is gone while its parts are measured: in a damaged module it may
	// contain itself.
	delete(m.types, typ)
	n, err := m.measure(typ, t)
	m.types[typ] = t
	if err == nil {
		m.sizes[typ] = n
	}
	return n, err
}

func (m *module) measure(typ uint32, t instruction) (uint32, error) {
	switch t.op {
	case opTypeInt, opTypeFloat:
		return t.operands[0] / 8, nil
	case opTypeVector:
		n, err := m.size(t.operands[0])
		return n * t.operands[1], err
	case opTypeArray:
		return m.decoration[typ][decorationArrayStride] * m.constants[t.operands[1]], nil
	case opTypeStruct:
		end := uint32(0)
		for i, member := range t.operands {
			n, err := m.size(member)
			if err != nil {
				return 0, err
			}
			end = max(end, m.offsets[typ][uint32(i)]+n)
		}
		return end, nil
	}
	return 0, fmt.Errorf("SPIR-V type %d is not supported", t.op)
}
