package models

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// wheelPlace is where pip would take a package from.
type wheelPlace struct {
	url    string
	sha256 string
}

const pipHint = "install Python 3 with pip (Debian, Ubuntu: apt install python3 python3-pip)"

// askPip asks Python's package manager, in the user's own configuration, where
// it would take a package from. Nothing is installed. It runs in dir, for
// Python looks for modules in the current directory first.
func askPip(ctx context.Context, pkg, dir string) (wheelPlace, error) {
	args := []string{
		"-m", "pip", "install", "--dry-run", "--quiet", "--no-deps", "--ignore-installed", "--only-binary=:all:",
		"--no-input", "--disable-pip-version-check", "--report", "-",
	}
	out, err := runPip(ctx, dir, append(args, pkg)...)
	if err != nil && strings.Contains(err.Error(), "externally-managed-environment") {
		// A dry run changes nothing, so it may ignore who manages the packages.
		out, err = runPip(ctx, dir, append(args, "--break-system-packages", pkg)...)
	}
	if err != nil {
		return wheelPlace{}, fmt.Errorf("pip: %s: %w", pkg, err)
	}
	var report struct {
		Install []struct {
			Download struct {
				URL     string `json:"url"`
				Archive struct {
					Hashes map[string]string `json:"hashes"`
				} `json:"archive_info"`
			} `json:"download_info"`
		} `json:"install"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return wheelPlace{}, fmt.Errorf("pip: %s: its report cannot be read: %w", pkg, err)
	}
	if len(report.Install) != 1 {
		return wheelPlace{}, fmt.Errorf("pip: %s: its report names %d packages instead of one", pkg, len(report.Install))
	}
	d := report.Install[0].Download
	place := wheelPlace{url: d.URL, sha256: d.Archive.Hashes["sha256"]}
	if place.sha256 == "" && !strings.HasPrefix(place.url, "file:") {
		return wheelPlace{}, fmt.Errorf("pip: %s: the package index gives no SHA-256 checksum; use another index", pkg)
	}
	return place, nil
}

// runPip runs Python and returns its output. An error says what to do.
func runPip(ctx context.Context, dir string, args ...string) ([]byte, error) {
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, "python3", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	// Settings for installing have no say in a dry run.
	cmd.Env = append(os.Environ(), "PIP_REQUIRE_VIRTUALENV=0", "PIP_USER=0")
	cmd.WaitDelay = 500 * time.Millisecond // what python3 started may hold its pipes
	err := cmd.Run()
	said := errs.String()
	switch {
	case err == nil:
		return out.Bytes(), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("there is no python3: %s", pipHint)
	case strings.Contains(said, "No module named pip"):
		return nil, fmt.Errorf("python3 has no pip: %s", pipHint)
	case strings.Contains(said, "no such option: --dry-run"), strings.Contains(said, "no such option: --report"):
		return nil, errors.New("pip is too old, 22.2 is needed: python3 -m pip install --upgrade pip")
	case strings.Contains(said, "Retrying (Retry("):
		return nil, fmt.Errorf("%w of the package index; check the network connection (%s)", ErrUnreachable, complaint(said))
	}
	return nil, fmt.Errorf("%w: %s", err, complaint(said))
}

// complaint is what pip says is wrong, in one line.
func complaint(said string) string {
	var wrong []string
	for line := range strings.Lines(said) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "ERROR: "); ok {
			wrong = append(wrong, text)
		}
		if strings.Contains(line, "externally-managed-environment") && len(wrong) == 0 {
			wrong = append(wrong, "externally-managed-environment")
		}
	}
	if len(wrong) == 0 {
		return strings.Join(strings.Fields(said), " ")
	}
	return strings.Join(wrong, "; ")
}
