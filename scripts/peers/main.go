// Command peers measures Fovea beside llama.cpp on the same machine and model,
// in turn, and writes what came out as JSON, as a document and as a picture.
//
// Programs that are compared are started before a round, one after the other,
// read a model and then wait. At each depth one after the other gets a line on
// its standard input, measures, and answers with a line of JSON; nothing else
// runs meanwhile. What was measured is kept after each depth, so that an
// interrupted run goes on where it was. The command make bench-peers installs
// llama.cpp (install.sh) and runs this.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// options of a run.
type options struct {
	foveactl, model string // files
	dir             string // where llama.cpp is installed and results are kept
	markdown, image string // files to write
	rounds          int
	cpu, vulkan     []int  // depths in tokens, rising; no vulkan leaves that comparison out
	decode          int    // tokens decoded behind each depth
	vulkanDecode    int    // the same for llama.cpp's Vulkan backend
	bench           string // arguments of foveactl bench for Fovea alone; "" leaves it out
	cores           int    // that every program may use
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := parse(os.Args[1:])
	if err == nil {
		err = run(ctx, o)
	}
	if ctx.Err() != nil {
		err = errors.New("interrupted; the same command goes on from there")
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("peers", flag.ContinueOnError)
	f.StringVar(&o.foveactl, "foveactl", "build/foveactl", "Fovea's program for terminals")
	f.StringVar(&o.model, "model", "", "GGUF file")
	f.StringVar(&o.dir, "dir", "build/peers", "folder of llama.cpp, as install.sh makes it, and of the results")
	f.StringVar(&o.markdown, "markdown", "docs/performance.md", "document to write")
	f.StringVar(&o.image, "image", "docs/images/speed.png", "picture to write")
	f.IntVar(&o.rounds, "rounds", 2, "how often each depth is measured")
	f.IntVar(&o.decode, "decode", 64, "tokens to decode behind each depth")
	f.IntVar(&o.vulkanDecode, "vulkan-decode", 8, "tokens that llama.cpp's Vulkan backend decodes behind each depth")
	f.StringVar(&o.bench, "bench", "--turns 3 --profile --synthetic --depth 512,4096,8192,30000,100000,200000,500000", "options of foveactl bench for Fovea alone; empty: leave it out")
	f.IntVar(&o.cores, "threads", cores(), "threads of llama.cpp")
	cpu := f.String("cpu", "32,512,4096,7800,8192,30000", "depths beside llama.cpp's CPU backend, in tokens")
	vulkan := f.String("vulkan", "32,512,7800", "depths beside llama.cpp's Vulkan backend, in tokens; empty: none")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.model == "" || f.NArg() > 0 || o.rounds < 1 {
		return o, errors.New("give a GGUF file with -model, 1 or more -rounds, and nothing else; -help shows all options")
	}
	if o.cpu, err = numbers("-cpu", *cpu); err != nil {
		return o, err
	}
	if len(o.cpu) == 0 {
		return o, errors.New("-cpu needs a depth; the picture is made of that comparison")
	}
	o.vulkan, err = numbers("-vulkan", *vulkan)
	return o, err
}

// numbers are the rising numbers of a list with commas.
func numbers(option, list string) (n []int, err error) {
	for word := range strings.SplitSeq(list, ",") {
		if list == "" {
			return nil, nil
		}
		v, err := strconv.Atoi(word)
		if err != nil || v < 1 || len(n) > 0 && v <= n[len(n)-1] {
			return nil, fmt.Errorf("%s %s: write rising numbers with commas between them, such as 512,4096", option, list)
		}
		n = append(n, v)
	}
	return n, nil
}

func run(ctx context.Context, o options) error {
	drivers, err := writeDrivers(o.dir)
	if err != nil {
		return err
	}
	of, err := subjectOf(ctx, o)
	if err != nil {
		return err
	}
	kept, err := open(filepath.Join(o.dir, "results.json"), of)
	if err != nil {
		return err
	}
	if load := otherLoad(); load > 0.5 {
		fmt.Fprintf(os.Stderr, "peers: other programs keep %.1f cores busy; speeds and ratios will be off\n", load)
	}
	for _, s := range stages(o, drivers) {
		if err := s.run(ctx, kept, o.rounds); err != nil {
			return err
		}
	}
	if err := alone(ctx, o, kept); err != nil {
		return err
	}
	picture, err := filepath.Rel(filepath.Dir(o.markdown), o.image)
	if err != nil {
		return fmt.Errorf("the document and the picture: %w; name both from the same folder", err)
	}
	if err := kept.plot(o.image); err != nil {
		return err
	}
	text := kept.markdown(filepath.ToSlash(picture))
	if err := os.WriteFile(o.markdown, []byte(text), 0o644); err != nil {
		return fmt.Errorf("the document: %w", err)
	}
	kept.print(os.Stdout)
	fmt.Printf("\nwritten: %s, %s, %s\n", kept.path, o.markdown, o.image)
	return nil
}
