// Package wallet reads and writes wallets in the official clients' files, so that a wallet can be used from Python and from Go in turn:
//
//	<path>/<name>/coldkey                 the owner's key, encrypted
//	<path>/<name>/coldkeypub.txt          its public half
//	<path>/<name>/hotkeys/<hotkey>        a key for daily work, plain by default
//	<path>/<name>/hotkeys/<hotkey>pub.txt its public half
//
// It reads files of bittensor-wallet 4.x and of the SDK's wallets before and after it (NaCl, Ansible Vault, Fernet) and polkadot-js
// exports, and writes the 4.1 form.
//
// It deliberately holds no prompts (callers pass a PasswordFunc), no derivation and no signing (keys), and no network.
package wallet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
)

// DefaultName is the name of a wallet and of its hotkey where none is given.
const DefaultName = "default"

// DefaultPath is where wallets lie when nobody says otherwise: ~/.bittensor/wallets.
func DefaultPath() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find the wallets: %w", err)
	}
	return filepath.Join(home, ".bittensor", "wallets"), nil
}

// Wallet names a coldkey and one of its hotkeys. Neither needs to exist yet. The methods tell the two apart by name and never return one
// for the other.
type Wallet struct{ path, name, hotkey string }

// Open names a wallet; it touches no file. Empty arguments mean DefaultPath and DefaultName; a path may begin with ~/. The name may be
// "cold/hot" where no hotkey is given.
func Open(path, name, hotkey string) (*Wallet, error) {
	path, err := expand(path)
	if err != nil {
		return nil, err
	}
	if cold, hot, both := strings.Cut(name, "/"); both && hotkey == "" {
		name, hotkey = cold, hot
		if cold == "" || hot == "" {
			return nil, fmt.Errorf("wallet %q: write it as coldkey/hotkey, with both names", cold+"/"+hot)
		}
	}
	if name == "" {
		name = DefaultName
	}
	if hotkey == "" {
		hotkey = DefaultName
	}
	for _, n := range [...]string{name, hotkey} {
		if n == "." || n == ".." || strings.ContainsAny(n, "/\\\x00") {
			return nil, fmt.Errorf("wallet name %q is not a plain file name", n)
		}
	}
	return &Wallet{path, name, hotkey}, nil
}

func expand(path string) (string, error) {
	if path == "" {
		return DefaultPath()
	}
	if rest, ok := strings.CutPrefix(path, "~"); ok && (rest == "" || rest[0] == '/') {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("expand %q: %w", path, err)
		}
		return filepath.Join(home, rest), nil
	}
	return filepath.Clean(path), nil
}

// Name is the wallet's name, which is the coldkey's.
func (w *Wallet) Name() string { return w.name }

// HotkeyName is the name of the hotkey in use.
func (w *Wallet) HotkeyName() string { return w.hotkey }

// Path is the directory of all wallets.
func (w *Wallet) Path() string { return w.path }

// ColdkeyFile is the file of the owner's key.
func (w *Wallet) ColdkeyFile() Keyfile { return File(filepath.Join(w.path, w.name, "coldkey")) }

// ColdkeyPubFile is the file of the owner's public key.
func (w *Wallet) ColdkeyPubFile() Keyfile {
	return File(filepath.Join(w.path, w.name, "coldkeypub.txt"))
}

// HotkeyFile is the file of the hotkey.
func (w *Wallet) HotkeyFile() Keyfile {
	return File(filepath.Join(w.path, w.name, "hotkeys", w.hotkey))
}

// HotkeyPubFile is the file of the hotkey's public half, which wallets from before 2026 lack.
func (w *Wallet) HotkeyPubFile() Keyfile {
	return File(filepath.Join(w.path, w.name, "hotkeys", w.hotkey+pubSuffix))
}

const pubSuffix = "pub.txt"

// Coldkey unlocks the owner's key. If the file is encrypted, pass is asked; nil means the environment only (Environment(nil)). A tool
// with a prompt passes Environment(prompt), one with a password from its user passes Password(pw).
func (w *Wallet) Coldkey(pass PasswordFunc) (*keys.Pair, error) {
	return loadPair(w.ColdkeyFile(), pass)
}

// Hotkey loads the hotkey; pass, as in Coldkey, matters only if its file is encrypted, which is rare.
func (w *Wallet) Hotkey(pass PasswordFunc) (*keys.Pair, error) { return loadPair(w.HotkeyFile(), pass) }

func loadPair(f Keyfile, pass PasswordFunc) (*keys.Pair, error) {
	if pass == nil {
		pass = Environment(nil)
	}
	k, err := f.Load(pass)
	if err != nil {
		return nil, err
	}
	if k.pair == nil {
		return nil, fmt.Errorf("%s holds only the public key %v: it cannot sign", f.path, k.account)
	}
	return k.pair, nil
}

// ColdkeyPub is the owner's account, without a password.
func (w *Wallet) ColdkeyPub() (bt.AccountID, error) {
	return public(w.ColdkeyPubFile(), w.ColdkeyFile())
}

// HotkeyPub is the hotkey's account, from its public file or else from a plain hotkey.
func (w *Wallet) HotkeyPub() (bt.AccountID, error) { return public(w.HotkeyPubFile(), w.HotkeyFile()) }

