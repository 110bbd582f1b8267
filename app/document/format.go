package document

import (
	"bytes"
	"context"
	"strings"
)

// kind is a file's format as told from its bytes: one of those below, or the
// name of a format that is not read.
type kind string

const (
	kindPDF    kind = "PDF"
	kindDOCX   kind = "DOCX"
	kindEPUB   kind = "EPUB"
	kindHTML   kind = "HTML"
	kindText   kind = "text"
	kindLocked kind = "an Office file with a password" // read by no one without it

	kindDOC  kind = "an old Word file (DOC)"
	kindOLE  kind = "an old Office file (XLS or PPT)"
	kindRTF  kind = "RTF"
	kindODF  kind = "OpenDocument"
	kindMOBI kind = "a Kindle book (MOBI)"
)

// cure says how a format that is not read becomes one that is.
func (k kind) cure() string {
	switch {
	case k == kindDOC || k == kindRTF || k == kindODF:
		return "save it as DOCX in Word or LibreOffice, or with libreoffice --convert-to docx"
	case k == kindMOBI:
		return "convert it to EPUB, with Calibre for example"
	case strings.HasSuffix(string(k), " image"):
		return "make a PDF of it and run text recognition (OCR) over that"
	}
	return "save it in one of these from its own program"
}

// signatures of formats that people take for documents but are not read here.
// An entry's bytes stand at its offset.
var signatures = []struct {
	offset int
	magic  string
	name   kind
}{
	{0, "{\\rtf", kindRTF},
	{0, "%!PS", "PostScript"},
	{0, "AT&TFORM", "DjVu"},
	{60, "BOOKMOBI", kindMOBI},
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

// sniff tells the format from the file's bytes, and from the name at path only
// whether a piece of HTML is one.
func sniff(path string, data []byte) kind {
	// PDF readers accept up to 1,024 bytes of junk before the header.
	if i := bytes.Index(data[:min(len(data), 1024+5)], []byte("%PDF-")); i >= 0 {
		return kindPDF
	}
	for _, s := range signatures {
		if len(data) >= s.offset && bytes.HasPrefix(data[s.offset:], []byte(s.magic)) {
			return s.name
		}
	}
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return sniffZip(data)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return sniffOLE(data)
	case isHTML(path, data):
		return kindHTML
	case bom(data) == "" && utf16Order(data) == "" && isBinary(data):
		return "binary data"
	}
	return kindText
}

// sniffZip names the common formats that are ZIP archives inside. EPUB and
// OpenDocument state their media type in the first entry, without compression;
// others have telling names of entries.
func sniffZip(data []byte) kind {
	first := data[:min(len(data), 256)]
	has := entryNames(data)
	office := has("[Content_Types].xml")
	switch {
	case bytes.Contains(first, []byte("application/vnd.oasis.opendocument")):
		return kindODF
	case bytes.Contains(first, []byte("application/epub+zip")), has("META-INF/container.xml") && has(".opf"):
		return kindEPUB
	case office && has("word/"):
		return kindDOCX
	case office && has("xl/"):
		return "XLSX"
	case office && has("ppt/"):
		return "PPTX"
	}
	return "a ZIP archive"
}

// entryNames returns a function that says whether the name of an entry begins
// or ends like its argument. In a broken archive, which has no list of its
// entries, it looks at both ends for such a name.
func entryNames(data []byte) func(string) bool {
	a, err := openArchive(context.Background(), data, 0)
	if err == nil {
		return func(part string) bool {
			for name := range a.files {
				if strings.HasPrefix(name, part) || strings.HasSuffix(name, part) {
					return true
				}
			}
			return false
		}
	}
	const margin = 1 << 16
	head, tail := data[:min(len(data), margin)], data[max(0, len(data)-margin):]
	return func(part string) bool {
		return bytes.Contains(head, []byte(part)) || bytes.Contains(tail, []byte(part))
	}
}

// sniffOLE names the formats of Microsoft's older container. Its directory has
// the names of the streams in UTF-16.
func sniffOLE(data []byte) kind {
	has := func(name string) bool {
		return bytes.Contains(data, []byte(strings.Join(strings.Split(name, ""), "\x00")))
	}
	switch {
	case has("EncryptedPackage"):
		return kindLocked
	case has("WordDocument"):
		return kindDOC
	}
	return kindOLE
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
