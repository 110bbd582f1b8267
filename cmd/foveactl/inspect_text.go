package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
)

func (in *inspection) write(std *streams) error {
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "File\t%s, %s bytes, GGUF version %d\n", printable(in.File), humanize.Comma(in.Bytes), in.Version)
	fmt.Fprintf(w, "Model\t%s\n", printable(cmp.Or(in.Name, "the file does not say")))
	fmt.Fprintf(w, "Architecture\t%s\n", printable(cmp.Or(in.Arch, "the file does not say")))
	fmt.Fprintf(w, "Shape\t%s\n", in.shapeText())
	fmt.Fprintf(w, "Parameters\t%s in %d tensors: %s\n", humanize.Comma(in.Parameters), len(in.Tensors), in.formats())
	if in.Runs {
		fmt.Fprintln(w, "Runs\tyes")
	}
	for _, r := range in.Reasons {
		fmt.Fprintf(w, "Runs\tno: %s\n", printable(r))
	}
	fmt.Fprintf(w, "\nMetadata\t%d entries\n", len(in.Metadata))
	for _, e := range in.Metadata {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", printable(e.Key), e.typeText(), e.valueText())
	}
	if err := w.Flush(); err != nil { // the tensors' columns are others
		return err
	}
	fmt.Fprintf(w, "\nTensors\t%d\n", len(in.Tensors))
	for _, t := range in.Tensors {
		fmt.Fprintf(w, "  %s\t%v\t%s\t%s bytes\n", printable(t.Name), t.Shape, t.Format, humanize.Comma(t.Bytes))
	}
	return w.Flush()
}

func (in *inspection) shapeText() string {
	var list []string
	for _, s := range append(shapeKeys, struct{ key, name string }{name: "vocabulary"}) {
		if v, ok := in.Shape[s.name]; ok {
			list = append(list, fmt.Sprintf("%s %s", strings.ReplaceAll(s.name, "_", " "), humanize.Comma(int64(v))))
		}
	}
	if len(list) == 0 {
		return "the file does not say"
	}
	return strings.Join(list, ", ")
}

// formats counts the tensors by format.
func (in *inspection) formats() string {
	count := map[string]int{}
	for _, t := range in.Tensors {
		count[t.Format]++
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(count)) {
		list = append(list, fmt.Sprintf("%d %s", count[name], name))
	}
	return strings.Join(list, ", ")
}

func (e *metadataEntry) typeText() string {
	if e.Length != nil {
		return fmt.Sprintf("%s[%d]", strings.TrimPrefix(e.Type, "[]"), *e.Length)
	}
	return e.Type
}

// valueText is the value in at most a line.
func (e *metadataEntry) valueText() string {
	const widest = 100
	text := func(v any) string {
		if s, ok := v.(string); ok {
			return strconv.Quote(s)
		}
		return fmt.Sprint(v)
	}
	s := ""
	if list, ok := e.Value.([]any); ok {
		var all []string
		for _, v := range list {
			all = append(all, text(v))
		}
		s = strings.Join(all, " ")
		if len(list) < *e.Length {
			s += " ..."
		}
	} else {
		s = text(e.Value)
	}
	if r := []rune(s); len(r) > widest {
		s = string(r[:widest-4]) + " ..."
	}
	return s
}

// printable shows a text from a file without what could steer a terminal.
func printable(s string) string {
	if q := strconv.Quote(s); q != `"`+s+`"` {
		return q
	}
	return s
}
