package settings

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	look "fovea/app/ui/theme"
)

func TestConversationValues(t *testing.T) {
	setup(t, look.Dark, "en")
	for _, v := range []Conversation{
		sampleConversation(),
		{Method: "full", Preset: "paper", Budget: minBudget, RepetitionPenalty: 1, MaxTokens: 1},
		{
			System: "a\nb", Method: "infllm", Preset: "fovea", Budget: maxBudget, Temperature: maxTemperature, TopK: maxTopK,
			TopP: 1, MinP: 1, RepetitionPenalty: maxPenalty, Seed: maxSeed, MaxTokens: maxAnswer,
		},
		{Method: "unheard of", Preset: "other", Budget: 1000, RepetitionPenalty: 1.05, MaxTokens: 7},
	} {
		f := NewConversationForm(v, Conversation{})
		if got := f.Values(); got != v {
			t.Errorf("the form shows %+v, want %+v", got, v)
		}
		if err := f.Validate(); err != nil {
			t.Errorf("%+v: %v", v, err)
		}
	}
}

// TestConversationChanges changes each control and looks for the one change.
func TestConversationChanges(t *testing.T) {
	setup(t, look.Dark, "en")
	f := NewConversationForm(sampleConversation(), Conversation{})
	var heard []Conversation
	f.OnChange = func(c Conversation) { heard = append(heard, c) }
	for name, change := range map[string]func(){
		"System":            func() { f.system.SetText("other") },
		"Method":            func() { f.method.SetSelected("InfLLM") },
		"Preset":            func() { f.preset.SetSelected("As published") },
		"Budget":            func() { f.budget.entry.SetText("4096") },
		"Temperature":       func() { f.temperature.entry.SetText("0,5") },
		"TopK":              func() { f.topK.entry.SetText(" 20 ") },
		"TopP":              func() { f.topP.entry.SetText("0.5") },
		"MinP":              func() { f.minP.entry.SetText(".2") },
		"RepetitionPenalty": func() { f.repetition.entry.SetText("1.3") },
		"Seed":              func() { f.seed.entry.SetText("7") },
		"MaxTokens":         func() { f.maxTokens.entry.SetText("100") },
	} {
		f.set(sampleConversation())
		heard = nil
		change()
		if len(heard) != 1 {
			t.Errorf("%s: %d changes were told, want 1", name, len(heard))
			continue
		}
		got, was := reflect.ValueOf(heard[0]), reflect.ValueOf(sampleConversation())
		for i := range got.NumField() {
			field := got.Type().Field(i).Name
			if same := got.Field(i).Equal(was.Field(i)); same == (field == name) {
				t.Errorf("after a change of %s, %s is %v", name, field, got.Field(i))
			}
		}
	}
	if n := reflect.TypeFor[Conversation]().NumField(); n != 11 {
		t.Errorf("Conversation has %d fields, 11 are tested", n)
	}
}

func TestConversationInvalid(t *testing.T) {
	setup(t, look.Dark, "en")
	f := NewConversationForm(sampleConversation(), Conversation{})
	f.OnChange = func(c Conversation) { t.Errorf("told %+v", c) }
	f.temperature.entry.SetText("3")
	f.topK.entry.SetText("5") // valid, but the form is not
	const want = "Number from 0 to 2"
	if err := f.Validate(); err == nil || err.Error() != want || f.temperature.style.Text != want {
		t.Errorf("the form says %v, the field %q, want %q", err, f.temperature.style.Text, want)
	}
	if v := f.Values(); v.Temperature != 0.7 || v.TopK != 5 {
		t.Errorf("values are %+v, want the last valid ones", v)
	}
	told := 0
	f.OnChange = func(Conversation) { told++ }
	f.temperature.entry.SetText("1")
	if told != 1 || f.Validate() != nil || f.temperature.style.Text != f.temperature.hint {
		t.Errorf("after the correction: told %d times, %v, %q", told, f.Validate(), f.temperature.style.Text)
	}
}

func TestOutsideLimits(t *testing.T) {
	setup(t, look.Dark, "en")
	v := sampleConversation()
	v.MaxTokens = 0
	f := NewConversationForm(v, Conversation{})
	if err := f.Validate(); err == nil || f.maxTokens.entry.Text != "0" || f.maxTokens.style.Text != err.Error() {
		t.Errorf("the form says %v, the field shows %q and says %q", err, f.maxTokens.entry.Text, f.maxTokens.style.Text)
	}
}

func TestReset(t *testing.T) {
	setup(t, look.Dark, "en")
	defaults := Conversation{Method: "streaming", Preset: "paper", Budget: 700, RepetitionPenalty: 1, MaxTokens: 9}
	f := NewConversationForm(sampleConversation(), defaults)
	f.budget.entry.SetText("nonsense")
	var heard []Conversation
	f.OnChange = func(c Conversation) { heard = append(heard, c) }
	w := show(t, f)
	test.TapCanvas(w.Canvas(), fyne.NewPos(60, w.Canvas().Size().Height-20))
	if len(heard) != 1 || heard[0] != defaults || f.Validate() != nil {
		t.Errorf("reset told %+v, %v; want once %+v", heard, f.Validate(), defaults)
	}
}

