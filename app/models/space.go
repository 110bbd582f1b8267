package models

import (
	"fmt"

	"github.com/dustin/go-humanize"

	"fovea/internal/disk"
)

// spareBytes stay free on a disk that is written to.
const spareBytes = 32 << 20

// freeSpace is what an ordinary user may still write in a folder, in bytes.
func freeSpace(dir string) (int64, error) {
	free, _, err := disk.Space(dir)
	return free, err
}

// checkSpace fails if need further bytes do not fit the folder of models.
func (p *Puller) checkSpace(need int64) error {
	free, err := p.FreeSpace(p.Dir)
	if err != nil {
		return err
	}
	if need > 0 && free < need+spareBytes {
		return fmt.Errorf("%w: %s has %s free, %s are needed; free some, or let %s name a folder on another disk",
			ErrNoSpace, p.Dir, humanize.Bytes(uint64(max(free, 0))), humanize.Bytes(uint64(need+spareBytes)), DataVariable)
	}
	return nil
}
