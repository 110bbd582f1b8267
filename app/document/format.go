package document

import (
	"bytes"
	"strings"
)

// kind is a file's format as told from its bytes: one of the two below, or
// the name of a format that is not read.
type kind string

const (
	kindPDF  kind = "PDF"
	kindText kind = "text"
)

// signatures of formats that people take for documents but are not read here.
// An entry's bytes stand at its offset.
var signatures = []struct {
	offset int
	magic  string
	name   kind
}{
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file (DOC, XLS or PPT)"},
	{0, "{\\rtf", "RTF"},
	{0, "%!PS", "PostScript"},
	{0, "AT&TFORM", "DjVu"},
	{60, "BOOKMOBI", "a Kindle book (MOBI)"},
	{0, "ITSF", "CHM help"},
	{0, "\x1f\x8b", "gzip"},
	{0, "BZh", "bzip2"},
	{0, "\xfd7zXZ\x00", "xz"},
	{0, "(\xb5/\xfd", "Zstandard"},
	{0, "7z\xbc\xaf\x27\x1c", "7-Zip"},
	{0, "Rar!\x1a\x07", "RAR"},
	{257, "ustar", "tar"},
	{0, "\x89PNG\r\n\x1a\n", "a PNG image"},
	{0, "\xff\xd8\xff", "a JPEG image"},
	{0, "GIF8", "a GIF image"},
	{0, "II*\x00", "a TIFF image"},
	{0, "MM\x00*", "a TIFF image"},
	{8, "WEBP", "a WebP image"},
	{0, "GGUF", "a GGUF model"},
	{0, "\x7fELF", "a program (ELF)"},
	{0, "MZ\x90\x00", "a program (PE)"},
	{0, "SQLite format 3\x00", "an SQLite database"},
	{0, "OggS", "Ogg audio"},
	{0, "ID3", "MP3 audio"},
	{4, "ftyp", "MP4 media"},
}

// sniff tells the format from the file's first bytes.
func sniff(data []byte) kind {
	// PDF readers accept up to 1,024 bytes of junk before the header.
	if i := bytes.Index(data[:min(len(data), 1024+5)], []byte("%PDF-")); i >= 0 {
		return kindPDF
	}
	for _, s := range signatures {
		if len(data) >= s.offset && bytes.HasPrefix(data[s.offset:], []byte(s.magic)) {
			return s.name
		}
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return sniffZip(data)
	}
	if isHTML(data) {
		return "HTML"
	}
	if bom(data) == "" && utf16Order(data) == "" && isBinary(data) {
		return "binary data"
	}
	return kindText
}

// sniffZip names the common formats that are ZIP archives inside. EPUB and
// OpenDocument state their media type first; Office files have telling names.
func sniffZip(data []byte) kind {
	head := data[:min(len(data), 1<<16)]
	for _, s := range []struct {
		mark string
		name kind
	}{
		{"application/epub+zip", "EPUB"},
		{"application/vnd.oasis.opendocument", "OpenDocument"},
		{"word/", "DOCX"},
		{"xl/", "XLSX"},
		{"ppt/", "PPTX"},
	} {
		if bytes.Contains(head, []byte(s.mark)) || bytes.Contains(data[max(0, len(data)-1<<16):], []byte(s.mark)) {
			return s.name
		}
	}
	return "a ZIP archive"
}

func isHTML(data []byte) bool {
	head := data[:min(len(data), 1024)]
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	s := strings.ToLower(strings.TrimSpace(string(head)))
	return strings.HasPrefix(s, "<!doctype html") || strings.HasPrefix(s, "<html") ||
		strings.HasPrefix(s, "<?xml") && strings.Contains(s, "<html")
}

// isBinary reports whether data has bytes that no text in a one-byte or
// variable-length encoding has: NUL, or more than 1 in 20 control characters.
func isBinary(data []byte) bool {
	head := data[:min(len(data), 1<<16)]
	control := 0
	for _, b := range head {
		switch {
		case b == 0:
			return true
		case b < ' ' && !bytes.ContainsRune([]byte("\t\n\v\f\r\b\x1b"), rune(b)):
			control++
		}
	}
	return control*20 > len(head)
}
