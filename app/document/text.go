package document

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/wlynxg/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

func readText(path string, data []byte, opts Options) (*Document, error) {
	text, name, err := decode(data, opts.Encoding)
	if err != nil {
		return nil, fmt.Errorf("document: %s: %w", path, err)
	}
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	doc := &Document{Path: path, Format: textFormat(path, text), Encoding: name, Warnings: garbled(text, name)}
	if strings.TrimSpace(text) == "" {
		return nil, fmt.Errorf("document: %s: %w: the file has only white space", path, ErrEmpty)
	}
	if doc.Format == Markdown {
		doc.Title = markdownTitle(text)
	}
	doc.addPages(paginate(text, CharsPerPage))
	opts.Progress(len(doc.Pages), len(doc.Pages))
	return doc, nil
}

// garbled is the warning, if any, of text that was not in the named encoding.
func garbled(text, name string) []string {
	n := strings.Count(text, "\uFFFD")
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d characters are not valid %s and read as \uFFFD; if that is not the file's encoding, name it", n, name)}
}

func textFormat(path, text string) Format {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".md", ".markdown", ".mdown", ".mkd":
		return Markdown
	case "":
		if markdownTitle(text) != "" {
			return Markdown
		}
	}
	return Text
}

var (
	atxHeading    = regexp.MustCompile(`(?m)^#[ \t]+(.+?)[ \t]*#*[ \t]*$`)
	setextHeading = regexp.MustCompile(`(?m)^(\S[^\n]*)\n={3,}[ \t]*$`)
	frontMatter   = regexp.MustCompile(`(?s)\A---\n(.*?\n)---\n`)
	matterTitle   = regexp.MustCompile(`(?m)^title:[ \t]*["']?(.+?)["']?[ \t]*$`)
)

// markdownTitle is the title in the front matter or the first heading of
// level 1, empty without one.
func markdownTitle(text string) string {
	if m := frontMatter.FindStringSubmatch(text); m != nil {
		if t := matterTitle.FindStringSubmatch(m[1]); t != nil {
			return t[1]
		}
	}
	for _, re := range []*regexp.Regexp{atxHeading, setextHeading} {
		if m := re.FindStringSubmatch(text); m != nil {
			return m[1]
		}
	}
	return ""
}

// decode returns data as UTF-8 and the IANA name of the encoding it was in:
// the named one, else by byte order mark, else as its bytes suggest.
func decode(data []byte, name string) (text, encodingName string, err error) {
	if name == "" {
		name = detect(data)
	}
	enc, err := encodingByName(name)
	if err != nil {
		return "", "", err
	}
	out, err := enc.NewDecoder().Bytes(data)
	if err != nil {
		return "", "", fmt.Errorf("decoding as %s: %w", name, err)
	}
	out = bytes.TrimPrefix(out, []byte("\uFEFF"))
	return string(out), name, nil
}

func encodingByName(name string) (encoding.Encoding, error) {
	switch strings.ToLower(name) {
	case "utf-8":
		return unicode.UTF8, nil
	case "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), nil
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM), nil
	case "utf-32le":
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM), nil
	case "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM), nil
	}
	// The WHATWG index comes first: it reads "iso-8859-1" as Windows-1252, as
	// files labelled so are.
	if enc, err := htmlindex.Get(name); err == nil {
		return enc, nil
	}
	if enc, err := ianaindex.IANA.Encoding(name); err == nil && enc != nil {
		return enc, nil
	}
	return nil, fmt.Errorf("%w: text encoding %q is not known; use an IANA name such as windows-1252", ErrUnsupported, name)
}

// detect names the encoding of data.
func detect(data []byte) string {
	if name := bom(data); name != "" {
		return name
	}
	if name := utf16Order(data); name != "" {
		return name
	}
	if utf8.Valid(data) {
		return "UTF-8"
	}
	r := chardet.Detect(telling(data))
	name := strings.ToLower(r.Charset)
	if name == "" {
		name = strings.ToLower(r.Encoding)
	}
	if name == "x-mac-cyrillic" {
		name = "windows-1251" // alike but for a few letters, and the one that is in use
	}
	// A wrong guess of a rare encoding garbles the whole text, while most text
	// files that are not UTF-8 are Windows-1252.
	if r.Confidence < 0.5 || name == "iso-8859-1" || name == "ascii" || name == "utf-8" {
		return "windows-1252"
	}
	if _, err := encodingByName(name); err != nil {
		return "windows-1252"
	}
	return name
}

// telling returns the first lines of data that are not plain ASCII: the others
// tell nothing of an encoding, and the detector takes seconds for a book.
func telling(data []byte) []byte {
	const enough = 1 << 15
	var sample []byte
	for line := range bytes.Lines(data) {
		if bytes.ContainsFunc(line, func(c rune) bool { return c >= utf8.RuneSelf }) {
			sample = append(sample, line[:min(len(line), enough)]...)
		}
		if len(sample) >= enough {
			break
		}
	}
	return sample
}

// bom names the encoding that a byte order mark announces, "" without one.
func bom(data []byte) string {
	for _, m := range []struct{ mark, name string }{
		{"\xef\xbb\xbf", "UTF-8"},
		{"\xff\xfe\x00\x00", "UTF-32LE"},
		{"\x00\x00\xfe\xff", "UTF-32BE"},
		{"\xff\xfe", "UTF-16LE"},
		{"\xfe\xff", "UTF-16BE"},
	} {
		if bytes.HasPrefix(data, []byte(m.mark)) {
			return m.name
		}
	}
	return ""
}

// utf16Order names the UTF-16 form of data without a byte order mark: text of
// any European language has a zero in every second byte, on one side only.
func utf16Order(data []byte) string {
	head := data[:min(len(data), 4096)&^1]
	if len(head) < 2 || len(data)%2 != 0 {
		return ""
	}
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	pairs := len(head) / 2
	switch {
	case zeros[1]*10 > pairs*4 && zeros[0]*50 < pairs:
		return "UTF-16LE"
	case zeros[0]*10 > pairs*4 && zeros[1]*50 < pairs:
		return "UTF-16BE"
	}
	return ""
}
