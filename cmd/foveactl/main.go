// Command foveactl is the engine's command line: it needs no window system.
//
// A command is a struct whose fields are its arguments and whose method Run
// does the work. Results go to the standard output, progress and warnings to
// the standard error; the exit code is 0 or, after any error, 1.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/user"
	"runtime"
	"runtime/debug"

	"github.com/alecthomas/kong"

	"fovea/gpu/vulkan"
)

// commands is the command line.
type commands struct {
	Ask      askCmd      `cmd:"" help:"Answer one question about documents." set:"kv=f16"`
	Chat     chatCmd     `cmd:"" help:"Hold a conversation over documents." set:"kv=f16"`
	Inspect  inspectCmd  `cmd:"" help:"Show what a GGUF file contains, and whether Fovea can run it."`
	Devices  devicesCmd  `cmd:"" help:"List the Vulkan devices of the machine, and say which can serve."`
	Models   modelsCmd   `cmd:"" help:"List the models on this machine, also those of other programs, and say which run."`
	Pull     pullCmd     `cmd:"" help:"Fetch a model of the catalogue; without a name, list the catalogue."`
	Tokenize tokenizeCmd `cmd:"" help:"Turn text into token ids."`
	Bench    benchCmd    `cmd:"" help:"Measure speed and memory." set:"kv=f16"`
	Started  startedCmd  `cmd:"" hidden:""`
	Eval     evalCmd     `cmd:"" help:"Measure how right answers about long texts are, by several methods."`
	Backup   backupCmd   `cmd:"" help:"Copy the database of the window's conversations."`
	Trace    traceCmd    `cmd:"" help:"Run a prompt of token ids and record every decision." set:"kv=f32"`

	Version kong.VersionFlag `help:"Print the version and end."`
}

// streams are what a command reads and writes; Run methods take a *streams.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	// Containers and services may start programs without HOME.
	if u, err := user.Current(); err == nil && os.Getenv("HOME") == "" {
		_ = os.Setenv("HOME", u.HomeDir) // its name is valid
	}
	os.Exit(run(interruptible(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run executes a command line and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	if err := vulkan.PrepareSoftware(); err != nil {
		return report(stderr, err)
	}
	out := &checkedWriter{w: stdout}
	// Kong ends the process after --help and --version; here it ends run.
	type ended int
	defer func() {
		switch r := recover().(type) {
		case nil:
		case ended:
			code = int(r)
		default:
			panic(r)
		}
		if out.err != nil && code == 0 {
			code = report(stderr, fmt.Errorf("write the output: %w", out.err))
		}
	}()
	var c commands
	parser, err := kong.New(
		&c,
		kong.Name("foveactl"),
		kong.Description("Answers questions about long documents with language models on Vulkan devices."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{"version": version()},
		kong.Writers(out, stderr),
		kong.Exit(func(code int) { panic(ended(code)) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(&streams{in: stdin, out: out, err: stderr}),
	)
	if err != nil {
		return report(stderr, err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return report(stderr, fmt.Errorf("%w; foveactl --help shows what there is", err))
	}
	if err := parsed.Run(); err != nil {
		return report(stderr, err)
	}
	return 0
}

// version is what the build knows of the program's source.
func version() string {
	v := "of unknown version"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	return fmt.Sprintf("foveactl %s, built with %s for %s/%s", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// checkedWriter notes the first error of w, so that no command need look.
type checkedWriter struct {
	w   io.Writer
	err error
}

func (c *checkedWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	if c.err == nil {
		c.err = err
	}
	return n, err
}
