package archtest

// Rooms is the table of rooms, with the reason for each limit. Tests may import
// any room; bans hold for them too.
var Rooms = []Room{
	{Name: "app/document", Why: "documents are read with or without a model, and their parsers meet foreign bytes"},
	{
		Name: "app/engine", Imports: []string{"app/document", "gpu", "gpu/vulkan", "internal/disk", "model", "model/*", "shaders"},
		Why: "it is where a model, a device and documents meet; it must serve the terminal and the window alike",
	},
	{
		Name: "app/models", Imports: []string{"assets", "internal/disk", "model", "model/*"},
		Why: "a model is found, fetched and judged by its head, without a device",
	},
	{Name: "assets", Why: "it is only files"},
	{
		Name: "cmd/foveactl",
		Imports: []string{
			"app/document", "app/engine", "app/models", "assets", "gpu", "gpu/vulkan", "internal/bench", "internal/bench/peak", "internal/eval", "internal/tracerun", "model", "model/*", "shaders", "store",
		},
		Why: "the headless program is everything but the window",
	},
	{Name: "gpu", Why: "devices serve any kernels; they know no language model and no cgo"},
	{Name: "gpu/quant", Why: "element formats are arithmetic on bytes"},
	{Name: "gpu/reference", Imports: []string{"gpu"}, Why: "a device knows recordings, not what they compute"},
	{Name: "gpu/vulkan", Imports: []string{"gpu", "internal/hostmem"}, Why: "a device knows recordings, not what they compute"},
	{Name: "internal/archtest", Why: "what watches the rooms stands outside of them"},
	{
		Name: "internal/bench", Imports: []string{"gpu", "internal/bench/peak", "model", "model/actqkv", "model/kvcache", "model/lookup", "model/sample", "model/trace"},
		Why: "speed is measured as a caller of sessions sees it",
	},
	{Name: "internal/bench/peak", Imports: []string{"gpu"}, Why: "what a device can do has nothing to do with models"},
	{
		Name: "internal/eval", Imports: []string{"app/document", "gpu", "model", "model/*", "shaders"},
		Why: "methods are measured as a caller of sessions sees them",
	},
	{Name: "internal/disk", Why: "who asks for room decides what is done with it"},
	{Name: "internal/fixture", Why: "reference values were not made by this engine"},
	{Name: "internal/gputest", Imports: []string{"gpu", "gpu/reference", "gpu/vulkan"}, Why: "the suite tests devices, not models"},
	{Name: "internal/hostmem", Why: "who asks for memory decides what is done with it"},
	{Name: "internal/shadergen", Why: "the generator must run when its output is missing or broken"},
	{Name: "internal/testutil", Why: "every package's tests use it"},
	{Name: "internal/tinymodel", Imports: []string{"gpu/quant", "model/gguf"}, Why: "a model file is made without the engine that it tests"},
	{Name: "internal/tracerun", Imports: []string{"model", "model/*"}, Why: "a run is recorded as a caller of sessions sees it"},
	{
		Name: "model", Imports: []string{"gpu", "gpu/quant", "internal/hostmem", "model/actqkv", "model/gguf", "model/kvcache", "model/trace", "shaders"},
		Why: "a session reads token ids and gives logits, on any device; text and sampling are its caller's",
	},
	{Name: "model/actqkv", Imports: []string{"shaders"}, Why: "settings and places are plain numbers, testable without a device"},
	{Name: "model/gguf", Imports: []string{"gpu/quant"}, Why: "a file is read and checked before anything else of the engine exists"},
	{
		Name: "model/kvcache", Imports: []string{"gpu", "internal/disk", "model/actqkv", "model/trace", "shaders"},
		Why: "the cache knows heads and layers, not weights, files or text",
	},
	{Name: "model/lookup", Why: "drafts are a function of tokens"},
	{Name: "model/sample", Why: "sampling is a function of logits"},
	{Name: "model/template", Imports: []string{"model/template/jinja"}, Why: "a template comes with a foreign file and reaches nothing of ours"},
	{Name: "model/template/jinja", Why: "a template comes with a foreign file and reaches nothing of ours"},
	{Name: "model/tokenizer", Why: "tokens are a function of text; a file's keys come through an interface"},
	{Name: "model/trace", Why: "watchers import it, and must not import the engine with it"},
	{Name: "scripts/manual", Why: "the manual is typeset without the engine"},
	{Name: "scripts/peers", Imports: []string{"internal/bench"}, Why: "Fovea is compared as a program beside programs"},
	{Name: "shaders", Imports: []string{"gpu", "gpu/quant"}, Why: "kernels know shapes, not models or sessions"},
	{Name: "store", Why: "what is kept on disk outlives every other room"},

	{Name: "main.go", Imports: []string{"app"}, Why: "the desktop program is what app makes of it", Desktop: true},
	{
		Name: "app", Imports: []string{"app/*", "gpu/vulkan", "store"}, Desktop: true,
		Why: "it wires rooms together and does nothing of its own",
	},
	{
		Name: "app/chat", Imports: []string{"app/document", "app/engine", "internal/hostmem", "model/*", "store"},
		Why: "a conversation runs without a window, and knows of an engine what its interfaces say",
	},
	{
		Name: "app/chat/chattest", Imports: []string{"app/chat", "app/document", "app/engine", "model/*"},
		Why: "it stands in for an engine, so it needs what an engine gives and no device",
	},
	{
		Name: "app/ui", Imports: []string{"app/chat", "app/document", "app/engine", "app/models", "app/ui/*", "assets", "model/actqkv", "model/trace", "store"}, Desktop: true,
		Why: "it joins widgets with what they show, which comes from app/chat, app/models and store",
	},
	{Name: "app/ui/conversation", Imports: []string{"app/ui/numbers", "app/ui/theme"}, Desktop: true, Why: "widgets draw plain data and expose callbacks"},
	{
		Name: "app/ui/models", Imports: []string{"app/models", "app/ui/numbers"}, Desktop: true,
		Why: "it shows what app/models says of models; searching, fetching and loading are its caller's",
	},
	{Name: "app/ui/numbers", Desktop: true, Why: "numbers are a matter of the language alone"},
	{Name: "app/ui/pages", Imports: []string{"app/ui/theme"}, Desktop: true, Why: "widgets draw plain data and expose callbacks"},
	{Name: "app/ui/retention", Imports: []string{"app/ui/numbers", "model/trace"}, Desktop: true, Why: "the picture shows traces, whoever made them"},
	{Name: "app/ui/settings", Imports: []string{"app/ui/numbers", "app/ui/theme", "app/ui/translation"}, Desktop: true, Why: "widgets draw plain data and expose callbacks"},
	{Name: "app/ui/sidebar", Imports: []string{"app/ui/theme"}, Desktop: true, Why: "widgets draw plain data and expose callbacks"},
	{Name: "app/ui/theme", Desktop: true, Why: "a theme is colours and sizes"},
	{Name: "app/ui/translation", Desktop: true, Why: "translations know no widgets"},
	{Name: "internal/uicheck", Desktop: true, Why: "it looks at any window, whatever drew it"},
	{Name: "internal/uitest", Why: "a program is driven from outside, as a person does it"},
	{Name: "scripts/icon", Desktop: true, Why: "the icon is drawn without the program"},
}

// Bans are the packages that only some rooms may import.
var Bans = []Ban{
	{
		Import: "C", Rooms: []string{"gpu/vulkan"},
		Why: "C is compiled, leaks and crashes in one room; all others are plain Go",
	},
	{
		Import: "github.com/vulkan-go/vulkan", Rooms: []string{"gpu/vulkan"},
		Why: "the engine records and a device executes; code that knows Vulkan could not run on the reference device",
	},
	{
		Import: "fyne.io/*", Rooms: []string{"app", "app/ui", "app/ui/*", "internal/uicheck"},
		Why: "everything else must build and be tested without a window system",
	},
	{
		Import: "fovea/app/ui", Rooms: []string{"app", "app/ui/*", "main.go"},
		Why: "everything else must build and be tested without a window system",
	},
	{
		Import: "github.com/klippa-app/go-pdfium*", Rooms: []string{"app/document"},
		Why: "PDFium meets hostile files behind one set of limits",
	},
	{
		Import: "net/http", Rooms: []string{"app/models"},
		Why: "nothing but a download that a person asked for reaches the network",
	},
}
