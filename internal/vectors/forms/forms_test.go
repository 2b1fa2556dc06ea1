package forms

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/myelin-go/myelin/fixed"
)

func read[T any](text string) string {
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return "refused"
	}
	return fmt.Sprint(v)
}

func TestForms(t *testing.T) {
	for _, c := range []struct{ what, got, want string }{
		{"I32F32", read[Bits[fixed.I32F32]](`"-2147483648"`), "{-0.5}"},
		{"I64F64", read[Bits[fixed.I64F64]](`"-9223372036854775808"`), "{-0.5}"},
		{"I96F32", read[Bits[fixed.I96F32]](`"-2147483648"`), "{-0.5}"},
		{"U64F64", read[Bits[fixed.U64F64]](`"9223372036854775808"`), "{0.5}"},
		{"U96F32", read[Bits[fixed.U96F32]](`"2147483648"`), "{0.5}"},
		{"Uint128", read[Bits[fixed.Uint128]](`"340282366920938463463374607431768211455"`), "{340282366920938463463374607431768211455}"},
		{"too large", read[Bits[fixed.I32F32]](`"9223372036854775808"`), "refused"},
		{"negative", read[Bits[fixed.U64F64]](`"-1"`), "refused"},
		{"no string", read[Bits[fixed.U64F64]](`1`), "refused"},
		{"null", read[Bits[fixed.U64F64]](`null`), "refused"},
		{"one", read[One[fixed.U96F32]](`{"U96F32": "4294967296"}`), "{1}"},
		{"another type", read[One[fixed.U96F32]](`{"U64F64": "4294967296"}`), "refused"},
		{"one type more", read[One[fixed.U96F32]](`{"U96F32": "1", "U64F64": "1"}`), "refused"},
		{"list", read[List[fixed.U96F32]](`{"U96F32": ["4294967296", "0"]}`), "[1 0]"},
		{"list of another type", read[List[fixed.U96F32]](`{"I96F32": []}`), "refused"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
	}
}
