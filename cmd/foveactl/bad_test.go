package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"fovea/internal/testutil"
	"fovea/internal/tinymodel"
	"fovea/model/gguf"
)

// pdf writes a PDF of the pages that draw makes.
func pdf(t *testing.T, name string, draw func(p *fpdf.Fpdf)) string {
	t.Helper()
	p := fpdf.New("P", "mm", "A4", "")
	p.SetFont("Helvetica", "", 12)
	draw(p)
	path := filepath.Join(t.TempDir(), name)
	if err := p.OutputFileAndClose(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// picture is a page without text.
func picture(p *fpdf.Fpdf) {
	p.AddPage()
	p.Rect(20, 20, 100, 100, "F")
}

func words(p *fpdf.Fpdf) {
	p.AddPage()
	p.Cell(0, 10, "Some words are written on this page.")
}

func TestBadDocuments(t *testing.T) {
	model := tiny(t)
	text := pdf(t, "text.pdf", words)
	data, err := os.ReadFile(text)
	if err != nil {
		t.Fatal(err)
	}
	for says, path := range map[string]string{
		"no such file":   filepath.Join(t.TempDir(), "none.pdf"),
		"is a directory": t.TempDir(),
		"corrupt file":   saved(t, "cut.pdf", string(data[:200])),
		"encrypted document": pdf(t, "locked.pdf", func(p *fpdf.Fpdf) {
			p.SetProtection(0, "secret", "owner")
			words(p)
		}),
		"scanned document without text": pdf(t, "scan.pdf", func(p *fpdf.Fpdf) { picture(p); picture(p) }),
		"empty document":                saved(t, "empty.txt", ""),
		"the file has no bytes":         saved(t, "empty.pdf", ""),
		"only white space":              saved(t, "blank.txt", " \n\f\n "),
		"unsupported format":            saved(t, "sheet.xlsx", "PK\x03\x04 something"),
	} {
		t.Run(says, func(t *testing.T) { fail(t, says, "ask", "--model", model, "--doc", path, "What?") })
	}
}

// A document of which some pages are pictures is read, and the pages are named.
func TestPagesWithoutText(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	path := pdf(t, "mixed.pdf", func(p *fpdf.Fpdf) { words(p); picture(p); words(p); picture(p) })
	_, errs, code := foveactl(t, "", "ask", "--model", tiny(t), "--max-tokens", "4", "--doc", path, "What?")
	if code != 0 || !strings.Contains(errs, "no text on pages 2, 4") {
		t.Errorf("code %d, %q; want the pages without text", code, errs)
	}
}

func TestBadModels(t *testing.T) {
	path := tiny(t)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lying := bytes.Clone(good)
	binary.LittleEndian.PutUint64(lying[8:], 1<<60) // the number of tensors
	edited := func(edit func(kv []gguf.KV, tensors []gguf.TensorData) ([]gguf.KV, []gguf.TensorData)) string {
		s := tinymodel.Default()
		s.Edit = edit
		return tinymodel.Write(t, s)
	}
	extra := func(key string, value any) string {
		s := tinymodel.Default()
		s.Extra = []gguf.KV{{Key: key, Value: value}}
		return tinymodel.Write(t, s)
	}
	// A tensor of a format that is known and not served: the id of its type
	// stands behind its name and shape.
	at := bytes.Index(good, []byte("blk.1.ffn_down.weight"))
	format := bytes.Clone(good)
	binary.LittleEndian.PutUint32(format[at+len("blk.1.ffn_down.weight")+4+2*8:], 10) // Q2_K
	for says, path := range map[string]string{
		"no such file or directory":              filepath.Join(t.TempDir(), "none.gguf"),
		"an empty file":                          saved(t, "empty.gguf", ""),
		"not a GGUF file":                        saved(t, "text.gguf", strings.Repeat("This is text. ", 100)),
		"1000 bytes are missing":                 saved(t, "cut.gguf", string(good[:len(good)-1000])),
		"the file is truncated or damaged":       saved(t, "lying.gguf", string(lying)),
		"Q2_K":                                   saved(t, "q2k.gguf", string(format)),
		`architecture "falcon" is not supported`: extra("general.architecture", "falcon"),
		`RoPE scaling "yarn"`:                    extra("llama.rope.scaling.type", "yarn"),
		"do not divide among":                    extra("llama.attention.head_count_kv", uint32(3)),
		"block_count is 0":                       extra("llama.block_count", uint32(0)),
		`tokenizer`:                              extra("tokenizer.ggml.model", "bert"),
		`"blk.1.ffn_up.weight" is missing`: edited(func(kv []gguf.KV, tensors []gguf.TensorData) ([]gguf.KV, []gguf.TensorData) {
			for i := range tensors {
				if tensors[i].Name == "blk.1.ffn_up.weight" {
					tensors[i].Name = "blk.1.other.weight"
				}
			}
			return kv, tensors
		}),
		`"blk.0.attn_q.weight" has shape`: extra("llama.attention.head_count", uint32(8)),
	} {
		t.Run(says, func(t *testing.T) { fail(t, says, "ask", "--model", path, "What?") })
	}
}

func TestLongQuestion(t *testing.T) {
	fail(t, "the question is too long: it has 5000 tokens, the model's window is 4096", "ask", "--model", tiny(t),
		"--doc", pages(t, 2), strings.Repeat("long ", 1000))
}

// Ctrl-C ends the reading of a document, which waits for the device.
func TestInterruptAsk(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	doc := saved(t, "long.txt", strings.Repeat("A long text, for the reading of which there is no time. ", 5000))
	expectInterrupt(t, os.Interrupt, "interrupted", func() { time.Sleep(3 * time.Second) },
		"ask", "--model", testutil.ModelPath(t), "--doc", doc, "What?")
}

func TestSmallDevice(t *testing.T) {
	t.Setenv("FOVEA_CACHE", t.TempDir())
	model := tiny(t)
	fail(t, "the weights need ", "ask", "--model", model, "--device-memory", "64KiB", "What?")
	doc := saved(t, "long.txt", strings.Repeat("Long. ", 20_000))
	for _, says := range []string{"tokens need", "MiB are free"} { // this method keeps all on the device
		fail(t, says, "ask", "--model", model, "--method", "streaming", "--device-memory", "9MiB", "--doc", doc, "What?")
	}
	fail(t, "even with keys and values on disk", "ask", "--model", model, "--device-memory", "2MiB", "--doc", doc, "What?")
}

func TestAskWithoutDriver(t *testing.T) {
	cmd := program(t, "ask", "--model", tiny(t), "What?")
	cmd.Env = append(cmd.Env, "VK_DRIVER_FILES=/none.json", "VK_ICD_FILENAMES=/none.json")
	out, err := cmd.CombinedOutput()
	if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "mesa-vulkan-drivers") {
		t.Errorf("without a driver: error %v, %s", err, out)
	}
}
