package wallet

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/nacl/secretbox"
)

// Method is how a keyfile is encrypted, recognised by its first bytes.
type Method uint8

// The methods that the official clients read. All write NaCl; the other two are of older wallets.
const (
	Plain   Method = iota // not encrypted
	NaCl                  // argon2i and XSalsa20-Poly1305
	Ansible               // Ansible Vault 1.1: PBKDF2 and AES-256-CTR
	Fernet                // the first wallets: PBKDF2 with 10,000,000 rounds and a Fernet token
)

var (
	prefixNaCl    = []byte("$NACL")
	prefixAnsible = []byte("$ANSIBLE_VAULT")
	prefixFernet  = []byte("gAAAAA")
)

// MethodOf tells how data is encrypted.
func MethodOf(data []byte) Method {
	switch {
	case bytes.HasPrefix(data, prefixNaCl):
		return NaCl
	case bytes.HasPrefix(data, prefixAnsible):
		return Ansible
	case bytes.HasPrefix(data, prefixFernet):
		return Fernet
	}
	return Plain
}

// String prints the method as the official clients name it.
func (m Method) String() string {
	return [...]string{Plain: "none", NaCl: "NaCl", Ansible: "Ansible Vault", Fernet: "legacy"}[m]
}

var (
	// ErrPassword is wrapped when a password does not open an encrypted key. A damaged file looks the same.
	ErrPassword = errors.New("the password is wrong, or the file is damaged")
	// ErrFormat is wrapped when encrypted data is not laid out as its method demands, so that no password can open it.
	ErrFormat = errors.New("the encrypted keyfile is malformed")
)

// Decrypt opens keyfile data of any method; plain data comes back as it is. Malformed data is refused before the slow key derivation.
func Decrypt(data []byte, password string) ([]byte, error) {
	switch MethodOf(data) {
	case NaCl:
		if err := checkNaCl(data); err != nil {
			return nil, err
		}
		return openNaCl(naclKey(password), data)
	case Ansible:
		v, err := parseAnsible(data)
		if err != nil {
			return nil, err
		}
		return v.open(password)
	case Fernet:
		token, err := parseFernet(data)
		if err != nil {
			return nil, err
		}
		return openFernet(fernetKey(password), token)
	}
	return data, nil
}

// naclSalt is the one salt of every Bittensor wallet, so equal passwords give equal keys everywhere. It cannot be changed here without
// losing the official clients; a strong password is the only defence.
var naclSalt = []byte("\x13q\x83\xdf\xf1Z\t\xbc\x9c\x90\xb5Q\x879\xe9\xb1")

// naclKey is libsodium's argon2i13 with its "sensitive" limits: 8 passes over 512 MiB, one lane. That takes some seconds, on purpose.
func naclKey(password string) *[32]byte {
	const passes, kibibytes, lanes = 8, 512 << 10, 1
	return (*[32]byte)(argon2.Key([]byte(password), naclSalt, passes, kibibytes, lanes, 32))
}

const nonceSize = 24

func sealNaCl(key *[32]byte, data []byte) []byte {
	var nonce [nonceSize]byte
	rand.Read(nonce[:])
	return sealNaClWith(key, &nonce, data)
}

func sealNaClWith(key *[32]byte, nonce *[nonceSize]byte, data []byte) []byte {
	head := append(append([]byte(nil), prefixNaCl...), nonce[:]...)
	return secretbox.Seal(head, data, nonce, key)
}

func checkNaCl(data []byte) error {
	if least := len(prefixNaCl) + nonceSize + secretbox.Overhead; len(data) < least {
		return fmt.Errorf("%w: %d bytes, NaCl needs at least %d", ErrFormat, len(data), least)
	}
	return nil
}

// openNaCl expects data that checkNaCl let pass.
func openNaCl(key *[32]byte, data []byte) ([]byte, error) {
	body := data[len(prefixNaCl):]
	out, ok := secretbox.Open(nil, body[nonceSize:], (*[nonceSize]byte)(body[:nonceSize]), key)
	if !ok {
		return nil, ErrPassword
	}
	return out, nil
}

// vault is the content of an Ansible Vault 1.1 file.
type vault struct{ salt, mac, body []byte }

