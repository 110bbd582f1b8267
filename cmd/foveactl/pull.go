package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"

	"fovea/app/models"
)

type pullCmd struct {
	Name   string `arg:"" optional:"" help:"A model of the catalogue, or with --url a name for another one."`
	URL    string `name:"url" placeholder:"URL" help:"Fetch from this https address instead of the catalogue's source."`
	SHA256 string `name:"sha256" placeholder:"HEX" help:"Checksum that the file must have, 64 hexadecimal digits; needed with --url for a model that the catalogue does not have."`
}

// Help is what foveactl pull --help says at length.
func (c *pullCmd) Help() string {
	return "Models lie in the folder models of $" + models.DataVariable + ", or else of fovea in the user's data directory. " +
		"The last line printed is the path of the file. An interrupted download continues when the command is given again."
}

func (c *pullCmd) Run(ctx context.Context, std *streams) error {
	if c.Name == "" {
		if c.URL != "" || c.SHA256 != "" {
			return errors.New("pull: --url and --sha256 need a name for the model")
		}
		return listCatalogue(std)
	}
	e, err := c.entry()
	if err != nil {
		return err
	}
	line := newStatus(std.err)
	path, err := models.Puller{Progress: func(p models.Progress) { line.set(e.Name + ": " + progressText(p)) }}.Pull(ctx, e)
	line.clear()
	if ctx.Err() != nil {
		return fmt.Errorf("%w; the same command continues the download", errInterrupted)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(std.out, path)
	return nil
}

func (c *pullCmd) entry() (models.Entry, error) {
	if c.URL != "" {
		return models.At(c.Name, c.URL, c.SHA256)
	}
	if c.SHA256 != "" {
		return models.Entry{}, errors.New("pull: --sha256 needs --url")
	}
	e, ok := models.Lookup(c.Name)
	if !ok {
		var names []string
		for _, e := range models.Catalogue() {
			names = append(names, e.Name)
		}
		return e, fmt.Errorf("pull: no model %q in the catalogue, which has: %s", c.Name, strings.Join(names, ", "))
	}
	return e, nil
}

func listCatalogue(std *streams) error {
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tSIZE\tLICENCE\tMODEL\tFILE")
	for _, e := range models.Catalogue() {
		path, err := models.Find(e.Name)
		switch {
		case errors.Is(err, models.ErrMissing):
			path = "not fetched"
		case err != nil:
			return err
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", e.Name, humanize.Bytes(uint64(e.Size)), e.Licence, e.Title, path)
	}
	return table.Flush()
}

// progressText is a pull's progress in words.
func progressText(p models.Progress) string {
	text := string(p.Stage)
	if p.Total > 0 {
		text += fmt.Sprintf(" %s of %s", humanize.Bytes(uint64(p.Done)), humanize.Bytes(uint64(p.Total)))
	} else if p.Done > 0 {
		text += " " + humanize.Bytes(uint64(p.Done))
	}
	if p.PerSecond > 0 {
		text += fmt.Sprintf(", %s/s", humanize.Bytes(uint64(p.PerSecond)))
	}
	if p.Left > 0 {
		text += fmt.Sprintf(", %v left", max(p.Left.Round(time.Second), time.Second))
	}
	return text
}
