package wallet

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/myelin-go/myelin/bt"
)

// Keyfile is one file of a wallet, which need not exist yet.
type Keyfile struct{ path string }

// File names a keyfile by its path.
func File(path string) Keyfile { return Keyfile{path} }

// Path is where the file lies.
func (f Keyfile) Path() string { return f.path }

// Exists tells whether there is a file.
func (f Keyfile) Exists() bool {
	_, err := os.Stat(f.path)
	return err == nil
}

// Method tells how the file is encrypted.
func (f Keyfile) Method() (Method, error) {
	data, err := f.read()
	if err != nil {
		return Plain, err
	}
	return MethodOf(data), nil
}

// maxKeyfile bounds what is read: an Ansible file of a full key has about 3 KiB.
const maxKeyfile = 1 << 20

func (f Keyfile) read() ([]byte, error) {
	info, err := os.Stat(f.path)
	if err != nil {
		return nil, fmt.Errorf("open keyfile: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxKeyfile {
		return nil, fmt.Errorf("open keyfile: %s is no regular file of at most %d bytes (%v, %d bytes)", f.path, maxKeyfile, info.Mode().Type(), info.Size())
	}
	data, err := os.ReadFile(f.path)
	if err != nil {
		return nil, fmt.Errorf("open keyfile: %w", err)
	}
	return data, nil
}

// Load reads the key, asking pass only if the file is encrypted. A nil pass means none can be asked: then ErrNoPassword is wrapped, and a
// wrong one wraps ErrPassword.
func (f Keyfile) Load(pass PasswordFunc) (*Key, error) {
	data, err := f.read()
	if err != nil {
		return nil, err
	}
	if MethodOf(data) != Plain {
		if pass == nil {
			return nil, fmt.Errorf("%s: %w", f.path, ErrNoPassword)
		}
		password, err := pass(f.path)
		if err != nil {
			return nil, err
		}
		if data, err = Decrypt(data, password); err != nil {
			return nil, fmt.Errorf("decrypt %s: %w", f.path, err)
		}
	}
	k, err := ParseKey(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.path, err)
	}
	return k, nil
}

// SaveOptions say how a key is written.
type SaveOptions struct {
	Password  string // encrypts the file in the NaCl form (some seconds and 512 MiB of memory); empty leaves it plain
	Overwrite bool   // replaces an existing file; else one is refused with an error that wraps fs.ErrExist
}

// Save writes the key so that at every moment there is either the old file or the whole new one: it goes to a temporary file of mode 0600,
// is read back and decrypted, and only then takes its name. Missing directories are made with mode 0700. The strength of the
// password is the caller's to check (CheckStrength).
func (f Keyfile) Save(k *Key, o SaveOptions) error {
	if !o.Overwrite && f.Exists() {
		return f.exists() // before the slow derivation; the link below decides races
	}
	plain := k.Encode()
	if o.Password == "" {
		return f.write(plain, o.Overwrite, func(got []byte) error { return sameKey(got, k.account) })
	}
	key := naclKey(o.Password)
	return f.write(sealNaCl(key, plain), o.Overwrite, func(got []byte) error {
		if err := checkNaCl(got); err != nil {
			return err
		}
		opened, err := openNaCl(key, got)
		if err != nil {
			return err
		}
		return sameKey(opened, k.account)
	})
}

func sameKey(data []byte, want bt.AccountID) error {
	k, err := ParseKey(data)
	if err != nil {
		return err
	}
	if k.account != want {
		return fmt.Errorf("it reads back as %v, not %v", k.account, want)
	}
	return nil
}

func (f Keyfile) exists() error {
	return fmt.Errorf("%s already holds a key, which would be lost: %w", f.path, fs.ErrExist)
}

// write puts data under the file's name, after check has approved what came back from the disk.
func (f Keyfile) write(data []byte, overwrite bool, check func([]byte) error) (err error) {
	dir := filepath.Dir(f.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the wallet's directory: %w", err)
	}
	tmp, err := os.CreateTemp(dir, ".key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write keyfile: %w", err)
	}
	defer func() {
		// After a rename the name is gone already; after a link it is the second one.
		if rmErr := os.Remove(tmp.Name()); err == nil && rmErr != nil && !errors.Is(rmErr, fs.ErrNotExist) {
			err = fmt.Errorf("remove the temporary keyfile: %w", rmErr)
		}
	}()
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("write keyfile %s: %w", f.path, err)
	}
	got, err := os.ReadFile(tmp.Name())
	if err == nil && !bytes.Equal(got, data) {
		err = fmt.Errorf("%d bytes came back, not the %d written", len(got), len(data))
	}
	if err == nil {
		err = check(got)
	}
	if err != nil {
		return fmt.Errorf("check keyfile %s after writing: %w", f.path, err)
	}
	if !overwrite {
		// A link, unlike a rename, fails where another process was faster. Some file systems have none: there a look must do.
		err = os.Link(tmp.Name(), f.path)
		if errors.Is(err, fs.ErrExist) || err != nil && f.Exists() {
			return f.exists()
		}
	}
	if overwrite || err != nil {
		err = os.Rename(tmp.Name(), f.path)
	}
	if err != nil {
		return fmt.Errorf("name keyfile: %w", err)
	}
	return syncDir(dir)
}

// syncDir makes a new name in dir survive a crash. Windows lets nobody sync a directory, and writes names through by itself.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync the wallet's directory: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync the wallet's directory: %w", err)
	}
	return nil
}
