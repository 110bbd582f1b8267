package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/dustin/go-humanize"
)

// machine describes what was measured on.
type machine struct {
	Processor string `json:"processor"`
	Cores     int    `json:"cores"`
	Memory    string `json:"memory"`
	System    string `json:"system"`
}

// cores is the number of processor cores that programs may use.
func cores() int { return runtime.NumCPU() }

// thisMachine asks Linux; what another system does not say is "not known".
func thisMachine() machine {
	m := machine{Processor: field("/proc/cpuinfo", "model name", ":"), Cores: cores(), Memory: "not known"}
	var kib uint64
	if _, err := fmt.Sscan(field("/proc/meminfo", "MemTotal", ":"), &kib); err == nil {
		m.Memory = humanize.IBytes(kib << 10)
	}
	m.System = strings.Trim(field("/etc/os-release", "PRETTY_NAME", "="), `"`)
	return m
}

// field is the value of the first line of a file that begins with a key.
func field(file, key, separator string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return "not known"
	}
	for line := range strings.Lines(string(text)) {
		if k, v, ok := strings.Cut(line, separator); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return "not known"
}

// otherLoad is how many cores were busy in the last minute, 0 where the system
// does not say.
func otherLoad() (load float64) {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	if _, err := fmt.Sscan(string(text), &load); err != nil {
		return 0
	}
	return load
}
