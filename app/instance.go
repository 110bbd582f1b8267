package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// trashAge is how long what was deleted can come back.
const trashAge = 30 * 24 * time.Hour

// instance is the one program that works in a data folder.
type instance struct {
	lock     *flock.Flock
	listener net.Listener // nil: none could be made, so a second start passes nothing on
	opened   chan []string
}

// ErrRunning reports that another program works in the data folder.
var ErrRunning = errors.New("Fovea is running already in this data folder") //lint:ignore ST1005 a name

// claim makes this the one program of a data folder. Where there is one
// already, the files are passed on to it.
func claim(dir string, files []string) (i *instance, passed bool, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, false, fmt.Errorf("the data folder cannot be made: %w; choose another one with $FOVEA_DATA", err)
	}
	i = &instance{lock: flock.New(filepath.Join(dir, "fovea.lock")), opened: make(chan []string)}
	mine, err := i.lock.TryLock()
	if err != nil {
		return nil, false, fmt.Errorf("the data folder cannot be used: %w; make it writable or choose another one with $FOVEA_DATA", err)
	}
	socket := filepath.Join(dir, "fovea.sock")
	if !mine {
		if err := pass(socket, files); err != nil {
			return nil, false, fmt.Errorf("%w, and does not answer: %w", ErrRunning, err)
		}
		return nil, true, nil
	}
	// What a killed program left; nobody else holds the lock.
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, false, errors.Join(err, i.lock.Unlock())
	}
	// Without a socket, as in folders with very long names, the program runs all
	// the same; a second start then says that it runs already.
	if i.listener, err = net.Listen("unix", socket); err == nil {
		go i.listen()
	}
	return i, false, nil
}

// passTime is how long a program may take to answer.
const passTime = 5 * time.Second

// pass gives files to the program that runs, which shows its window.
func pass(socket string, files []string) error {
	c, err := net.DialTimeout("unix", socket, passTime)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(passTime)); err != nil {
		return err
	}
	if err := json.NewEncoder(c).Encode(files); err != nil {
		return err
	}
	var taken bool
	return json.NewDecoder(c).Decode(&taken)
}

// listen hears of files until the listener is closed.
func (i *instance) listen() {
	for {
		c, err := i.listener.Accept()
		if err != nil {
			return
		}
		i.take(c)
	}
}

func (i *instance) take(c net.Conn) {
	defer c.Close()
	var files []string
	// A program that says nonsense or nothing is not ours.
	if c.SetDeadline(time.Now().Add(passTime)) != nil || json.NewDecoder(c).Decode(&files) != nil {
		return
	}
	select {
	case i.opened <- files:
		_ = json.NewEncoder(c).Encode(true) // it may have gone
	case <-time.After(passTime):
	}
}

func (i *instance) close() {
	if i.listener != nil {
		i.listener.Close() // removes the socket
	}
	i.lock.Unlock()
}
