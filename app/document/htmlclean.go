package document

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// The limits of a web page, far beyond those of real ones.
const (
	maxHTMLToken = 16 << 20  // bytes of one tag or text
	maxHTMLNodes = 5_000_000 // elements and texts
	maxHTMLAttrs = 10_000    // of one tag
)

// Elements whose content is not a page's text, and that the tokenizer gives as
// one text each.
var unread = []string{"script", "style", "noscript", "iframe", "noembed", "noframes", "textarea"}

// Elements that only dress text. The parser opens some of them anew in every
// paragraph until they are closed, which a few hundred open ones in a long page
// turn into more nodes than memory holds.
var inline = []string{
	"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u", "span",
}

// Elements that XHTML and HTML write without an end tag.
var void = []string{
	"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
}

// cleaner copies a page without what says nothing of its text.
type cleaner struct {
	out   strings.Builder
	skip  string            // the unread element that is open
	spans map[string][]bool // of the open inline elements by name: whether each was kept, as a span
	nodes int
}

// cleanHTML returns a page without scripts, styles, comments, inline elements
// and attributes, but for what the text needs: hidden elements get the attribute
// hidden, links to notes become span elements with the attribute of [note]. In
// XHTML any element may be closed in its start tag.
func cleanHTML(text string, xhtml bool) (string, error) {
	z := html.NewTokenizer(strings.NewReader(text))
	z.SetMaxBuf(maxHTMLToken)
	z.AllowCDATA(xhtml)
	c := &cleaner{spans: map[string][]bool{}}
	for {
		kind := z.Next()
		if c.nodes++; c.nodes > maxHTMLNodes {
			return "", fmt.Errorf("%w: more than %d elements in one page", ErrTooLarge, maxHTMLNodes)
		}
		switch kind {
		case html.ErrorToken:
			if err := z.Err(); errors.Is(err, html.ErrBufferExceeded) {
				return "", fmt.Errorf("%w: a tag or text of more than %d MiB", ErrTooLarge, maxHTMLToken>>20)
			} else if err != io.EOF {
				return "", err
			}
			return c.out.String(), nil
		case html.TextToken:
			c.text(z)
		case html.DoctypeToken:
			c.out.Write(z.Raw())
		case html.EndTagToken:
			name, _ := z.TagName()
			c.end(string(name))
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attrs, err := startTag(z)
			if err != nil {
				return "", err
			}
			c.start(name, attrs)
			if kind == html.SelfClosingTagToken && xhtml && !slices.Contains(void, name) {
				z.NextIsNotRawText()
				c.end(name)
			}
		}
	}
}

func startTag(z *html.Tokenizer) (name string, attrs map[string]string, err error) {
	tag, more := z.TagName()
	name = string(tag)
	for n := 0; more; n++ {
		if n == maxHTMLAttrs {
			return "", nil, fmt.Errorf("%w: more than %d attributes of one element", ErrTooLarge, maxHTMLAttrs)
		}
		var key, value []byte
		key, value, more = z.TagAttr()
		if attrs == nil {
			attrs = map[string]string{}
		}
		if _, twice := attrs[string(key)]; !twice {
			attrs[string(key)] = string(value)
		}
	}
	return name, attrs, nil
}

func (c *cleaner) text(z *html.Tokenizer) {
	if c.skip != "" {
		return
	}
	raw := string(z.Raw())
	if data, ok := strings.CutPrefix(raw, "<![CDATA["); ok {
		raw = html.EscapeString(strings.TrimSuffix(data, "]]>"))
	}
	c.out.WriteString(raw)
}

func (c *cleaner) start(name string, attrs map[string]string) {
	switch {
	case c.skip != "":
	case slices.Contains(unread, name):
		c.skip = name
	case slices.Contains(inline, name):
		if name == "a" && len(c.spans[name]) > 0 {
			c.end(name) // a link ends where the next one begins
		}
		extra := ""
		if hides(name, attrs) {
			extra = " hidden"
		} else if name == "a" {
			extra = note(attrs)
		}
		c.spans[name] = append(c.spans[name], extra != "")
		if extra != "" {
			c.out.WriteString("<span" + extra + ">")
		}
	default:
		c.out.WriteString("<" + name)
		if hides(name, attrs) {
			c.out.WriteString(" hidden")
		}
		for _, key := range []string{"start", "value", "alt", "alttext"} {
			if v, ok := attrs[key]; ok {
				c.out.WriteString(" " + key + "=\"" + html.EscapeString(v) + "\"")
			}
		}
		c.out.WriteByte('>')
	}
}

func (c *cleaner) end(name string) {
	switch {
	case c.skip != "":
		if name == c.skip {
			c.skip = ""
		}
	case slices.Contains(inline, name):
		open := c.spans[name]
		if len(open) == 0 {
			return
		}
		if open[len(open)-1] {
			c.out.WriteString("</span>")
		}
		c.spans[name] = open[:len(open)-1]
	default:
		c.out.WriteString("</" + name + ">")
	}
}

// hides reports whether an element is not shown, or leads around a site and
// not through the text.
func hides(name string, attrs map[string]string) bool {
	style := strings.ToLower(strings.Join(strings.Fields(attrs["style"]), ""))
	value, hidden := attrs["hidden"]
	_, open := attrs["open"]
	switch {
	case name == "html", name == "body": // shown by a script
		return false
	case hidden && value != "until-found", attrs["aria-hidden"] == "true":
	case strings.Contains(style, "display:none"), strings.Contains(style, "visibility:hidden"):
	case attrs["role"] == "navigation", attrs["role"] == "doc-pagebreak", strings.Contains(attrs["epub:type"], "pagebreak"):
	case name == "dialog" && !open:
	default:
		return false
	}
	return true
}

// note is the attribute of a link within the page: "noteref" for one that is
// said to lead to a note, "note" for one that may.
func note(attrs map[string]string) string {
	switch {
	case strings.Contains(attrs["epub:type"], "noteref"), attrs["role"] == "doc-noteref":
		return " noteref"
	case strings.Contains(attrs["href"], "#"):
		return " note"
	}
	return ""
}
