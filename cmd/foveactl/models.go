package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"

	"fovea/app/models"
)

type modelsCmd struct {
	JSON bool `name:"json" help:"Print a JSON object; sizes in bytes."`
}

// Help is what foveactl models --help says at length.
func (c *modelsCmd) Help() string {
	return "Looks into Fovea's folder of models and into those of the Hugging Face hub, llama.cpp, LM Studio, Jan, GPT4All and Ollama. " +
		"Files are used where they lie. --model takes the names that are shown here. " +
		"WEIGHTS is the memory of a device that a model needs, KV what every 1,000 tokens of text add to it."
}

func (c *modelsCmd) Run(ctx context.Context, std *streams) error {
	list, err := models.List(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return writeJSON(std.out, list)
	}
	return writeModels(std, list)
}

func writeModels(std *streams, list *models.Listing) error {
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	if len(list.Models) > 0 {
		fmt.Fprintln(table, "NAME\tFOUND IN\tSIZE\tPARAMETERS\tFORMATS\tWINDOW\tWEIGHTS\tKV\tRUNS")
	}
	for _, m := range list.Models {
		fmt.Fprintln(table, strings.Join([]string{
			printable(m.Name), m.Owner, humanize.Bytes(uint64(m.Bytes)), orDash(m.Parameters, parametersText),
			cmp.Or(strings.Join(m.Formats, ", "), "-"), orDash(int64(m.Context), humanize.Comma),
			orDash(m.WeightBytes, memoryText), orDash(m.KVBytes, memoryText), runsText(m),
		}, "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, s := range list.Skipped {
		fmt.Fprintln(std.out, oneLine(fmt.Sprintf("Skipped %s: %s.", s.Path, s.Reason)))
	}
	if len(list.Models) == 0 {
		fmt.Fprintf(std.out, "No models here; fetch the default one with: foveactl pull %s\n", models.Catalogue()[0].Name)
	}
	return nil
}

// orDash shows a number, or a dash for 0, which is not known.
func orDash(n int64, text func(int64) string) string {
	if n == 0 {
		return "-"
	}
	return text(n)
}

func memoryText(n int64) string { return humanize.IBytes(uint64(n)) }

// parametersText is a number of parameters as models are called by it.
func parametersText(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1fB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.0fM", float64(n)/1e6)
	}
	return humanize.Comma(n)
}

func runsText(m models.Local) string {
	if m.Runs {
		return "yes"
	}
	return "no: " + oneLine(strings.Join(m.Reasons, "; "))
}
