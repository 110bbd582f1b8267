package retention

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
)

func TestBudgetSlider(t *testing.T) {
	test.NewTempApp(t)
	p := still()
	var told []int
	p.OnBudget = func(n int) { told = append(told, n) }
	s := p.controls.budget
	p.SetBudget(4096)
	if len(told) != 0 || p.controls.number.Text != "4,096 tokens" {
		t.Errorf("setting told %v and shows %q", told, p.controls.number.Text)
	}
	s.Resize(fyne.NewSize(400, 30))
	for x := float32(200); x < 300; x += 10 {
		s.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(x, 10)}})
	}
	if len(told) != 0 {
		t.Errorf("told %v while dragging", told)
	}
	s.DragEnd()
	if len(told) != 1 || told[0] < 2048 || told[0] > 4096 || told[0]%32 != 0 {
		t.Errorf("told %v when the slider was let go, want one budget", told)
	}
	for v, want := range map[float64]int{0: 608, 8: 1216, 14: 2048, 22: 4096, 30: 8192} {
		if got := budgetAt(v); got != want {
			t.Errorf("step %v is %d tokens, want %d", v, got, want)
		}
	}
	p.SetBudget(1234)
	if p.controls.number.Text != "1,234 tokens" {
		t.Errorf("shows %q for a budget between two steps", p.controls.number.Text)
	}
}

func TestMethods(t *testing.T) {
	test.NewTempApp(t)
	p := still()
	var told []string
	p.OnMethod = func(s string) { told = append(told, s) }
	p.SetMethods([]string{"actqkv", "full"}, "actqkv")
	if len(told) != 0 || p.controls.method.Selected != "actqkv" {
		t.Errorf("setting told %v, shows %q", told, p.controls.method.Selected)
	}
	p.controls.method.SetSelected("full")
	if len(told) != 1 || told[0] != "full" {
		t.Errorf("told %v, want full", told)
	}
	p.SetControls("No model is loaded.")
	if !p.controls.method.Disabled() || !p.controls.budget.Disabled() || !p.controls.reason.Visible() || p.controls.reason.Text != "No model is loaded." {
		t.Error("the controls are not disabled with their reason")
	}
	p.SetControls("")
	if p.controls.method.Disabled() || p.controls.budget.Disabled() || p.controls.reason.Visible() {
		t.Error("the controls are not enabled again")
	}
}

func TestExportMenu(t *testing.T) {
	var p *Pane
	w := inWindow(t, theme.VariantDark, "en", 440, 700, func() fyne.CanvasObject { p = answered(sampleLog(2, 5)); return p })
	var told []Format
	p.OnExport = func(f Format) { told = append(told, f) }
	for i, want := range []Format{PNG, CSV, JSON} {
		p.controls.exports().Items[i].Action()
		if len(told) != i+1 || told[i] != want {
			t.Fatalf("item %d told %v, want %s", i, told, want)
		}
	}
	test.Tap(p.controls.export)
	test.AssertRendersToImage(t, "export_menu.png", w.Canvas())
}
