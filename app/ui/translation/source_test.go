package translation

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"
)

// phrase is a call of lang.L or one of its relatives.
type phrase struct {
	where  string // file and line
	key    string
	text   string // English
	plural bool   // it has forms for one and for several
}

// calls are the functions of Fyne's package lang that take a key: how many
// leading arguments are text (with two, the key and the English text), and
// whether there are plural forms.
var calls = map[string]struct {
	texts  int
	plural bool
}{
	"L": {1, false}, "Localize": {1, false},
	"X": {2, false}, "LocalizeKey": {2, false},
	"N": {1, true}, "LocalizePlural": {1, true},
	"XN": {2, true}, "LocalizePluralKey": {2, true},
}

// phrasesOf collects the phrases of all programs below a folder, tests left
// out, and what is wrong with how they are written.
func phrasesOf(t *testing.T, tree fs.FS) (phrases []phrase, wrong []string) {
	t.Helper()
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		data, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, data, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		p, w := phrasesIn(set, file)
		phrases, wrong = append(phrases, p...), append(wrong, w...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return phrases, wrong
}

func phrasesIn(set *token.FileSet, file *ast.File) (phrases []phrase, wrong []string) {
	name := localName(file)
	if name == "" {
		return nil, nil
	}
	called := map[*ast.SelectorExpr]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && isOf(s, name) {
				called[s] = true
				p, err := read(call, s.Sel.Name)
				p.where = set.Position(call.Pos()).String()
				if err != nil {
					wrong = append(wrong, fmt.Sprintf("%s: %v", p.where, err))
				} else {
					phrases = append(phrases, p)
				}
			}
		}
		if s, ok := n.(*ast.SelectorExpr); ok && isOf(s, name) && !called[s] {
			wrong = append(wrong, fmt.Sprintf("%s: lang.%s is not called here; call it with a literal, so that the key can be found",
				set.Position(s.Pos()), s.Sel.Name))
		}
		return true
	})
	return phrases, wrong
}

// localName is the name of Fyne's package lang in a file; "" where it is not
// imported.
func localName(file *ast.File) string {
	for _, i := range file.Imports {
		if i.Path.Value != `"fyne.io/fyne/v2/lang"` {
			continue
		}
		if i.Name != nil {
			return i.Name.Name
		}
		return "lang"
	}
	return ""
}

func isOf(s *ast.SelectorExpr, name string) bool {
	x, ok := s.X.(*ast.Ident)
	_, known := calls[s.Sel.Name]
	return ok && known && x.Name == name
}

func read(call *ast.CallExpr, function string) (phrase, error) {
	c := calls[function]
	var texts []string
	for _, a := range call.Args[:min(c.texts, len(call.Args))] {
		s, ok := literal(a)
		if !ok {
			return phrase{}, fmt.Errorf("the key of lang.%s is not a literal: write the text into the call", function)
		}
		texts = append(texts, s)
	}
	if len(texts) == 0 {
		return phrase{}, fmt.Errorf("lang.%s without a key", function)
	}
	return phrase{key: texts[0], text: texts[len(texts)-1], plural: c.plural}, nil
}

// literal is the value of a string literal, or of several joined by +.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		a, okA := literal(e.X)
		b, okB := literal(e.Y)
		return a + b, okA && okB && e.Op == token.ADD
	}
	return "", false
}

// TestPhrasesIn shows that the collector sees what it must see.
func TestPhrasesIn(t *testing.T) {
	const source = `package x
import words "fyne.io/fyne/v2/lang"
var a = words.L("Plain")
var b = words.X("key", "Text " + "{{.N}}", 1)
var c = words.N("{{.N}} pages", 2, nil)
var d = words.L(name)
var e = words.L
var f = other.L("not ours")
`
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "x.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	phrases, wrong := phrasesIn(set, file)
	want := []phrase{
		{"x.go:3:9", "Plain", "Plain", false},
		{"x.go:4:9", "key", "Text {{.N}}", false},
		{"x.go:5:9", "{{.N}} pages", "{{.N}} pages", true},
	}
	if fmt.Sprint(phrases) != fmt.Sprint(want) {
		t.Errorf("phrases are %v, want %v", phrases, want)
	}
	if len(wrong) != 2 || !strings.Contains(wrong[0], "not a literal") || !strings.Contains(wrong[1], "not called") {
		t.Errorf("wrong is %q, want a key that is not a literal and a function that is not called", wrong)
	}
}

func allPhrases(t *testing.T) []phrase {
	t.Helper()
	phrases, wrong := phrasesOf(t, os.DirFS(".."))
	for _, w := range wrong {
		t.Error(w)
	}
	return phrases
}
