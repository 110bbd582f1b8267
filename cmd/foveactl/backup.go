package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"fovea/app/models"
	"fovea/store"
)

type backupCmd struct {
	File string `arg:"" type:"path" help:"File to write; it must not be there yet."`
}

// Help is what foveactl backup --help says at length.
func (c *backupCmd) Help() string {
	return "Copies the database of the window's conversations, " + store.FileName + " in $" + models.DataVariable +
		" or else in fovea in the user's data directory. The window may be open meanwhile. To restore a backup, close the window and put the copy in the database's place."
}

func (c *backupCmd) Run(ctx context.Context, std *streams) error {
	path := filepath.Join(models.DataDir(), store.FileName)
	if _, err := os.Stat(path); err != nil { // which opening would make
		return fmt.Errorf("backup: there is no database to copy: %w", err)
	}
	s, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		return err
	}
	if err := errors.Join(s.Backup(ctx, c.File), s.Close()); err != nil {
		return err
	}
	fmt.Fprintln(std.out, c.File)
	return nil
}
