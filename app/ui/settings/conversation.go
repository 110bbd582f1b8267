package settings

import (
	"errors"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Conversation are the settings of a conversation.
type Conversation struct {
	System            string // the system prompt; empty: the model's own
	Method            string // "actqkv", "infllm", "streaming" or "full"
	Preset            string // of ActQKV: "fovea" or "paper"
	Budget            int    // tokens that a layer attends on average, of methods that recall
	Temperature       float64
	TopK              int     // 0: all
	TopP              float64 // 1: all
	MinP              float64 // 0: all
	RepetitionPenalty float64 // 1: none
	Seed              uint64  // 0: another one for each answer; below 2^32
	MaxTokens         int     // of an answer
}

// Limits of the numbers. The least budget holds the initial tokens, the local
// window and one block.
const (
	minBudget, maxBudget       = 64 + 512 + 32, 131072
	maxTemperature, maxPenalty = 2, 2
	maxTopK, maxAnswer         = 1000, 32768
	maxSeed                    = 1<<32 - 1
)

// ConversationForm edits a Conversation.
type ConversationForm struct {
	widget.BaseWidget

	// OnChange is called with each change that leaves all values valid.
	OnChange func(Conversation)

	defaults Conversation
	setting  bool // by the program, not by a person

	system                             *widget.Entry
	method, preset                     *choice
	methodField                        *field
	budget, maxTokens, temperature     *number
	topK, topP, minP, repetition, seed *number
	content                            fyne.CanvasObject
}

// NewConversationForm makes a form that shows values, and the defaults when
// they are asked for. Values outside the limits are shown and said to be wrong.
func NewConversationForm(values, defaults Conversation) *ConversationForm {
	f := &ConversationForm{defaults: defaults}
	f.system = widget.NewMultiLineEntry()
	f.system.Wrapping = fyne.TextWrapWord
	f.system.SetMinRowsVisible(3)
	f.system.SetPlaceHolder(lang.L("The model's own"))
	f.system.OnChanged = func(string) { f.changed() }
	f.method = newChoice(methods(), values.Method, func(string) { f.changed() })
	f.methodField = newField(lang.L("Method"), f.method.Select, "")
	f.preset = newChoice([]option{
		{"fovea", lang.L("Fovea (recommended)")}, {"paper", lang.L("As published")},
	}, values.Preset, func(string) { f.changed() })
	f.budget = newBudget(f.changed)
	f.maxTokens = newNumber(lang.L("Longest answer"), lang.L("In tokens"), 1, maxAnswer, true, f.changed)
	f.temperature = newNumber(lang.L("Temperature"), lang.L("0: always the most likely token"), 0, maxTemperature, false, f.changed)
	f.topK = newNumber(lang.L("Top-k"), lang.L("Tokens to choose from; 0: all"), 0, maxTopK, true, f.changed)
	f.topP = newNumber(lang.L("Top-p"), lang.L("Probability to choose from; 1: all"), 0, 1, false, f.changed)
	f.minP = newNumber(lang.L("Min-p"), lang.L("Least share of the likeliest token; 0: none"), 0, 1, false, f.changed)
	f.repetition = newNumber(lang.L("Repetition penalty"), lang.L("1: none"), 1, maxPenalty, false, f.changed)
	f.seed = newNumber(lang.L("Seed"), lang.L("0: another one for each answer"), 0, maxSeed, true, f.changed)

	reset := widget.NewButtonWithIcon(lang.L("Reset to defaults"), theme.ViewRefreshIcon(), func() {
		f.set(f.defaults)
		f.changed()
	})
	form := container.New(layout.NewCustomPaddedVBoxLayout(0),
		newField(lang.L("System prompt"), f.system, lang.L("Instructions that precede every question")).box,
		section(lang.L("Attention"), 3, f.methodField,
			newField(lang.L("Preset"), f.preset.Select, lang.L("Settings of ActQKV")), f.budget.field),
		section(lang.L("Answers"), 3, f.maxTokens.field, f.temperature.field, f.topK.field, f.topP.field, f.minP.field,
			f.repetition.field, f.seed.field))
	f.content = container.NewBorder(nil, container.NewHBox(reset), nil, nil, scrolled(800, 550, form))
	f.set(values)
	f.ExtendBaseWidget(f)
	return f
}

// methods are those that the engine knows.
func methods() []option {
	return []option{
		{"actqkv", "ActQKV"},
		{"infllm", "InfLLM"},
		{"streaming", lang.L("Streaming")},
		{"full", lang.L("Full attention")},
	}
}

func methodHint(method string) string {
	switch method {
	case "actqkv":
		return lang.L("Each layer recalls what it needs")
	case "infllm":
		return lang.L("Each layer recalls the same amount")
	case "streaming":
		return lang.L("Only the beginning and the latest tokens")
	case "full":
		return lang.L("Everything, up to the model's window")
	}
	return ""
}

func newBudget(changed func()) *number {
	return newNumber(lang.L("Budget"), lang.L("Tokens that a layer attends on average"), minBudget, maxBudget, true, changed)
}

// CreateRenderer is called by Fyne.
func (f *ConversationForm) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(f.content)
}

// numbers are all number fields.
func (f *ConversationForm) numbers() []*number {
	return []*number{f.budget, f.maxTokens, f.temperature, f.topK, f.topP, f.minP, f.repetition, f.seed}
}

// set shows values without calling OnChange.
func (f *ConversationForm) set(v Conversation) {
	f.setting = true
	f.system.SetText(v.System)
	f.method.set(v.Method)
	f.preset.set(v.Preset)
	f.budget.set(float64(v.Budget))
	f.maxTokens.set(float64(v.MaxTokens))
	f.temperature.set(v.Temperature)
	f.topK.set(float64(v.TopK))
	f.topP.set(v.TopP)
	f.minP.set(v.MinP)
	f.repetition.set(v.RepetitionPenalty)
	f.seed.set(float64(v.Seed))
	f.setting = false
	f.adapt()
}

// adapt disables what plays no part with the other values.
func (f *ConversationForm) adapt() {
	method := f.method.id()
	f.methodField.setHint(methodHint(method))
	f.budget.enable(recalls(method))
	if method == "actqkv" {
		f.preset.Enable()
	} else {
		f.preset.Disable()
	}
	draws := f.temperature.valid > 0
	for _, n := range []*number{f.topK, f.topP, f.minP, f.seed} {
		n.enable(draws)
	}
}

// recalls says whether a method has a budget.
func recalls(method string) bool { return method == "actqkv" || method == "infllm" }

func (f *ConversationForm) changed() {
	if f.setting {
		return
	}
	f.adapt()
	if f.OnChange != nil && f.Validate() == nil {
		f.OnChange(f.Values())
	}
}

// Validate says what is wrong with the first value that is not valid, in the
// language of the window; nil: nothing.
func (f *ConversationForm) Validate() error { return firstProblem(f.numbers()) }

func firstProblem(all []*number) error {
	for _, n := range all {
		if n.problem != "" {
			return errors.New(n.problem)
		}
	}
	return nil
}

// Values are the settings as the form shows them; where a value is not valid,
// the last one that was.
func (f *ConversationForm) Values() Conversation {
	return Conversation{
		System: f.system.Text, Method: f.method.id(), Preset: f.preset.id(),
		Budget: int(f.budget.valid), MaxTokens: int(f.maxTokens.valid),
		Temperature: f.temperature.valid, TopK: int(f.topK.valid), TopP: f.topP.valid, MinP: f.minP.valid,
		RepetitionPenalty: f.repetition.valid, Seed: uint64(f.seed.valid),
	}
}
