package conversation

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

var (
	kindMathSpan  = ast.NewNodeKind("MathSpan")
	kindMathBlock = ast.NewNodeKind("MathBlock")
)

// mathSpan is a formula within text. Its segment includes the delimiters, because the formula is shown
// as it was written.
type mathSpan struct {
	ast.BaseInline
	segment text.Segment
}

func (*mathSpan) Kind() ast.NodeKind { return kindMathSpan }

func (n *mathSpan) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// mathBlock is a formula on lines of its own.
type mathBlock struct {
	ast.BaseBlock
	end    string // delimiter that ends it
	closed bool
}

func (*mathBlock) Kind() ast.NodeKind { return kindMathBlock }

func (n *mathBlock) IsRaw() bool { return true }

func (n *mathBlock) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// inlineMath parses $…$, $$…$$, \(…\) and \[…\] on one line. Between single dollars it wants no space
// at either end and no digit after the last one, so that prices stay text.
type inlineMath struct{}

func (inlineMath) Trigger() []byte { return []byte{'$', '\\'} }

func (inlineMath) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, segment := block.PeekLine()
	length := formula(line)
	if length == 0 {
		return nil
	}
	block.Advance(length)
	return &mathSpan{segment: text.NewSegment(segment.Start, segment.Start+length)}
}

// formula returns the length of the formula at the start of a line in bytes, or 0.
func formula(line []byte) int {
	for _, d := range [][2]string{{`\(`, `\)`}, {`\[`, `\]`}, {"$$", "$$"}} {
		if bytes.HasPrefix(line, []byte(d[0])) {
			if i := bytes.Index(line[2:], []byte(d[1])); i > 0 {
				return i + 4
			}
			return 0
		}
	}
	if len(line) < 3 || line[0] != '$' || space(line[1]) {
		return 0
	}
	for i := 1; i < len(line); i++ {
		switch {
		case line[i] == '\\':
			i++
		case line[i] == '$':
			if space(line[i-1]) || i+1 < len(line) && line[i+1] >= '0' && line[i+1] <= '9' {
				return 0
			}
			return i + 1
		}
	}
	return 0
}

func space(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// blockMath parses formulas that begin a line with $$ or \[ and end lines later.
type blockMath struct{}

func (blockMath) Trigger() []byte { return []byte{'$', '\\'} }

func (blockMath) CanInterruptParagraph() bool { return true }

func (blockMath) CanAcceptIndentedLine() bool { return false }

func (blockMath) Open(_ ast.Node, reader text.Reader, _ parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	line = bytes.TrimSpace(line)
	n := &mathBlock{end: "$$"}
	switch {
	case bytes.HasPrefix(line, []byte(`\[`)):
		n.end = `\]`
	case !bytes.HasPrefix(line, []byte("$$")):
		return nil, parser.NoChildren
	}
	if i := bytes.Index(line[2:], []byte(n.end)); i >= 0 {
		if i+4 < len(line) {
			return nil, parser.NoChildren // text follows: a formula within a paragraph
		}
		n.closed = true
	}
	n.Lines().Append(segment)
	reader.AdvanceToEOL()
	return n, parser.NoChildren
}

func (blockMath) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	n := node.(*mathBlock)
	if n.closed {
		return parser.Close
	}
	line, segment := reader.PeekLine()
	n.Lines().Append(segment)
	n.closed = bytes.Contains(line, []byte(n.end))
	reader.AdvanceToEOL()
	return parser.Continue | parser.NoChildren
}

func (blockMath) Close(ast.Node, text.Reader, parser.Context) {}