// parseAnsible reads the header line and the hex of three hex lines: salt, HMAC, ciphertext.
func parseAnsible(data []byte) (vault, error) {
	head, rest, _ := bytes.Cut(data, []byte("\n"))
	if got := string(bytes.TrimSpace(head)); got != "$ANSIBLE_VAULT;1.1;AES256" {
		return vault{}, fmt.Errorf("%w: Ansible header of %d bytes, want $ANSIBLE_VAULT;1.1;AES256", ErrFormat, len(got))
	}
	outer, err := unhex(bytes.Join(bytes.Fields(rest), nil))
	if err != nil {
		return vault{}, err
	}
	parts := bytes.Split(outer, []byte("\n"))
	if len(parts) != 3 {
		return vault{}, fmt.Errorf("%w: Ansible body of %d parts, want 3", ErrFormat, len(parts))
	}
	var v vault
	for i, dst := range []*[]byte{&v.salt, &v.mac, &v.body} {
		if *dst, err = unhex(parts[i]); err != nil {
			return vault{}, err
		}
	}
	if len(v.mac) != sha256.Size || len(v.body) == 0 {
		return vault{}, fmt.Errorf("%w: Ansible HMAC of %d bytes, want %d, over %d", ErrFormat, len(v.mac), sha256.Size, len(v.body))
	}
	return v, nil
}

func (v vault) open(password string) ([]byte, error) {
	const rounds = 10_000
	key, err := pbkdf2.Key(sha256.New, password, v.salt, rounds, 32+32+aes.BlockSize)
	if err != nil {
		return nil, fmt.Errorf("derive the Ansible key: %w", err)
	}
	if !macOK(key[32:64], v.body, v.mac) {
		return nil, ErrPassword
	}
	block, err := aes.NewCipher(key[:32])
	if err != nil {
		return nil, fmt.Errorf("open the Ansible vault: %w", err)
	}
	out := make([]byte, len(v.body))
	cipher.NewCTR(block, key[64:]).XORKeyStream(out, v.body)
	return unpad(out)
}

// token is the content of a Fernet token.
type token struct{ signed, iv, body, mac []byte }

func parseFernet(data []byte) (token, error) {
	raw, err := base64.URLEncoding.DecodeString(string(bytes.TrimSpace(data)))
	if err != nil {
		return token{}, fmt.Errorf("%w: the Fernet token is not url-safe base64", ErrFormat)
	}
	const version, head = 0x80, 1 + 8 + aes.BlockSize // version, time, initialisation vector
	n := len(raw) - head - sha256.Size
	if n <= 0 || n%aes.BlockSize != 0 || raw[0] != version {
		return token{}, fmt.Errorf("%w: a Fernet token of version %#x with %d bytes of ciphertext", ErrFormat, raw[0], n)
	}
	return token{signed: raw[:head+n], iv: raw[9:head], body: raw[head : head+n], mac: raw[head+n:]}, nil
}

// fernetKey derives the key of the first Python wallets. (The Rust wallet that followed uses a random key here and so opens nothing.)
func fernetKey(password string) []byte {
	const salt, rounds = "Iguesscyborgslikemyselfhaveatendencytobeparanoidaboutourorigins", 10_000_000
	key, err := pbkdf2.Key(sha256.New, password, []byte(salt), rounds, 32)
	if err != nil {
		panic(err) // only FIPS mode refuses parameters, and these are within its bounds
	}
	return key
}

func openFernet(key []byte, t token) ([]byte, error) {
	if !macOK(key[:16], t.signed, t.mac) {
		return nil, ErrPassword
	}
	block, err := aes.NewCipher(key[16:])
	if err != nil {
		return nil, fmt.Errorf("open the Fernet token: %w", err)
	}
	out := make([]byte, len(t.body))
	cipher.NewCBCDecrypter(block, t.iv).CryptBlocks(out, t.body)
	return unpad(out)
}

func macOK(key, data, want []byte) bool {
	h := hmac.New(sha256.New, key)
	h.Write(data)
	return hmac.Equal(h.Sum(nil), want)
}

// unpad drops PKCS #7 padding. The text was authenticated before, so how it fails tells nobody anything.
func unpad(b []byte) ([]byte, error) {
	n := int(b[len(b)-1])
	if n == 0 || n > aes.BlockSize || n > len(b) || !bytes.Equal(b[len(b)-n:], bytes.Repeat([]byte{byte(n)}, n)) {
		return nil, fmt.Errorf("%w: wrong padding", ErrFormat)
	}
	return b[:len(b)-n], nil
}

func unhex(digits []byte) ([]byte, error) {
	out := make([]byte, hex.DecodedLen(len(digits)))
	if _, err := hex.Decode(out, digits); err != nil {
		return nil, fmt.Errorf("%w: the Ansible body is not hex", ErrFormat)
	}
	return out, nil
}
