package settings

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"fovea/app/ui/numbers"
	look "fovea/app/ui/theme"
	"fovea/app/ui/translation"
)

// Application are the settings of the program.
type Application struct {
	Theme       look.Choice
	Language    string // a code of translation.Languages; "": the system's
	Method      string // of new conversations; see Conversation
	Budget      int    // of new conversations, in tokens
	Device      string // an ID of Environment.Devices; "": the best
	MemoryLimit int64  // bytes of the device's memory; 0: all of it
	HostLimit   int64  // bytes of the computer's memory; 0: what is free
	KeepLimit   int64  // bytes of what is kept of reading; 0: nothing is kept
	Exact       bool   // documents are read behind those before them, even if they were read alone
}

// Environment is what the application's settings are about.
type Environment struct {
	Devices    []Device
	DataFolder string
	DataSize   int64 // of its files, in bytes
	KeptSize   int64 // of them, what is kept of reading
}

// Device is one that models can run on.
type Device struct {
	ID     string // as Application.Device has it
	Name   string
	Memory int64 // bytes
}

// ApplicationForm edits an Application.
type ApplicationForm struct {
	widget.BaseWidget

	OnChange     func(Application) // called with each change that leaves all values valid
	OnOpenFolder func()            // show the data folder in the file manager
	OnBackup     func()            // ask for a place and back the database up
	OnKept       func()            // show what is kept of reading

	setting                        bool
	look, language, method, device *choice
	behind                         *choice
	methodField                    *field
	budget, memory, host, keep     *number
	content                        fyne.CanvasObject
}

const (
	gibibyte = 1 << 30
	maxKeep  = 1 << 20 // GiB
	maxHost  = 1 << 14 // GiB
	exact    = "exact" // the option of Application.Exact
)

// NewApplicationForm makes a form that shows values.
func NewApplicationForm(values Application, env Environment) *ApplicationForm {
	f := &ApplicationForm{}
	changed := func(string) { f.changed() }
	f.look = newChoice([]option{
		{string(look.System), lang.L("Like the system")}, {string(look.Dark), lang.L("Dark")}, {string(look.Light), lang.L("Light")},
	}, string(values.Theme), changed)
	languages := []option{{"", lang.L("Like the system")}}
	for _, l := range translation.Languages() {
		languages = append(languages, option{l.Code, l.Name})
	}
	f.language = newChoice(languages, values.Language, changed)
	f.method = newChoice(methods(), values.Method, changed)
	f.methodField = newField(lang.L("Method"), f.method.Select, "")
	f.budget = newBudget(f.changed)
	devices := []option{{"", lang.L("The best one")}}
	most := int64(0)
	for _, d := range env.Devices {
		name := lang.L("{{.Name}} ({{.Memory}})", map[string]any{"Name": d.Name, "Memory": numbers.Size(d.Memory)})
		devices = append(devices, option{d.ID, name})
		most = max(most, d.Memory)
	}
	f.device = newChoice(devices, values.Device, changed)
	f.memory = newNumber(lang.L("Memory limit in GiB"), lang.L("0: all of the device's memory"), 0,
		float64(max(1, (most+gibibyte-1)/gibibyte)), false, f.changed)
	f.host = newNumber(lang.L("Computer's memory in GiB"), lang.L("0: what is free; the rest lies on the disk"), 0, maxHost, false, f.changed)
	f.keep = newNumber(lang.L("Keep at most, in GiB"), lang.L("0: nothing, and read again after a restart"), 0, maxKeep, false, f.changed)
	f.behind = newChoice([]option{{"", lang.L("Take it as it was read alone")}, {exact, lang.L("Read it behind them")}}, "", changed)
	if values.Exact {
		f.behind.set(exact)
	}
	kept := widget.NewButton(lang.L("Show what is kept…"), func() {
		if f.OnKept != nil {
			f.OnKept()
		}
	})

	form := container.New(layout.NewCustomPaddedVBoxLayout(2),
		section(lang.L("Appearance"), 2, newField(lang.L("Theme"), f.look.Select, ""),
			newField(lang.L("Language"), f.language.Select, lang.L("Takes effect after a restart"))),
		section(lang.L("New conversations"), 2, f.methodField, f.budget.field),
		section(lang.L("Device"), 2, newField(lang.L("Models run on"), f.device.Select, lang.L("For models that are loaded from now on")), f.memory.field, f.host.field),
		section(lang.L("What models have read"), 2, f.keep.field,
			newField(lang.L("Kept now"), kept, lang.L("{{.Size}} on the disk", map[string]any{"Size": numbers.Size(env.KeptSize)})),
			newField(lang.L("A document behind others"), f.behind.Select, lang.L("Taking it is faster, but it was read without them"))),
		f.data(env), privacy())
	f.content = scrolled(680, 570, form)
	f.setting = true
	f.budget.set(float64(values.Budget))
	f.memory.set(float64(values.MemoryLimit) / gibibyte)
	f.host.set(float64(values.HostLimit) / gibibyte)
	f.keep.set(float64(values.KeepLimit) / gibibyte)
	f.setting = false
	f.adapt()
	f.ExtendBaseWidget(f)
	return f
}

// data shows the folder and what can be done with it.
func (f *ApplicationForm) data(env Environment) fyne.CanvasObject {
	folder := widget.NewLabel(env.DataFolder)
	folder.Wrapping = fyne.TextWrapBreak
	folder.Selectable = true
	size := widget.NewLabel(lang.L("{{.Size}} on the disk", map[string]any{"Size": numbers.Size(env.DataSize)}))
	open := widget.NewButtonWithIcon(lang.L("Open folder"), theme.FolderOpenIcon(), func() {
		if f.OnOpenFolder != nil {
			f.OnOpenFolder()
		}
	})
	backup := widget.NewButtonWithIcon(lang.L("Back up database…"), theme.DocumentSaveIcon(), func() {
		if f.OnBackup != nil {
			f.OnBackup()
		}
	})
	return container.New(layout.NewCustomPaddedVBoxLayout(0), heading(lang.L("Data")), folder,
		container.NewBorder(nil, nil, size, container.NewHBox(open, backup)))
}

func privacy() fyne.CanvasObject {
	text := widget.NewLabel(lang.L("No network unless you click a download. Documents, questions and answers stay on this machine."))
	text.Wrapping = fyne.TextWrapWord
	return container.New(layout.NewCustomPaddedVBoxLayout(0), heading(lang.L("Privacy")), text)
}

// CreateRenderer is called by Fyne.
func (f *ApplicationForm) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(f.content)
}

func (f *ApplicationForm) adapt() {
	f.methodField.setHint(methodHint(f.method.id()))
	f.budget.enable(recalls(f.method.id()))
}

func (f *ApplicationForm) changed() {
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
func (f *ApplicationForm) Validate() error {
	return firstProblem([]*number{f.budget, f.memory, f.host, f.keep})
}

// Values are the settings as the form shows them; where a value is not valid,
// the last one that was.
func (f *ApplicationForm) Values() Application {
	return Application{
		Theme: look.Choice(f.look.id()), Language: f.language.id(), Method: f.method.id(),
		Budget: int(f.budget.valid), Device: f.device.id(), MemoryLimit: int64(f.memory.valid * gibibyte),
		HostLimit: int64(f.host.valid * gibibyte), KeepLimit: int64(f.keep.valid * gibibyte),
		Exact: f.behind.id() == exact,
	}
}
