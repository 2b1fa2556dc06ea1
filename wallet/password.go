package wallet

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode"
)

// PasswordFunc supplies the password of an encrypted keyfile; path says which, for a prompt.
type PasswordFunc func(path string) (string, error)

// ErrNoPassword is returned when a keyfile is encrypted and nothing supplies its password.
var ErrNoPassword = errors.New("the keyfile is encrypted and no password was given (set BT_WALLET_PASSWORD or answer the prompt)")

// Password always answers pw.
func Password(pw string) PasswordFunc {
	return func(string) (string, error) { return pw, nil }
}

// Environment looks in the places that the official clients know, in their order: BT_WALLET_PASSWORD (clear), BT_PW_… of the file (see
// EnvName), the file named by BT_WALLET_PASSWORD_FILE. Without any it asks next, which may be nil.
func Environment(next PasswordFunc) PasswordFunc {
	return func(path string) (string, error) {
		if pw, ok := os.LookupEnv("BT_WALLET_PASSWORD"); ok && pw != "" {
			return pw, nil
		}
		name := EnvName(path)
		if value, ok := os.LookupEnv(name); ok && value != "" {
			return DecodeEnv(name, value)
		}
		if file := os.Getenv("BT_WALLET_PASSWORD_FILE"); file != "" {
			raw, err := os.ReadFile(file)
			if err != nil {
				return "", fmt.Errorf("read the password file of BT_WALLET_PASSWORD_FILE: %w", err)
			}
			return strings.TrimRight(string(raw), "\r\n"), nil
		}
		if next == nil {
			return "", fmt.Errorf("%s: %w", path, ErrNoPassword)
		}
		return next(path)
	}
}

// EnvName is the variable that may hold a keyfile's password: BT_PW_ and the path in upper case with "/" and "." as "_".
func EnvName(path string) string {
	return "BT_PW_" + strings.ToUpper(strings.NewReplacer("/", "_", ".", "_").Replace(path))
}

// EncodeEnv hides a password from a casual look: base64 of the password XORed with the variable's own name, repeated. It protects nothing.
func EncodeEnv(name, password string) string {
	return base64.StdEncoding.EncodeToString(xorName(name, []byte(password)))
}

// DecodeEnv reads what EncodeEnv prints.
func DecodeEnv(name, value string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(value)
	if err != nil || name == "" {
		return "", fmt.Errorf("the variable %s does not hold a password in the wallet's form (base64)", name)
	}
	return string(xorName(name, raw)), nil
}

func xorName(name string, data []byte) []byte {
	out := make([]byte, len(data))
	for i, b := range data {
		out[i] = b ^ name[i%len(name)]
	}
	return out
}

// ErrWeak is wrapped when a new password is too weak for the official clients' rule.
var ErrWeak = errors.New("the password is too weak: make it longer or mix letters, digits and signs")

// CheckStrength applies the rule of the official clients to a new password: at least 6 bytes and a score of at least 20.
func CheckStrength(password string) error {
	const shortest, lowest = 6, 20
	if len(password) < shortest {
		return fmt.Errorf("%w: %d bytes, want at least %d", ErrWeak, len(password), shortest)
	}
	if s := strength(password); s < lowest {
		return fmt.Errorf("%w: it scores %.0f, want at least %d", ErrWeak, s, lowest)
	}
	return nil
}

// strength scores a password from 0 to 100 as the Rust crate "passwords" 3.1 does: by length, with deductions for missing classes,
// repeated characters and runs of constant step ("abc", "2468").
func strength(password string) float64 {
	var length, spaces, digits, lower, upper, signs, other int
	var repeated, progressive int
	var last rune
	var step rune // to the character before; 0 is none, for equal ones are counted apart
	inRepeat, inRun, runSeen := false, false, false
	count := map[rune]int{}
	for _, c := range password {
		if unicode.IsControl(c) {
			continue
		}
		length++
		count[c]++
		switch {
		case length == 1:
			last = c
		case c == last:
			if !inRepeat {
				repeated++
			}
			repeated++
			inRepeat = true
			step, inRun, runSeen = 0, false, false
		default:
			inRepeat = false
			d := last - c
			last = c
			switch {
			case d != step:
				step = d
				if inRun {
					inRun = false
				} else {
					runSeen = false
				}
			case inRun:
				progressive++
			default:
				progressive += 3
				if runSeen {
					progressive--
				}
				inRun, runSeen = true, true
			}
		}
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'A' && c <= 'Z':
			upper++
		case c >= 'a' && c <= 'z':
			lower++
		case c == ' ':
			spaces++
		case c > ' ' && c <= '~':
			signs++
		default:
			other++
		}
	}
	scattered := -repeated
	for _, n := range count {
		if n > 1 {
			scattered += n
		}
	}
	byLength := [...]float64{0, 2, 5, 9, 16, 25, 40, 58, 80, 88, 95, 100}
	var most float64
	if known := length - other; known < len(byLength) {
		most = byLength[known]
	} else {
		most = float64(100 + length - 11)
	}
	score := most
	if most > 0 {
		score += float64(spaces)
		for _, missing := range []struct {
			n    int
			cost float64
		}{{digits, 0.05}, {lower, 0.1}, {upper, 0.1}, {spaces, 0.1}} {
			if missing.n == 0 {
				score -= most * missing.cost
			}
		}
		if lower > 0 && upper > 0 {
			score++
		}
		if signs > 0 {
			score++
		}
		score -= most * (float64(repeated) / float64(length) / 5)
		score -= most * (float64(progressive) / float64(length) / 5)
		score -= most * (float64(scattered) / float64(length) / 10)
	}
	score = min(max(score, 0), most)
	return min(score+20*float64(other), 100)
}
