package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/dustin/go-humanize"

	"fovea/gpu/vulkan"
	"fovea/shaders"
)

type devicesCmd struct {
	JSON bool `name:"json" help:"Print a JSON array; memory in bytes."`
}

// deviceEntry is a device in JSON.
type deviceEntry struct {
	Index    int    `json:"index"` // for --device
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Driver   string `json:"driver"`
	Subgroup int    `json:"subgroup_size"` // lanes
	Memory   int64  `json:"memory_bytes"`
	Unified  bool   `json:"unified_memory"`       // it is the processor's memory
	Matrices bool   `json:"cooperative_matrices"` // such as reading uses
	Usable   bool   `json:"usable"`
	Reason   string `json:"reason,omitempty"` // why it is not usable
}

func (c *devicesCmd) Run(std *streams) error {
	list, err := vulkan.Devices()
	if err != nil {
		return err
	}
	return c.write(std, list)
}

func (c *devicesCmd) write(std *streams, list []vulkan.Listing) error {
	entries := bestFirst(list)
	if c.JSON {
		return writeJSON(std.out, entries)
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "DEVICE\tNAME\tKIND\tDRIVER\tSUBGROUP\tMEMORY\t")
	for _, e := range entries {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%d lanes\t%s\t\n",
			e.Index, printable(e.Name), e.Kind, printable(e.Driver), e.Subgroup, humanize.IBytes(uint64(e.Memory)))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Usable {
			fmt.Fprintf(std.out, "Device %d cannot serve: %s.\n", e.Index, e.Reason)
		}
	}
	if !slices.ContainsFunc(entries, func(e deviceEntry) bool { return e.Usable }) {
		fmt.Fprintln(std.out, "No device can serve. A software driver serves every machine (Debian, Ubuntu: apt install mesa-vulkan-drivers).")
	}
	return nil
}

// bestFirst sorts devices in the order in which they are chosen.
func bestFirst(list []vulkan.Listing) []deviceEntry {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b vulkan.Listing) int {
		return cmp.Or(unusable(a)-unusable(b), cmp.Compare(a.Info.Kind, b.Info.Kind))
	})
	entries := make([]deviceEntry, len(list))
	for i, l := range list {
		entries[i] = deviceEntry{
			Index: l.Index, Name: l.Info.Name, Kind: l.Info.Kind.String(), Driver: l.Info.Driver, Subgroup: l.Info.SubgroupSize,
			Memory: l.Info.Memory, Unified: l.Info.Unified, Matrices: shaders.Coop(l.Info), Usable: l.Unusable == "", Reason: l.Unusable,
		}
	}
	return entries
}

func unusable(l vulkan.Listing) int {
	if l.Unusable != "" {
		return 1
	}
	return 0
}

// writeJSON writes v and a line break.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
