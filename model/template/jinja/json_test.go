package jinja

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

func newReader(b []byte) io.Reader { return bytes.NewReader(b) }

// decode reads one JSON value of a decoder that keeps numbers as they are.
func decode(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Number:
		if !strings.ContainsAny(t.String(), ".e") {
			return strconv.Atoi(t.String())
		}
		return t.Float64()
	case json.Delim:
		list, dict := []any{}, NewDict()
		for d.More() {
			v, err := decode(d)
			if err != nil {
				return nil, err
			}
			if t == '[' {
				list = append(list, v)
				continue
			}
			item, err := decode(d)
			if err != nil {
				return nil, err
			}
			dict.Set(v, item)
		}
		if _, err := d.Token(); err != nil {
			return nil, err
		}
		if t == '[' {
			return list, nil
		}
		return dict, nil
	case nil, bool, string:
		return t, nil
	}
	return nil, fmt.Errorf("token %v", t)
}
