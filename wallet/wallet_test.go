package wallet

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/nacl/secretbox"

	"github.com/myelin-go/myelin/keys"
)

const testPassword = "testpassword"

// testKey is the key of testPassword as libsodium derives it; TestEncryptedRoundTrip holds naclKey to it. The other tests spare themselves
// the three seconds.
func testKey() *[32]byte {
	raw, err := hex.DecodeString("cd00b56b151da9df1c8cd6768ba1be08c42f02e54942b2cc39985466f6b62569")
	if err != nil {
		panic(err)
	}
	return (*[32]byte)(raw)
}

func pair(t testing.TB, scheme keys.Scheme, uri string) *keys.Pair {
	t.Helper()
	p, err := keys.FromURIScheme(scheme, uri)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func open(t testing.TB, path, name, hotkey string) *Wallet {
	t.Helper()
	w, err := Open(path, name, hotkey)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// clearEnv keeps the tester's own variables out.
func clearEnv(t *testing.T) {
	for _, name := range []string{"BT_WALLET_PASSWORD", "BT_WALLET_PASSWORD_FILE"} {
		t.Setenv(name, "")
	}
}

func TestReadsPythonWallets(t *testing.T) {
	clearEnv(t)
	const leopard = "old leopard transfer rib spatial phone calm indicate online fire caution review"
	for hotkey, want := range map[string]*keys.Pair{
		"uri":        pair(t, keys.Sr25519, "//Alice"),
		"ed25519":    pair(t, keys.Ed25519, "//Alice"),
		"seed":       pair(t, keys.Sr25519, "0x"+strings.Repeat("91", 32)),
		"textseed":   pair(t, keys.Sr25519, "0x"+strings.Repeat("41", 32)),
		"edmnemonic": pair(t, keys.Ed25519, leopard),
		"mnemonic":   nil,
	} {
		w := open(t, "testdata", "plain", hotkey)
		p, err := w.Hotkey(nil)
		if err != nil {
			t.Errorf("%s: %v", hotkey, err)
			continue
		}
		if want != nil && (p.Public() != want.Public() || p.Scheme() != want.Scheme() || !bytes.Equal(p.Secret(), want.Secret())) {
			t.Errorf("%s is %v, want %v", hotkey, p, want)
		}
		pub, err := w.HotkeyPub()
		if err != nil || pub != p.Public() {
			t.Errorf("%s: the public file says %v, %v, want %v", hotkey, pub, err, p.Public())
		}
		// What Python stored beside the secret must be what we would store.
		var theirs, ours map[string]any
		if err := errors.Join(json.Unmarshal(read(t, "plain/hotkeys/"+hotkey), &theirs), func() error {
			k, err := w.HotkeyFile().Load(nil)
			if err != nil {
				return err
			}
			return json.Unmarshal(k.Encode(), &ours)
		}()); err != nil {
			t.Fatal(err)
		}
		if _, has := theirs["secretSeed"]; !has || hotkey == "textseed" {
			delete(ours, "secretSeed") // Python forgets the seeds of URIs; ours are known
			delete(theirs, "secretSeed")
		}
		if diff := cmp.Diff(theirs, ours); diff != "" {
			t.Errorf("%s: Python's file and ours differ (-python +ours):\n%s", hotkey, diff)
		}
	}
	w := open(t, "testdata", "plain", "")
	p, err := w.Coldkey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if pub, err := w.ColdkeyPub(); err != nil || pub != p.Public() {
		t.Errorf("the public file says %v, %v, want %v", pub, err, p.Public())
	}
}

func TestNaClFiles(t *testing.T) {
	const golden = "244e41434c000102030405060708090a0b0c0d0e0f1011121314151617e5c912e296f41c8bdb0e34f4858a34f5f7eb025c589f0892ee5cb3552e5dff089b575f"
	nonce := [nonceSize]byte{}
	for i := range nonce {
		nonce[i] = byte(i)
	}
	if got := hex.EncodeToString(sealNaClWith(testKey(), &nonce, []byte(`{"ss58Address":"x"}`))); got != golden {
		t.Errorf("sealed to %s, want %s", got, golden)
	}
	plain, err := openNaCl(testKey(), read(t, "nacl/coldkey"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := ParseKey(plain)
	if err != nil || k.Account() != pair(t, keys.Sr25519, "//Bob").Public() {
		t.Errorf("Python's encrypted coldkey is %v, %v, want //Bob", k, err)
	}
	a, b := sealNaCl(testKey(), plain), sealNaCl(testKey(), plain)
	if bytes.Equal(a, b) {
		t.Error("two sealings share a nonce")
	}
	for i := range a {
		if i < len(prefixNaCl) {
			continue
		}
		a[i] ^= 1
		if got, err := openNaCl(testKey(), a); !errors.Is(err, ErrPassword) || got != nil {
			t.Fatalf("byte %d damaged: %d bytes, %v, want ErrPassword", i, len(got), err)
		}
		a[i] ^= 1
	}
}

// The one test that runs the slow derivation, once for writing and once for reading.
func TestEncryptedRoundTrip(t *testing.T) {
	if testing.Short() {
		t.Skip("derives two argon2i keys over 512 MiB")
	}
	clearEnv(t)
	w := open(t, t.TempDir(), "cold/hot", "")
	want := FromPair(pair(t, keys.Sr25519, "//Eve"))
	if err := w.SetColdkey(want, SaveOptions{Password: testPassword}); err != nil {
		t.Fatal(err)
	}
	if m, err := w.ColdkeyFile().Method(); err != nil || m != NaCl {
		t.Errorf("the method is %v, %v", m, err)
	}
	raw, err := os.ReadFile(w.ColdkeyFile().Path())
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := openNaCl(testKey(), raw); err != nil || !bytes.Equal(plain, want.Encode()) || bytes.Contains(raw, []byte("privateKey")) {
		t.Errorf("libsodium's key opens it to %d bytes, %v", len(plain), err)
	}
	asked := ""
	got, err := w.Coldkey(func(path string) (string, error) { asked = path; return testPassword, nil })
	if err != nil || got.Public() != want.Account() || asked != w.ColdkeyFile().Path() {
		t.Errorf("got %v, %v, asked for %q", got, err, asked)
	}
	if _, err := w.Coldkey(nil); !errors.Is(err, ErrNoPassword) {
		t.Errorf("without a password: %v", err)
	}
	if _, err := openNaCl(&[32]byte{1}, raw); !errors.Is(err, ErrPassword) {
		t.Errorf("with a wrong key: %v", err)
	}
	t.Setenv("BT_WALLET_PASSWORD", testPassword)
	if _, err := w.Coldkey(func(string) (string, error) { return "", fs.ErrClosed }); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a given password function must come before the environment: %v", err)
	}
	if pub, err := w.ColdkeyPub(); err != nil || pub != want.Account() {
		t.Errorf("public: %v, %v", pub, err)
	}
	if err := os.Remove(w.ColdkeyPubFile().Path()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ColdkeyPub(); err == nil || !strings.Contains(err.Error(), "regenerate") {
		t.Errorf("without the public file: %v", err)
	}
}

func TestLegacyFiles(t *testing.T) {
	want := pair(t, keys.Sr25519, "//Charlie").Public()
	for name, method := range map[string]Method{"ansible": Ansible, "fernet": Fernet} {
		data := read(t, "legacy/"+name)
		if got, err := File("testdata/legacy/" + name).Method(); err != nil || got != method {
			t.Errorf("%s is taken for %v, %v", name, got, err)
		}
		plain, err := Decrypt(data, testPassword)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if k, err := ParseKey(plain); err != nil || k.Account() != want {
			t.Errorf("%s holds %v, %v", name, k, err)
		}
	}
	ansible := read(t, "legacy/ansible")
	if _, err := Decrypt(ansible, "testpassword2"); !errors.Is(err, ErrPassword) {
		t.Errorf("ansible with a wrong password: %v", err)
	}
	token, err := parseFernet(read(t, "legacy/fernet"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openFernet(make([]byte, 32), token); !errors.Is(err, ErrPassword) {
		t.Errorf("fernet with a wrong key: %v", err)
	}
	for _, bad := range []string{
		"$NACL", "$NACL" + strings.Repeat("x", 39), "$ANSIBLE_VAULT;1.2;AES256;id\n00", "$ANSIBLE_VAULT;1.1;AES256", "$ANSIBLE_VAULT;1.1;AES256\nzz",
		"$ANSIBLE_VAULT;1.1;AES256\n" + hex.EncodeToString([]byte("00\n11\n22")), "gAAAAA", "gAAAAA!", "gAAAAA" + strings.Repeat("A", 90),
	} {
		if out, err := Decrypt([]byte(bad), testPassword); !errors.Is(err, ErrFormat) || out != nil {
			t.Errorf("%.40q: %q, %v, want ErrFormat", bad, out, err)
		}
	}
}

func TestPolkadotExports(t *testing.T) {
	for name, want := range map[string]*keys.Pair{
		"sr25519":      pair(t, keys.Sr25519, "//Dave"),
		"sr25519-open": pair(t, keys.Sr25519, "//Dave"),
		"ed25519":      pair(t, keys.Ed25519, "//Dave"),
		"ed25519-open": pair(t, keys.Ed25519, "//Dave"),
		"soft":         pair(t, keys.Sr25519, "//Dave/soft"),
	} {
		k, err := FromPolkadotJSON(read(t, "polkadot/"+name+".json"), testPassword)
		if err != nil || k.Account() != want.Public() || k.Scheme() != want.Scheme() {
			t.Errorf("%s is %v, %v, want %v", name, k, err, want)
			continue
		}
		sig := k.Pair().Sign([]byte("m"))
		if !keys.Verify(k.Scheme(), want.Public(), []byte("m"), sig) {
			t.Errorf("%s signs wrongly", name)
		}
	}
	export := string(read(t, "polkadot/sr25519.json"))
	if _, err := FromPolkadotJSON([]byte(export), "wrong"); !errors.Is(err, ErrPassword) {
		t.Errorf("with a wrong password: %v", err)
	}
	for _, change := range [][2]string{
		{`"version":"3"`, `"version":"2"`}, {"sr25519", "ecdsa"}, {"sr25519", "nonsense"}, {"xsalsa20-poly1305", "rot13"}, {"pkcs8", "raw"},
		{`"encoded":"`, `"encoded":"!`}, {`"encoded":"`, `"encoded":"0xzz`}, {"5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy", "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"},
	} {
		bad := strings.Replace(export, change[0], change[1], 1)
		if bad == export {
			t.Fatalf("the export lacks %q", change[0])
		}
		if k, err := FromPolkadotJSON([]byte(bad), testPassword); err == nil {
			t.Errorf("%q instead of %q gives %v", change[1], change[0], k)
		}
	}
}

// Exports from before scrypt: the padded password is the key, and types are single strings.
func TestOldPolkadotExports(t *testing.T) {
	want := pair(t, keys.Sr25519, "//Grace")
	seed, _ := want.Seed()
	public := want.Public()
	pkcs8 := bytes.Join([][]byte{pkcs8Head, seed[:], pkcs8Divider, public[:]}, nil)
	export := func(body []byte, types string) []byte {
		return fmt.Appendf(nil, `{"encoded":"0x%x","encoding":{"content":["pkcs8","sr25519"],"type":%s,"version":"3"},"address":""}`, body, types)
	}
	var key [32]byte
	copy(key[:], testPassword)
	nonce := [nonceSize]byte{7}
	sealed := secretbox.Seal(nonce[:], pkcs8, &nonce, &key)
	for types, body := range map[string][]byte{`"none"`: pkcs8, `"xsalsa20-poly1305"`: sealed, `["xsalsa20-poly1305"]`: sealed} {
		k, err := FromPolkadotJSON(export(body, types), testPassword)
		if err != nil || k.Account() != public {
			t.Errorf("%s: %v, %v, want %v", types, k, err, want)
		}
	}
	greedy := make([]byte, 100)
	for _, params := range [][3]uint32{{1 << 30, 1, 8}, {0, 1, 8}, {3 << 10, 1, 8}, {1 << 15, 0, 8}, {1 << 15, 1 << 20, 8}, {1 << 15, 1, 1 << 20}} {
		for i, v := range params {
			binary.LittleEndian.PutUint32(greedy[32+4*i:], v)
		}
		if _, err := FromPolkadotJSON(export(greedy, `["scrypt","xsalsa20-poly1305"]`), ""); !errors.Is(err, ErrFormat) {
			t.Errorf("scrypt parameters %v: %v, want ErrFormat", params, err)
		}
	}
	other := pair(t, keys.Sr25519, "//Heidi").Public()
	for what, body := range map[string][]byte{
		"empty": nil, "no head": pkcs8[1:], "cut": pkcs8[:len(pkcs8)-1], "longer": append(bytes.Clone(pkcs8), 0),
		"another's public key": append(bytes.Clone(pkcs8[:len(pkcs8)-32]), other[:]...),
	} {
		if k, err := FromPolkadotJSON(export(body, `"none"`), ""); err == nil {
			t.Errorf("%s gives %v", what, k)
		}
	}
	for _, body := range [][]byte{nil, make([]byte, 39)} {
		if _, err := FromPolkadotJSON(export(body, `"xsalsa20-poly1305"`), ""); !errors.Is(err, ErrFormat) {
			t.Errorf("%d sealed bytes: %v, want ErrFormat", len(body), err)
		}
	}
}

// How bittensor-wallet 4.1.1 reads each body was tried; where the 2026 SDK is stricter or wider, it leads.
func TestParseKey(t *testing.T) {
	seed := "0x" + strings.Repeat("41", 32)
	sr, ed := pair(t, keys.Sr25519, seed), pair(t, keys.Ed25519, seed)
	dev := pair(t, keys.Sr25519, "")
	for _, c := range []struct {
		body string
		want *keys.Pair // nil for a refusal
	}{
		{`{"secretSeed":"SEED"}`, sr},
		{`{"secretSeed":"SEED","cryptoType":0}`, ed},
		{`{"secretSeed":"SEED","cryptoType":1}`, sr},
		{`{"secretSeed":"SEED","cryptoType":2}`, nil},
		{`{"secretSeed":"SEED","cryptoType":"0"}`, sr},
		{`{"secretSeed":"SEED","cryptoType":null}`, sr},
		{`{"secretSeed":"SEED","cryptoType":true}`, sr},
		{`{"secretSeed":"SEED","cryptoType":0.0}`, sr},
		{`{"secretSeed":"SEED","cryptoType":-1}`, sr},
		{`{"secretSeed":"SEED","cryptoType":[0]}`, sr},
		{" {\"secretSeed\":\"SEED\"}\n ", sr},
		{`{"secretSeed":"SEED"}x`, nil},
		{`{"secretSeed":"` + seed[2:] + `"}`, sr},
		{`{"secretSeed":"0x` + strings.Repeat("A", 32) + `"}`, sr},
		{`{"secretSeed":"0x41"}`, nil},
		{`{"secretSeed":5,"privateKey":"` + hex0x(sr.Secret()) + `"}`, sr},
		{`{"secretPhrase":null,"secretSeed":"SEED","x":[{"y":1}]}`, sr},
		{`{"secretPhrase":"` + keys.DevPhrase + `","secretSeed":"SEED"}`, dev},
		{`{"secretPhrase":"  ` + keys.DevPhrase + ` "}`, dev},
		{`{"secretPhrase":"` + keys.DevPhrase + `//Alice"}`, nil},
		{`{"secretPhrase":"one two three"}`, nil},
		{`{"privateKey":"` + hex0x(sr.Secret()) + `"}`, sr},
		{`{"privateKey":"` + hex0x(ed.Secret()) + `","cryptoType":0}`, ed},
		{`{"privateKey":"` + hex0x(sr.Secret()) + `","cryptoType":0}`, nil},
		{`{"privateKey":"0x` + strings.Repeat("41", 33) + `"}`, nil},
		{`{"privateKey":"0x` + strings.Repeat("ff", 64) + `"}`, nil},
		{`{"publicKey":"` + seed + `","accountId":"` + seed + `"}`, nil},
		{`{"secretSeed":"SEED","ss58Address":"` + sr.Public().String() + `"}`, sr},
		{`{"secretSeed":"SEED","ss58Address":"` + dev.Public().String() + `"}`, nil},
		{`{"secretSeed":"SEED","ss58Address":"nonsense"}`, nil},
		{`{}`, nil}, {`[]`, nil}, {``, nil}, {`null`, nil}, {`{`, nil},
		{keys.DevPhrase + "\n", dev}, {"SEED\n", sr}, {hex0x(sr.Secret()), sr}, {seed[2:], sr}, {"0x" + strings.Repeat("zz", 32), nil}, {"word", nil},
	} {
		body := strings.ReplaceAll(c.body, "SEED", seed)
		k, err := ParseKey([]byte(body))
		switch {
		case c.want == nil && (err == nil || k != nil):
			t.Errorf("%.90s gives %v, want a refusal", body, k)
		case c.want == nil && !errors.Is(err, ErrKey):
			t.Errorf("%.90s: %v does not wrap ErrKey", body, err)
		case c.want != nil && err != nil:
			t.Errorf("%.90s: %v", body, err)
		case c.want != nil && (k.Account() != c.want.Public() || k.Scheme() != c.want.Scheme()):
			t.Errorf("%.90s gives %v, want %v", body, k, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), seed[2:20]) || strings.Contains(err.Error(), "bottom")) {
			t.Errorf("%.90s: the error quotes a secret: %v", body, err)
		}
	}
	k, err := ParseKey([]byte(`{"ss58Address":"` + ed.Public().String() + `","cryptoType":0}`))
	if err != nil || k.Pair() != nil || k.Account() != ed.Public() || k.Scheme() != keys.Ed25519 {
		t.Errorf("a public body gives %v, %v", k, err)
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	k, err := FromMnemonic(keys.Sr25519, keys.DevPhrase)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if got := fmt.Sprintf(verb, k); got != "wallet.Key(sr25519 "+k.Account().String()+")" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}

func TestSaveIsCareful(t *testing.T) {
	clearEnv(t)
	dir := filepath.Join(t.TempDir(), "wallets")
	w := open(t, dir, "", "")
	first, err := w.NewHotkey(keys.Sr25519, 24, SaveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]fs.FileMode{
		dir: fs.ModeDir | 0o700, filepath.Join(dir, "default"): fs.ModeDir | 0o700, filepath.Join(dir, "default/hotkeys"): fs.ModeDir | 0o700,
		w.HotkeyFile().Path(): 0o600, w.HotkeyPubFile().Path(): 0o600,
	} {
		info, err := os.Stat(path)
		if err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v, want %v", path, info.Mode(), err, want)
		}
	}
	before, _ := os.ReadFile(w.HotkeyFile().Path())
	if _, err := w.NewHotkey(keys.Sr25519, 12, SaveOptions{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second key: %v, want fs.ErrExist", err)
	}
	if _, err := w.NewHotkey(keys.Sr25519, 12, SaveOptions{Password: testPassword}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second, encrypted key: %v, want fs.ErrExist", err)
	}
	if err := w.HotkeyFile().write([]byte("x"), false, func([]byte) error { return nil }); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a race for the name: %v, want fs.ErrExist", err)
	}
	if err := w.HotkeyFile().write([]byte("x"), true, func([]byte) error { return ErrFormat }); !errors.Is(err, ErrFormat) {
		t.Errorf("a check that fails: %v", err)
	}
	if after, _ := os.ReadFile(w.HotkeyFile().Path()); !bytes.Equal(before, after) {
		t.Error("the first key was touched")
	}
	k, err := w.HotkeyFile().Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	phrase, known := k.Mnemonic()
	wantPhrase, _ := first.Mnemonic()
	if !known || phrase != wantPhrase || len(strings.Fields(phrase)) != 24 || k.Account() != first.Account() {
		t.Errorf("read back %v with %d words, want %v", k, len(strings.Fields(phrase)), first)
	}
	second, err := w.NewHotkey(keys.Ed25519, 12, SaveOptions{Overwrite: true})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := w.Hotkey(nil); err != nil || p.Public() != second.Account() || p.Scheme() != keys.Ed25519 {
		t.Errorf("after overwriting: %v, %v, want %v", p, err, second)
	}
	if _, err := w.NewColdkey(keys.Sr25519, 12, SaveOptions{Password: "weak"}); !errors.Is(err, ErrWeak) || w.ColdkeyFile().Exists() {
		t.Errorf("a weak password: %v", err)
	}
	if err := w.SetColdkey(first.Public(), SaveOptions{}); err == nil {
		t.Error("a public key was saved as a coldkey")
	}
	if err := w.SetColdkeyPub(first, false); err != nil {
		t.Fatal(err)
	}
	if err := w.SetColdkey(second, SaveOptions{}); !errors.Is(err, fs.ErrExist) || w.ColdkeyFile().Exists() {
		t.Errorf("beside another's public file: %v", err)
	}
	if err := w.SetColdkey(first, SaveOptions{}); err != nil {
		t.Errorf("beside its own public file: %v", err)
	}
	if err := File(w.ColdkeyFile().Path()).Save(first.Public(), SaveOptions{Overwrite: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Coldkey(nil); err == nil || !strings.Contains(err.Error(), "cannot sign") {
		t.Errorf("a coldkey file with a public key: %v", err)
	}
	cold := open(t, t.TempDir(), "watch", "only")
	if err := errors.Join(cold.SetColdkeyPub(first, false), cold.SetHotkeyPub(second, false)); err != nil {
		t.Fatal(err)
	}
	if pub, err := cold.HotkeyPub(); err != nil || pub != second.Account() {
		t.Errorf("a wallet of public keys: %v, %v, want %v", pub, err, second)
	}
	if _, err := cold.Coldkey(nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("its coldkey: %v, want fs.ErrNotExist", err)
	}
	if err := cold.SetColdkeyPub(second, false); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second public coldkey: %v, want fs.ErrExist", err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "default", "hotkeys", ".key-*"))
	if err != nil || len(names) != 0 {
		t.Errorf("temporary files stay: %v, %v", names, err)
	}
}

func TestListAndNames(t *testing.T) {
	got, err := List("testdata")
	want := []Entry{{Name: "nacl"}, {Name: "plain", Hotkeys: []string{"ed25519", "edmnemonic", "mnemonic", "seed", "textseed", "uri"}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if got, err := List(filepath.Join(t.TempDir(), "none")); err != nil || got != nil {
		t.Errorf("a missing directory lists %v, %v", got, err)
	}
	t.Setenv("HOME", "/home/u")
	for _, c := range []struct{ path, name, hotkey, cold, hot string }{
		{"", "", "", "/home/u/.bittensor/wallets/default/coldkey", "/home/u/.bittensor/wallets/default/hotkeys/default"},
		{"~/w", "a/b", "", "/home/u/w/a/coldkey", "/home/u/w/a/hotkeys/b"},
		{"/w/", "a", "b", "/w/a/coldkey", "/w/a/hotkeys/b"},
	} {
		w := open(t, c.path, c.name, c.hotkey)
		if w.ColdkeyFile().Path() != c.cold || w.HotkeyFile().Path() != c.hot {
			t.Errorf("%+v gives %s and %s", c, w.ColdkeyFile().Path(), w.HotkeyFile().Path())
		}
	}
	for _, c := range [][2]string{{"a/b", "c"}, {"..", ""}, {"a", "../b"}, {"a", "."}, {"a/b/c", ""}, {"a/", ""}, {"/b", ""}, {"a\x00", ""}, {`a\b`, ""}} {
		if w, err := Open("/w", c[0], c[1]); err == nil {
			t.Errorf("%q gives %+v", c, w)
		}
	}
}

func TestEnvironment(t *testing.T) {
	const path = "/home/a/.bittensor/wallets/x-y/coldkey"
	name := EnvName(path)
	if want := "BT_PW__HOME_A__BITTENSOR_WALLETS_X-Y_COLDKEY"; name != want {
		t.Fatalf("the variable is %s, want %s", name, want)
	}
	file := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(file, []byte("from file\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(pass PasswordFunc) string {
		pw, err := pass(path)
		if err != nil {
			return "error: " + err.Error()
		}
		return pw
	}
	clearEnv(t)
	if _, err := Environment(nil)(path); !errors.Is(err, ErrNoPassword) {
		t.Errorf("nothing set: %v", err)
	}
	if got := ask(Environment(Password("asked"))); got != "asked" {
		t.Errorf("the prompt gives %q", got)
	}
	t.Setenv("BT_WALLET_PASSWORD_FILE", file)
	if got := ask(Environment(Password("asked"))); got != "from file" {
		t.Errorf("the file gives %q", got)
	}
	t.Setenv(name, EncodeEnv(name, "sécret longer than the name of the variable itself, by far"))
	if got := ask(Environment(nil)); got != "sécret longer than the name of the variable itself, by far" {
		t.Errorf("%s gives %q", name, got)
	}
	t.Setenv("BT_WALLET_PASSWORD", "clear")
	if got := ask(Environment(nil)); got != "clear" {
		t.Errorf("BT_WALLET_PASSWORD gives %q", got)
	}
	t.Setenv("BT_WALLET_PASSWORD", "")
	t.Setenv(name, "not base64!")
	if got := ask(Environment(nil)); !strings.Contains(got, "base64") || strings.Contains(got, "not base64!") {
		t.Errorf("a broken variable gives %q", got)
	}
}

func TestStrength(t *testing.T) {
	z, err := gzip.NewReader(bytes.NewReader(read(t, "strength.tsv.gz")))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for lines := bufio.NewScanner(z); lines.Scan(); n++ {
		password, text, _ := strings.Cut(lines.Text(), "\t")
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := strength(password); math.Abs(got-want) > 1e-9 {
			t.Errorf("%q scores %v, want %v", password, got, want)
		}
		if ok := CheckStrength(password) == nil; ok != (len(password) >= 6 && want >= 20) {
			t.Errorf("%q of score %v: accepted is %v", password, want, ok)
		}
	}
	if n < 400 {
		t.Errorf("only %d passwords", n)
	}
}

func FuzzParseKey(f *testing.F) {
	for _, name := range []string{"uri", "ed25519", "mnemonic", "textseed", "edmnemonicpub.txt"} {
		f.Add(read(f, "plain/hotkeys/"+name))
	}
	f.Add([]byte(keys.DevPhrase))
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := ParseKey(data)
		if err != nil {
			if k != nil {
				t.Fatal("an error comes with a key")
			}
			return
		}
		raw := k.Encode()
		again, err := ParseKey(raw)
		if err != nil || again.Account() != k.Account() || !bytes.Equal(again.Encode(), raw) {
			t.Fatalf("%s reads back as %v, %v", raw, again, err)
		}
	})
}

func FuzzEncryptedHeaders(f *testing.F) {
	for _, name := range []string{"legacy/ansible", "legacy/fernet", "nacl/coldkey"} {
		f.Add(read(f, name))
	}
	key := [32]byte{1}
	f.Fuzz(func(t *testing.T, data []byte) {
		switch MethodOf(data) {
		case NaCl:
			if checkNaCl(data) == nil {
				if out, err := openNaCl(&key, data); err == nil || out != nil {
					t.Fatalf("opened by an unrelated key: %q", out)
				}
			}
		case Ansible:
			v, err := parseAnsible(data)
			if err == nil && len(v.salt)+len(v.mac)+len(v.body) > len(data) {
				t.Fatal("more came out than went in")
			}
		case Fernet:
			if token, err := parseFernet(data); err == nil {
				if out, err := openFernet(key[:], token); err == nil || out != nil {
					t.Fatalf("opened by an unrelated key: %q", out)
				}
			}
		case Plain:
			if out, err := Decrypt(data, ""); err != nil || !bytes.Equal(out, data) {
				t.Fatal("plain data does not come back")
			}
		}
	})
}

func FuzzPolkadotJSON(f *testing.F) {
	for _, name := range []string{"sr25519-open", "ed25519-open"} {
		f.Add(read(f, "polkadot/"+name+".json"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Contains(data, []byte("scrypt")) {
			return // each would cost 64 MiB and half a second
		}
		if k, err := FromPolkadotJSON(data, ""); err == nil && k.Pair() == nil || err != nil && k != nil {
			t.Fatalf("%v, %v", k, err)
		}
	})
}

func BenchmarkNaClKey(b *testing.B) {
	for b.Loop() {
		naclKey(testPassword)
	}
}

func BenchmarkLoadPlain(b *testing.B) {
	w := open(b, "testdata", "plain", "uri")
	for b.Loop() {
		if _, err := w.HotkeyFile().Load(nil); err != nil {
			b.Fatal(err)
		}
	}
}