func TestWhatPlaysNoPart(t *testing.T) {
	setup(t, look.Dark, "en")
	f := NewConversationForm(sampleConversation(), Conversation{})
	for _, c := range []struct {
		method         string
		budget, preset bool
	}{{"actqkv", true, true}, {"infllm", true, false}, {"streaming", false, false}, {"full", false, false}} {
		f.method.set(c.method)
		if f.budget.entry.Disabled() == c.budget || f.preset.Disabled() == c.preset {
			t.Errorf("%s: budget disabled %v, preset disabled %v", c.method, f.budget.entry.Disabled(), f.preset.Disabled())
		}
		if f.methodField.style.Text == "" {
			t.Errorf("%s is not explained", c.method)
		}
	}
	for text, draws := range map[string]bool{"0": false, "0.1": true} {
		f.temperature.entry.SetText(text)
		for _, n := range []*number{f.topK, f.topP, f.minP, f.seed} {
			if n.entry.Disabled() == draws {
				t.Errorf("temperature %s: %q is disabled: %v", text, n.hint, n.entry.Disabled())
			}
		}
	}
}

func TestNumber(t *testing.T) {
	setup(t, look.Light, "de")
	whole := newNumber("x", "", 1, 10, true, func() {})
	broken := newNumber("x", "", 0, 2, false, func() {})
	for _, c := range []struct {
		n    *number
		text string
		want float64 // NaN: none
	}{
		{whole, "1", 1},
		{whole, "10", 10},
		{whole, "0", math.NaN()},
		{whole, "11", math.NaN()},
		{whole, "1.5", math.NaN()},
		{whole, "", math.NaN()},
		{whole, "x", math.NaN()},
		{whole, "1e1", 10},
		{broken, "0,7", 0.7},
		{broken, "0.7", 0.7},
		{broken, "-1", math.NaN()},
		{broken, "NaN", math.NaN()},
		{broken, "Inf", math.NaN()},
		{broken, "1,2,3", math.NaN()},
	} {
		got, problem := c.n.parse(c.text)
		if math.IsNaN(c.want) != (problem != "") || problem == "" && got != c.want {
			t.Errorf("%q gives %v, %q; want %v", c.text, got, problem, c.want)
		}
	}
	broken.set(1.25)
	if broken.entry.Text != "1,25" {
		t.Errorf("in German 1.25 is shown as %q", broken.entry.Text)
	}
}

func TestApplication(t *testing.T) {
	setup(t, look.Dark, "en")
	values, env := sampleApplication()
	f := NewApplicationForm(values, env)
	if got := f.Values(); got != values {
		t.Fatalf("the form shows %+v, want %+v", got, values)
	}
	var heard []Application
	f.OnChange = func(a Application) { heard = append(heard, a) }
	f.look.SetSelectedIndex(2)
	f.language.SetSelected("简体中文")
	f.method.SetSelected("Full attention")
	f.budget.entry.SetText("1000")
	f.device.SetSelectedIndex(0)
	f.memory.entry.SetText("2")
	f.keep.entry.SetText("0")
	f.behind.SetSelectedIndex(1)
	want := Application{Theme: look.Light, Language: "zh_Hans", Method: "full", Budget: 1000, MemoryLimit: 2 << 30, Exact: true}
	if len(heard) != 8 || heard[7] != want {
		t.Errorf("told %+v, want eight changes up to %+v", heard, want)
	}
	if got := NewApplicationForm(want, env).Values(); got != want {
		t.Errorf("the form shows %+v, want %+v", got, want)
	}
	f.memory.entry.SetText("25")
	if err := f.Validate(); len(heard) != 8 || err == nil || !strings.Contains(err.Error(), "24") {
		t.Errorf("more memory than any device has: %v", err)
	}
}

func TestApplicationWithoutDevice(t *testing.T) {
	setup(t, look.Dark, "en")
	values, env := sampleApplication()
	env.Devices = nil
	f := NewApplicationForm(values, env)
	if got := f.Values(); got.Device != "1" {
		t.Errorf("the device that is gone became %q", got.Device)
	}
}

func TestApplicationButtons(t *testing.T) {
	setup(t, look.Dark, "en")
	f := NewApplicationForm(sampleApplication())
	var heard []string
	f.OnOpenFolder = func() { heard = append(heard, "open") }
	f.OnBackup = func() { heard = append(heard, "backup") }
	f.OnKept = func() { heard = append(heard, "kept") }
	show(t, f)
	for _, o := range test.LaidOutObjects(f) {
		if b, ok := o.(*widget.Button); ok && strings.Contains("Show what is kept… Open folder Back up database…", b.Text) && b.Text != "" {
			test.Tap(b)
		}
	}
	if strings.Join(heard, " ") != "kept open backup" {
		t.Errorf("the buttons told %q", heard)
	}
}

func TestKeyNames(t *testing.T) {
	setup(t, look.Light, "de")
	for key, want := range map[string]string{"Ctrl": "Strg", "Delete": "Entf", "F2": "F2", ",": ","} {
		if got := keyName(key); got != want {
			t.Errorf("%s is called %q, want %q", key, got, want)
		}
	}
}

// What is kept can be deleted one by one or as a whole.
func TestKeptList(t *testing.T) {
	setup(t, look.Dark, "en")
	l := NewKeptList(sampleKept())
	var heard []string
	l.OnDelete = func(names []string) { heard = append(heard, strings.Join(names, "")) }
	tap := func() {
		heard = nil
		show(t, l)
		for _, o := range test.LaidOutObjects(l) {
			if b, ok := o.(*widget.Button); ok && !b.Disabled() {
				test.Tap(b)
			}
		}
	}
	tap()
	slices.Sort(heard)
	if got := strings.Join(heard, " "); got != "a abc b c" {
		t.Errorf("the buttons told %q", got)
	}
	l.Set(nil)
	if tap(); len(heard) != 0 {
		t.Errorf("the buttons of an empty list told %q", heard)
	}
}
