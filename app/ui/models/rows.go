package models

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"

	"fovea/app/models"
	"fovea/app/ui/numbers"
)

// rows is everything the shelf has, as a list, and where in it the first entry
// of the catalogue is.
func (s *shelf) rows(a actions) (list []row, firstEntry int) {
	list = s.foundRows(a)
	if len(s.catalogue) > 0 {
		list = append(list, row{
			title: lang.L("Catalogue"), heading: true,
			lines: []line{{text: lang.L("The network is used only when you press Download. A file is used only when its SHA-256 checksum is right."), dim: true}},
		})
	}
	firstEntry = len(list)
	for i := range s.catalogue {
		list = append(list, s.entryRow(&s.catalogue[i], a))
	}
	if len(s.found.Skipped) > 0 {
		list = append(list, row{title: lang.L("Not searched"), heading: true})
	}
	for _, k := range s.found.Skipped {
		list = append(list, row{lines: []line{{text: oneLine(k.Reason)}, {text: oneLine(k.Path), dim: true, path: true}}})
	}
	return list, firstEntry
}

func (s *shelf) foundRows(a actions) []row {
	var list []row
	if s.found.Err != nil {
		list = append(list, row{lines: s.searchFailed()})
	}
	switch n := len(s.found.Models); {
	case n == 0 && s.found.Searching:
		list = append(list, row{lines: []line{{text: lang.L("Searching for models on this machine…")}}})
	case n == 0 && s.found.Err == nil && s.searched:
		list = append(list, row{
			title: lang.L("No models were found on this machine"),
			lines: []line{{text: lang.L("Download one below, or open a model file (GGUF).")}},
		})
	}
	count := map[string]int{}
	for i := range s.found.Models {
		count[s.found.Models[i].Owner]++
	}
	owner := ""
	for i := range s.found.Models {
		m := &s.found.Models[i]
		if m.Owner != owner || i == 0 {
			owner = m.Owner
			list = append(list, row{title: ownerText(owner) + " (" + numbers.Whole(count[owner]) + ")", heading: true})
		}
		list = append(list, s.localRow(m, a))
	}
	return list
}

func (s *shelf) searchFailed() []line {
	return []line{
		{text: lang.L("The search for models failed. Search again."), icon: wrongIcon()},
		{text: oneLine(s.found.Err.Error()), dim: true},
	}
}

// entryThat is the first entry of the catalogue whose download is in one of the
// states, the states by preference; nil: there is none.
func (s *shelf) entryThat(states ...models.DownloadState) *models.Entry {
	for _, state := range states {
		for i := range s.catalogue {
			if s.downloads[s.catalogue[i].Name].State == state {
				return &s.catalogue[i]
			}
		}
	}
	return nil
}

// ownerText is the heading of a program's models.
func ownerText(owner string) string {
	if owner == "Fovea" {
		return lang.L("Fovea's own folder")
	}
	return owner
}

// localRow is a model that is here.
func (s *shelf) localRow(m *models.Local, a actions) row {
	r := row{title: titleOf(m), lines: []line{{text: detailsText(m)}}}
	if m.Runs {
		r.lines = append(r.lines, s.fitLine(m))
	} else {
		r.lines = append(r.lines, line{text: lang.L("Does not run: {{.Reason}}", map[string]any{"Reason": oneLine(strings.Join(m.Reasons, "; "))}), icon: wrongIcon()})
	}
	r.lines = append(r.lines, line{text: oneLine(m.Path), dim: true, path: true})
	switch {
	case s.inUse != "" && m.Path == s.inUse:
		r.mark = lang.L("in use")
	case m.Runs:
		r.buttons = []button{a.useButton(m.Path)}
	}
	return r
}

func (s *shelf) fitLine(m *models.Local) line {
	fit := m.Fit(s.device.Tokens, s.device.Memory)
	l := line{text: fitText(fit)}
	switch fit.Verdict() {
	case models.Fits:
		l.icon = rightIcon()
	case models.TooLarge:
		l.icon = theme.NewWarningThemedResource(theme.WarningIcon())
	case models.FitUnknown:
	}
	return l
}

func rightIcon() fyne.Resource { return theme.NewSuccessThemedResource(theme.ConfirmIcon()) }
func wrongIcon() fyne.Resource { return theme.NewErrorThemedResource(theme.ErrorIcon()) }

func (a actions) useButton(path string) button {
	return button{text: lang.L("Use"), tapped: func() { call(a.use, path) }}
}

// entryRow is a model of the catalogue.
func (s *shelf) entryRow(e *models.Entry, a actions) row {
	d := s.downloads[e.Name]
	r := row{title: e.Title, lines: []line{{text: sourceText(e)}}}
	start := func(text string, icon fyne.Resource) {
		r.buttons = []button{{text: text, icon: icon, tapped: func() { call(a.download, e.Name) }}}
	}
	switch d.State {
	case models.NotStarted:
		start(lang.L("Download"), theme.DownloadIcon())
	case models.Running:
		r.bar, r.done = true, share(d.Progress)
		r.lines = append(r.lines, line{text: progressText(d.Progress)})
		r.buttons = []button{{text: lang.L("Pause"), icon: theme.MediaPauseIcon(), tapped: func() { call(a.pause, e.Name) }}}
	case models.Paused:
		r.lines = append(r.lines, line{text: pausedText(d.Kept)})
		start(lang.L("Continue"), theme.MediaPlayIcon())
	case models.Failed:
		r.lines = append(r.lines, line{text: problem(d.Err), icon: wrongIcon()}, line{text: oneLine(d.Err.Error()), dim: true})
		start(lang.L("Retry"), theme.ViewRefreshIcon())
	case models.Finished:
		r.lines = append(r.lines, line{text: lang.L("Downloaded, its checksum was verified"), icon: rightIcon()})
		if d.Path == s.inUse {
			r.mark = lang.L("in use")
		} else {
			r.buttons = []button{a.useButton(d.Path)}
		}
	}
	return r
}

func pausedText(kept int64) string {
	if kept == 0 {
		return lang.L("Paused")
	}
	return lang.L("Paused; {{.Kept}} are here and need not be fetched again", map[string]any{"Kept": sizeText(kept)})
}

// call calls a callback, if it is set.
func call(f func(string), arg string) {
	if f != nil {
		f(arg)
	}
}
