package document

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	maxXMLDepth = 512      // elements within each other
	maxXMLToken = 16 << 20 // bytes of one tag or text
)

// newXML returns a decoder that holds hostile XML to limits that [xml.Decoder]
// lacks: on depth, and on the size of a tag or text. Entities are those of HTML,
// none of which contains another; those that a file defines are errors.
func newXML(r io.Reader) *xml.Decoder {
	source := &tokenBytes{r: transform.NewReader(r, unicode.BOMOverride(transform.Nop))}
	d := xml.NewDecoder(source)
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(label string, r io.Reader) (io.Reader, error) {
		if strings.HasPrefix(strings.ToLower(label), "utf-") {
			return r, nil // decoded by its byte order mark
		}
		return charset.NewReaderLabel(label, r)
	}
	return xml.NewTokenDecoder(&boundedTokens{decoder: d, source: source})
}

// boundedTokens passes the tokens of a decoder on.
type boundedTokens struct {
	decoder *xml.Decoder
	source  *tokenBytes
	depth   int
}

func (b *boundedTokens) Token() (xml.Token, error) {
	b.source.n = 0
	t, err := b.decoder.RawToken()
	switch t.(type) {
	case xml.StartElement:
		if b.depth++; b.depth > maxXMLDepth {
			return nil, fmt.Errorf("%w: XML elements more than %d deep", ErrTooLarge, maxXMLDepth)
		}
	case xml.EndElement:
		b.depth--
	}
	return t, err
}

// tokenBytes counts the bytes that are read for one token.
type tokenBytes struct {
	r io.Reader
	n int
}

func (t *tokenBytes) Read(p []byte) (int, error) {
	if t.n > maxXMLToken {
		return 0, fmt.Errorf("%w: an XML tag or text of more than %d MiB", ErrTooLarge, maxXMLToken>>20)
	}
	n, err := t.r.Read(p)
	t.n += n
	return n, err
}

// attribute is the value of e's attribute of that name in any name space, "" without one.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
