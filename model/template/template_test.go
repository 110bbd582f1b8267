package template

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func mustNew(t testing.TB, source string) *Template {
	t.Helper()
	tmpl, err := New(source)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

// The default model's template gives the reference prompts, and the place of
// the question in them.
func TestGoldenPrompts(t *testing.T) {
	b, err := os.ReadFile("testdata/chats.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Template string
		Prompts  []struct{ User, Text string }
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Prompts) == 0 {
		t.Fatal("no prompts")
	}
	tmpl := mustNew(t, file.Template)
	for _, p := range file.Prompts {
		text, spans, err := tmpl.RenderSpans([]Message{{"user", p.User}}, Options{AddGenerationPrompt: true})
		if err != nil || text != p.Text {
			t.Errorf("got %q, %v, want %q", text, err, p.Text)
			continue
		}
		if got := text[spans[0].Start:spans[0].End]; got != p.User {
			t.Errorf("the question is %q, want %q", got, p.User)
		}
	}
}

// Templates in the manner of the model families.
const (
	chatML = `{%- for m in messages -%}
{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\n' }}{%- endif -%}`

	headers = `{{- bos_token }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
`

	instruct = `{{ bos_token }}{% if messages[0].role == 'system' %}{% set system = messages[0].content %}{% set messages = messages[1:] %}{% endif %}
{%- for m in messages %}
{%- if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate') }}{% endif %}
{%- if m.role == 'user' %}
{{- '[INST] ' + ((system + '\n\n') if loop.first and system is defined else '') + m.content + ' [/INST]' }}
{%- else %}{{ ' ' + m.content + eos_token }}{% endif %}
{%- endfor %}`
)

func TestTemplates(t *testing.T) {
	chat := []Message{{"system", "Be brief."}, {"user", " Hi\n"}, {"assistant", "Hello é"}, {"user", "Bye"}}
	options := Options{AddGenerationPrompt: true, BOSToken: "<s>", EOSToken: "</s>"}
	for name, c := range map[string]struct{ source, want string }{
		"chatML": {
			chatML,
			"<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi\n<|im_end|>\n<|im_start|>assistant\nHello é<|im_end|>\n" +
				"<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n",
		},
		"headers": {
			headers,
			"<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>" +
				"<|start_header_id|>assistant<|end_header_id|>\n\nHello é<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>" +
				"<|start_header_id|>assistant<|end_header_id|>\n\n",
		},
		"instruct": {instruct, "<s>[INST] Be brief.\n\n Hi\n [/INST] Hello é</s>[INST] Bye [/INST]"},
	} {
		t.Run(name, func(t *testing.T) {
			text, spans, err := mustNew(t, c.source).RenderSpans(chat, options)
			if err != nil || text != c.want {
				t.Fatalf("got %q, %v, want %q", text, err, c.want)
			}
			for i, s := range spans {
				want := chat[i].Content
				if name == "headers" {
					want = strings.TrimSpace(want)
				}
				if !s.Known() || text[s.Start:s.End] != want {
					t.Errorf("message %d is at %v, want the place of %q", i, s, want)
				}
			}
		})
	}
}

func TestRefused(t *testing.T) {
	_, err := mustNew(t, instruct).Render([]Message{{"assistant", "Hello"}}, Options{})
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "Roles must alternate") {
		t.Errorf("error %v, want ErrRefused with the template's reason", err)
	}
	if _, err := mustNew(t, `{{ raise_exception() }}`).Render(nil, Options{}); !errors.Is(err, ErrRefused) {
		t.Errorf("error %v, want ErrRefused", err)
	}
}

func TestStrftimeNow(t *testing.T) {
	tmpl := mustNew(t, `{{ strftime_now('%d %b %Y, %H:%M') }}`)
	got, err := tmpl.Render(nil, Options{Now: time.Date(2024, 7, 26, 9, 5, 0, 0, time.UTC)})
	if want := "26 Jul 2024, 09:05"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if got, err := tmpl.Render(nil, Options{}); err != nil || !strings.Contains(got, time.Now().Format("2006")) {
		t.Errorf("the current time is %q, %v", got, err)
	}
	if _, err := mustNew(t, `{{ strftime_now() }}`).Render(nil, Options{}); err == nil {
		t.Error("strftime_now without a format gives no error")
	}
}

func TestToolsAreUndefined(t *testing.T) {
	got, err := mustNew(t, `{{ tools is defined }} {{ 'x' if tools else 'y' }}`).Render(nil, Options{})
	if err != nil || got != "False y" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestNewErrors(t *testing.T) {
	if _, err := New("a\n{% if %}"); err == nil || !strings.HasPrefix(err.Error(), "template: line 2: ") {
		t.Errorf("error %v does not name the line", err)
	}
}
