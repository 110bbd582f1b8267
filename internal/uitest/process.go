package uitest

import (
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a started child that does not outlive the test's process, even if
// that is killed.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has ended; then cmd.ProcessState is set
}

func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	go func() {
		// The signal comes when the thread that started the child ends, so
		// that thread must not be anyone else's.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait() // its outcome is in cmd.ProcessState
			close(p.ended)
		}
	}()
	return p, <-started
}

func (p *process) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// kill ends the process at once and waits until it has.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.ended
}

// end asks the process to end, so that it can tidy up, and kills it if it has
// not within some seconds.
func (p *process) end() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
		p.kill()
	}
}
