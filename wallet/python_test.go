package wallet

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/keys"
)

// TestPython holds both directions against the official wallet library itself. It runs where MYELIN_PYTHON names a Python that has
// bittensor-wallet 4.1 installed.
func TestPython(t *testing.T) {
	python := os.Getenv("MYELIN_PYTHON")
	if python == "" {
		t.Skip("MYELIN_PYTHON names no Python with bittensor-wallet 4.1")
	}
	clearEnv(t)
	dir := t.TempDir()
	run := func(t *testing.T, script string, args ...string) []byte {
		t.Helper()
		cmd := exec.Command(python, append([]string{"-c", script}, args...)...)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("python: %v\n%s", err, out)
		}
		// The library may print progress before the answer, which is the last line.
		text := strings.TrimSpace(string(out))
		return []byte(text[strings.LastIndexByte(text, '\n')+1:])
	}

	t.Run("reads ours", func(t *testing.T) {
		mnemonic, err := FromMnemonic(keys.Sr25519, keys.DevPhrase)
		if err != nil {
			t.Fatal(err)
		}
		edMnemonic, err := FromMnemonic(keys.Ed25519, keys.DevPhrase)
		if err != nil {
			t.Fatal(err)
		}
		hot := map[string]*Key{
			"mnemonic": mnemonic, "edmnemonic": edMnemonic, "hard": FromPair(pair(t, keys.Sr25519, "//Alice")),
			"soft": FromPair(pair(t, keys.Sr25519, "//Alice/soft")), "ed": FromPair(pair(t, keys.Ed25519, "//Alice")),
			"text": FromPair(pair(t, keys.Sr25519, "0x"+strings.Repeat("41", 32))),
		}
		for name, k := range hot {
			if err := open(t, dir, "go", name).SetHotkey(k, SaveOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		cold := FromPair(pair(t, keys.Sr25519, "//Ferdie"))
		if err := open(t, dir, "go", "").SetColdkey(cold, SaveOptions{Password: testPassword}); err != nil {
			t.Fatal(err)
		}
		var got map[string]struct {
			Address, Pub, Signature string
			Crypto                  uint8
		}
		out := run(t, `
import json, sys
from bittensor_wallet import Wallet
def show(k, pub): return {"address": k.ss58_address, "pub": pub.ss58_address, "crypto": k.crypto_type, "signature": k.sign(b"message").hex()}
got = {}
for name in sys.argv[3:]:
    w = Wallet("go", name, sys.argv[1])
    got[name] = show(w.hotkey, w.hotkeypub)
w = Wallet("go", "hard", sys.argv[1])
got["cold"] = show(w.get_coldkey(sys.argv[2]), w.coldkeypub)
print(json.dumps(got))
`, dir, testPassword, "mnemonic", "edmnemonic", "hard", "soft", "ed", "text")
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		hot["cold"] = cold
		for name, want := range hot {
			g, ok := got[name]
			if !ok || g.Address != want.Account().String() || g.Pub != g.Address || g.Crypto != uint8(want.Scheme()) {
				t.Errorf("%s: Python reads %+v, want %v", name, g, want)
				continue
			}
			raw, err := hex.DecodeString(g.Signature)
			if err != nil || len(raw) != len(keys.Signature{}) || !keys.Verify(want.Scheme(), want.Account(), []byte("message"), keys.Signature(raw)) {
				t.Errorf("%s: Python's signature %s does not verify, %v", name, g.Signature, err)
			}
		}
	})

	t.Run("its files are read", func(t *testing.T) {
		var got struct{ Cold, Hot, Env, Value string }
		out := run(t, `
import json, os, sys
from bittensor_wallet import Wallet
w = Wallet("py", "hot", sys.argv[1])
w.create_coldkey_from_uri("//Ferdie", use_password=True, suppress=True, coldkey_password=sys.argv[2])
w.create_new_hotkey(use_password=False, suppress=True)
f = w.coldkey_file
f.save_password_to_env(sys.argv[2])
print()
print(json.dumps({"cold": w.coldkeypub.ss58_address, "hot": w.hotkey.ss58_address, "env": f.env_var_name(), "value": os.popen("printenv '%s'" % f.env_var_name()).read().strip()}))
`, dir, testPassword)
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		w := open(t, dir, "py", "hot")
		if name := EnvName(w.ColdkeyFile().Path()); name != got.Env || EncodeEnv(name, testPassword) != got.Value {
			t.Errorf("Python sets %s=%s, we would %s=%s", got.Env, got.Value, name, EncodeEnv(name, testPassword))
		}
		t.Setenv(got.Env, got.Value)
		cold, err := w.Coldkey(nil)
		if err != nil || cold.Public().String() != got.Cold {
			t.Errorf("coldkey by Python's variable: %v, %v, want %s", cold, err, got.Cold)
		}
		hot, err := w.Hotkey(nil)
		if err != nil || hot.Public().String() != got.Hot {
			t.Errorf("hotkey: %v, %v, want %s", hot, err, got.Hot)
		}
	})
}