// public reads an account from the public file or, where that is missing, from a full one that needs no password.
func public(pub, full Keyfile) (bt.AccountID, error) {
	k, err := pub.Load(nil)
	if errors.Is(err, fs.ErrNotExist) {
		if k, err = full.Load(nil); errors.Is(err, ErrNoPassword) {
			return bt.AccountID{}, fmt.Errorf("%s is missing and %s is encrypted: regenerate the public file", pub.path, full.path)
		}
	}
	if err != nil {
		return bt.AccountID{}, err
	}
	return k.account, nil
}

// SetColdkey writes the coldkey and its public file. An empty password leaves the key plain.
func (w *Wallet) SetColdkey(k *Key, o SaveOptions) error {
	return savePair(w.ColdkeyFile(), w.ColdkeyPubFile(), k, o)
}

// SetHotkey writes the hotkey and its public file. An empty password leaves the key plain.
func (w *Wallet) SetHotkey(k *Key, o SaveOptions) error {
	return savePair(w.HotkeyFile(), w.HotkeyPubFile(), k, o)
}

// SetColdkeyPub writes the public file alone, for a machine that must not hold the coldkey.
func (w *Wallet) SetColdkeyPub(k *Key, overwrite bool) error {
	return w.ColdkeyPubFile().Save(k.Public(), SaveOptions{Overwrite: overwrite})
}

// SetHotkeyPub writes the hotkey's public file alone.
func (w *Wallet) SetHotkeyPub(k *Key, overwrite bool) error {
	return w.HotkeyPubFile().Save(k.Public(), SaveOptions{Overwrite: overwrite})
}

func savePair(full, pub Keyfile, k *Key, o SaveOptions) error {
	if k.pair == nil {
		return fmt.Errorf("%s needs a key pair, got only the public key %v", full.path, k.account)
	}
	// A stray public file must not stop half-way; it may only stay if it is this key's.
	if old, err := pub.Load(nil); !o.Overwrite && err == nil && old.account != k.account {
		return fmt.Errorf("%s is of another key, %v: %w", pub.path, old.account, fs.ErrExist)
	}
	if err := full.Save(k, o); err != nil {
		return err
	}
	return pub.Save(k.Public(), SaveOptions{Overwrite: true})
}

// NewColdkey makes a coldkey from a new mnemonic of 12, 15, 18, 21 or 24 words, writes it, and returns the key, whose phrase the owner
// must write down. A password must pass CheckStrength; an empty one leaves the key plain.
func (w *Wallet) NewColdkey(scheme keys.Scheme, words int, o SaveOptions) (*Key, error) {
	return newKey(w.SetColdkey, scheme, words, o)
}

// NewHotkey makes a hotkey as NewColdkey makes a coldkey.
func (w *Wallet) NewHotkey(scheme keys.Scheme, words int, o SaveOptions) (*Key, error) {
	return newKey(w.SetHotkey, scheme, words, o)
}

func newKey(set func(*Key, SaveOptions) error, scheme keys.Scheme, words int, o SaveOptions) (*Key, error) {
	if o.Password != "" {
		if err := CheckStrength(o.Password); err != nil {
			return nil, err
		}
	}
	phrase, err := keys.NewMnemonic(words)
	if err != nil {
		return nil, err
	}
	k, err := FromMnemonic(scheme, phrase)
	if err != nil {
		return nil, err
	}
	if err := set(k, o); err != nil {
		return nil, err
	}
	return k, nil
}

// Entry is one wallet of a directory.
type Entry struct {
	Name    string
	Hotkeys []string // names, sorted
}

// List names the wallets below path (empty is DefaultPath), sorted: every directory that holds a coldkey, its public file, or hotkeys.
// A path that does not exist has none.
func List(path string) ([]Entry, error) {
	path, err := expand(path)
	if err != nil {
		return nil, err
	}
	dirs, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list wallets: %w", err)
	}
	var out []Entry
	for _, d := range dirs {
		w := &Wallet{path, d.Name(), DefaultName}
		hot, err := os.ReadDir(filepath.Join(path, d.Name(), "hotkeys"))
		if strings.HasPrefix(d.Name(), ".") || err != nil && !w.ColdkeyFile().Exists() && !w.ColdkeyPubFile().Exists() {
			continue
		}
		e := Entry{Name: d.Name()}
		for _, h := range hot {
			name := h.Name()
			if pub, ok := strings.CutSuffix(name, pubSuffix); ok && pub != "" {
				name = pub // a hotkey may have left only its public half here
			}
			if !h.IsDir() && !strings.HasPrefix(name, ".") {
				e.Hotkeys = append(e.Hotkeys, name)
			}
		}
		sort.Strings(e.Hotkeys)
		e.Hotkeys = compact(e.Hotkeys)
		out = append(out, e)
	}
	return out, nil
}

// compact drops repetitions from a sorted list.
func compact(names []string) []string {
	out := names[:0]
	for i, n := range names {
		if i == 0 || n != names[i-1] {
			out = append(out, n)
		}
	}
	return out
}
