// Package engine is what a conversation needs of a model: open one, read
// documents, ask, and hear what happens. It runs in this process.
package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"

	"fovea/gpu"
	"fovea/gpu/vulkan"
	"fovea/model"
	"fovea/model/gguf"
	"fovea/model/kvcache"
	"fovea/model/template"
	"fovea/model/tokenizer"
)

// What a caller may want to tell from other errors.
var (
	ErrOutOfMemory  = gpu.ErrOutOfMemory
	ErrDeviceLost   = gpu.ErrDeviceLost
	ErrOtherSession = kvcache.ErrOtherSession // the text must be read again for other settings
)

// Options choose a model and a device.
type Options struct {
	Model       string // path of a GGUF file
	Device      string // index or part of a name; empty: the best
	CacheDir    string // for compiled pipelines, and for what sessions hold that fits no memory; "": neither
	MemoryLimit int64  // bytes of device memory that may be used; 0: all
	HostMemory  int64  // see model.Limits
	ColdBits    int    // see model.Limits
	Exact       bool   // windows are computed in floats, without cooperative matrices
}

// Engine is a model on a device, with its tokenizer and its chat template.
type Engine struct {
	Model     *model.Model
	Tokenizer *tokenizer.Tokenizer
	Template  *template.Template
	Info      gpu.Info
	Name      string // of the model, from its file

	dev     gpu.Device
	content string // names the model's file by its content
}

// Open opens a device and loads a model onto it. progress is called, where
// set, with the share of the weights that is on the device, 0 to 1.
func Open(ctx context.Context, o Options, progress func(float64)) (*Engine, error) {
	// What can be wrong with the file is told before a device is opened.
	f, e, err := read(o.Model)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	dev, err := vulkan.Open(vulkan.Options{Device: o.Device, CacheDir: o.CacheDir, MemoryLimit: o.MemoryLimit, NoMatrices: o.Exact, Crew: runtime.GOMAXPROCS(0)})
	if err != nil {
		return nil, err
	}
	if err := e.load(ctx, dev, f, progress); err != nil {
		return nil, errors.Join(err, dev.Close())
	}
	// On software drivers always, see decision 22.
	e.Model.Integers = !o.Exact && (e.Info.Kind == gpu.CPU || e.Model.FasterInIntegers())
	e.Model.Limits.Host, e.Model.Limits.Bits = o.HostMemory, o.ColdBits
	if o.CacheDir != "" {
		e.Model.Limits.Dir = filepath.Join(o.CacheDir, "kv")
	}
	return e, nil
}

// OpenOn loads the model at path onto a device that the caller opened. Close
// closes the device, too.
func OpenOn(ctx context.Context, dev gpu.Device, path string) (*Engine, error) {
	f, e, err := read(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := e.load(ctx, dev, f, nil); err != nil {
		return nil, err
	}
	return e, nil
}

// read reads everything of a model but its weights.
func read(path string) (*gguf.File, *Engine, error) {
	f, err := gguf.Open(path)
	if err != nil {
		return nil, nil, err
	}
	e := &Engine{Name: filepath.Base(path)}
	if name, ok := f.String("general.name"); ok {
		e.Name = name
	}
	if _, err = model.ReadConfig(f); err == nil {
		e.Tokenizer, err = tokenizer.FromGGUF(f)
	}
	if err == nil {
		e.Template, err = chatTemplate(f)
	}
	if err == nil {
		e.content, err = contentName(path)
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return f, e, nil
}

func (e *Engine) load(ctx context.Context, dev gpu.Device, f *gguf.File, progress func(float64)) (err error) {
	e.Model, err = model.Load(ctx, dev, f, progress)
	e.dev, e.Info = dev, dev.Info()
	return err
}

// plainTemplate serves files without a chat template: base models.
const plainTemplate = `{% for m in messages %}{{ m.content }}

{% endfor %}`

func chatTemplate(f *gguf.File) (*template.Template, error) {
	source, ok := f.String("tokenizer.chat_template")
	if !ok {
		source = plainTemplate
	}
	return template.New(source)
}

// Device is the device that the engine runs on, for its profile and counts.
func (e *Engine) Device() gpu.Device { return e.dev }

// Close frees the model and the device. All conversations must be closed.
func (e *Engine) Close() error {
	e.Model.Close()
	return e.dev.Close()
}
