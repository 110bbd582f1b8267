package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"fovea/internal/eval"
)

type evalReportCmd struct {
	Results   []string `arg:"" help:"Files of results, of one model; the devices may differ."`
	Reference string   `default:"fovea" placeholder:"METHOD" help:"Method that others are compared with (default: ${default})."`
	Markdown  string   `placeholder:"FILE" help:"Write tables into this Markdown file."`
	Images    string   `placeholder:"FOLDER" help:"Write pictures, SVG, into this folder (default: images beside the Markdown file)."`
	See       []string `placeholder:"LINK" help:"What the Markdown file links to where an aim is missed; may be given several times."`
	JSON      string   `name:"json" placeholder:"FILE" help:"Write all numbers into this JSON file."`
	Command   string   `default:"foveactl eval report" placeholder:"TEXT" help:"What the Markdown file names as the command that makes it (default: ${default})."`
}

func (c *evalReportCmd) Run(std *streams) error {
	if _, err := eval.MethodsNamed([]string{c.Reference}); err != nil {
		return err
	}
	results, err := eval.ReadResults(c.Results...)
	if err != nil {
		return err
	}
	r := eval.NewReport(results, c.Reference)
	if c.JSON != "" {
		if err := writeFile(c.JSON, r); err != nil {
			return err
		}
	}
	images := c.Images
	if images == "" && c.Markdown != "" {
		images = filepath.Join(filepath.Dir(c.Markdown), "images")
	}
	if images != "" {
		if err := writePlots(images, r.Plots()); err != nil {
			return err
		}
	}
	if c.Markdown != "" {
		seen, err := filepath.Rel(filepath.Dir(c.Markdown), images)
		if err != nil {
			return fmt.Errorf("images: %w; name both folders from the same one", err)
		}
		if err := os.WriteFile(c.Markdown, r.Markdown(c.Command, filepath.ToSlash(seen), c.See...), 0o644); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	printEval(std.out, r)
	return nil
}

func writePlots(folder string, plots []eval.Plot) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("pictures: %w", err)
	}
	for _, p := range plots {
		if err := os.WriteFile(filepath.Join(folder, p.Name), p.SVG, 0o644); err != nil {
			return fmt.Errorf("pictures: %w", err)
		}
	}
	return nil
}

// printEval sums a report up.
func printEval(w io.Writer, r *eval.Report) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s on %s\n\n", printable(r.Header.Model), printable(r.Header.Device))
	if len(r.Answers) > 0 {
		fmt.Fprintln(t, "LENGTH\tQUESTION\tBUDGET\tMETHOD\tSCORE\t95 %\tQUESTIONS\tNEEDLE ATTENDED\tK: LEAST\tMEDIAN\tMOST\tDEVIATION\t")
	}
	for _, c := range r.Answers {
		if c.Task != "" {
			continue
		}
		question, needle, k := "after", "-", "-\t-\t-\t-"
		if c.Before {
			question = "before"
		}
		if c.Needle >= 0 {
			needle = fmt.Sprintf("%.3f", c.Needle)
		}
		if i := slices.IndexFunc(r.Layers, func(l eval.LayerCell) bool { return l.Group == c.Group }); i >= 0 {
			o := r.Layers[i].Over
			k = fmt.Sprintf("%.1f\t%.1f\t%.1f\t%.2f", o.Least, o.Median, o.Most, o.Deviation)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.3f\t%.3f-%.3f\t%d\t%s\t%s\t\n", dashed(c.Length), question, dashed(c.Budget), c.Method,
			c.Score.Value, c.Score.Low, c.Score.High, c.Score.N, needle, k)
	}
	t.Flush()
	if len(r.Likelihood) > 0 {
		fmt.Fprintln(t, "\nANSWERS TO\tDEPTH\tBUDGET\tMETHOD\tPERPLEXITY\tKL\tSAME BEST TOKEN\tKL BEYOND "+strings.ToUpper(r.Reference)+"'S\t95 %\t")
	}
	for _, c := range r.Likelihood {
		task, beyond := "-", "-\t-"
		if c.Task != "" {
			task = c.Task
		}
		if c.MoreKL != nil {
			beyond = fmt.Sprintf("%+.4f\t%+.4f to %+.4f", c.MoreKL.Value, c.MoreKL.Low, c.MoreKL.High)
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%.2f\t%.4f\t%.3f\t%s\t\n", task, c.Depth, dashed(c.Budget), c.Method, c.Perplexity, c.KL.Value, c.Same.Value, beyond)
	}
	t.Flush()
	if len(r.Oracle) > 0 {
		fmt.Fprintln(t, "\nLENGTH\tBUDGET\tMETHOD\tOVERLAP WITH DENSE ATTENTION\t95 %\tATTENTION ON NEEDLE\t95 %\tQUESTIONS\t")
	}
	for _, c := range r.Oracle {
		kept := "-\t-"
		if c.Kept != nil {
			kept = fmt.Sprintf("%.3f\t%.3f-%.3f", c.Kept.Value, c.Kept.Low, c.Kept.High)
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%.3f\t%.3f-%.3f\t%s\t%d\t\n", dashed(c.Length), c.Budget, c.Method, c.Mean.Value, c.Mean.Low, c.Mean.High, kept, c.Mean.N)
	}
	t.Flush()
}

// dashed is a number of tokens, where there is one.
func dashed(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}
