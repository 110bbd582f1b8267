package jinja

import (
	"encoding/json"
	"os"
	"testing"
)

// goldenFile is what Jinja itself makes of templates.
type goldenFile struct {
	Vars  json.RawMessage
	Cases []struct{ Template, Want string }
	// Templates for which Jinja gives an error.
	Errors []string
}

func readGolden(t *testing.T) (g goldenFile, vars map[string]any) {
	t.Helper()
	b, err := os.ReadFile("testdata/jinja.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	if len(g.Cases) == 0 || len(g.Errors) == 0 {
		t.Fatal("no cases")
	}
	vars = map[string]any{}
	d := fromJSON(t, g.Vars).(*Dict)
	for _, k := range d.keys {
		vars[k.(string)] = d.at(k)
	}
	return g, vars
}

// fromJSON makes template values, with dictionaries in the file's order.
func fromJSON(t *testing.T, b json.RawMessage) any {
	t.Helper()
	dec := json.NewDecoder(newReader(b))
	dec.UseNumber()
	v, err := decode(dec)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestGolden(t *testing.T) {
	g, vars := readGolden(t)
	for _, c := range g.Cases {
		if got, err := render(c.Template, vars); err != nil || got != c.Want {
			t.Errorf("%s\n got %q, %v\nwant %q", c.Template, got, err, c.Want)
		}
	}
}

func TestGoldenErrors(t *testing.T) {
	g, vars := readGolden(t)
	for _, source := range g.Errors {
		if got, err := render(source, vars); err == nil {
			t.Errorf("%s gives %q, want an error", source, got)
		}
	}
}

func render(source string, vars map[string]any) (string, error) {
	tmpl, err := Parse(source, DefaultLimits)
	if err != nil {
		return "", err
	}
	return tmpl.Render(vars, 0)
}
