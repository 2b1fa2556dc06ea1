package fixed

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/internal/vectors"
)

// full is what all five types have.
type full[T any] interface {
	comparable
	number[T]
	encoding.BinaryMarshaler
	fmt.Stringer
	Div(T) T
	Less(T) bool
	Floor() T
	Frac() T
	Ceil() T
	Round() T
	CheckedCeil() (T, bool)
	CheckedRound() (T, bool)
	CheckedSqrt(T) (T, bool)
	CheckedLn() (T, bool)
	CheckedPow(int32) (T, bool)
	ToUint8() uint8
	ToUint16() uint16
	ToUint32() uint32
	ToUint64() uint64
	ToUint128() Uint128
	ToInt16() int16
	ToInt64() int64
	ToInt128() Int128
}

// signed is what the signed types have beside that.
type signed[T any] interface {
	full[T]
	Neg() T
	Abs() T
	Sqrt() (T, bool)
	Exp() (T, bool)
	Ln() (T, bool)
	Log2() (T, bool)
	Pow(T) (T, bool)
	CheckedFloor() (T, bool)
}

// codec ties a type to its bits in decimal.
type codec[T any] struct {
	name        string
	frac        uint
	signed      bool
	size        int // bits
	parse       func(string) T
	print       func(T) string
	fromUint    func(uint64) T
	fromInt     func(int64) T
	fromUint128 func(Uint128) T
	convert     func(T) conversions
}

// conversions are the bits of a number as each of the types.
type conversions struct{ i32f32, i64f64, i96f32, u64f64, u96f32 string }

func conversionsOf(a I32F32, b I64F64, c I96F32, d U64F64, e U96F32) conversions {
	return conversions{i32f32.print(a), i64f64.print(b), i96f32.print(c), u64f64.print(d), u96f32.print(e)}
}

// max is the highest number's bits.
func (c codec[T]) max() string {
	size := c.size
	if c.signed {
		size--
	}
	high := new(big.Int).Lsh(big.NewInt(1), uint(size))
	return high.Sub(high, big.NewInt(1)).String()
}

func int128Of(s string) Int128 {
	v, err := ParseInt128(s)
	if err != nil {
		panic(err)
	}
	return v
}

func uint128Of(s string) Uint128 {
	v, err := ParseUint128(s)
	if err != nil {
		panic(err)
	}
	return v
}

func int64Of(s string) int64 {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic(err)
	}
	return v
}

var (
	i32f32 = codec[I32F32]{name: "I32F32", frac: 32, signed: true, size: 64,
		parse:    func(s string) I32F32 { return I32F32FromBits(int64Of(s)) },
		print:    func(v I32F32) string { return strconv.FormatInt(v.Bits(), 10) },
		fromUint: I32F32FromUint, fromInt: I32F32FromInt, fromUint128: I32F32FromUint128}
	i64f64 = codec[I64F64]{name: "I64F64", frac: 64, signed: true, size: 128,
		parse:    func(s string) I64F64 { return I64F64FromBits(int128Of(s)) },
		print:    func(v I64F64) string { return v.Bits().String() },
		fromUint: I64F64FromUint, fromInt: I64F64FromInt, fromUint128: I64F64FromUint128}
	i96f32 = codec[I96F32]{name: "I96F32", frac: 32, signed: true, size: 128,
		parse:    func(s string) I96F32 { return I96F32FromBits(int128Of(s)) },
		print:    func(v I96F32) string { return v.Bits().String() },
		fromUint: I96F32FromUint, fromInt: I96F32FromInt, fromUint128: I96F32FromUint128}
	u64f64 = codec[U64F64]{name: "U64F64", frac: 64, signed: false, size: 128,
		parse:    func(s string) U64F64 { return U64F64FromBits(uint128Of(s)) },
		print:    func(v U64F64) string { return v.Bits().String() },
		fromUint: U64F64FromUint, fromInt: U64F64FromInt, fromUint128: U64F64FromUint128}
	u96f32 = codec[U96F32]{name: "U96F32", frac: 32, signed: false, size: 128,
		parse:    func(s string) U96F32 { return U96F32FromBits(uint128Of(s)) },
		print:    func(v U96F32) string { return v.Bits().String() },
		fromUint: U96F32FromUint, fromInt: U96F32FromInt, fromUint128: U96F32FromUint128}
)

// The conversions print through the codecs, so they join them once these exist.
func init() {
	i32f32.convert = func(v I32F32) conversions {
		return conversionsOf(v, v.ToI64F64(), v.ToI96F32(), v.ToU64F64(), v.ToU96F32())
	}
	i64f64.convert = func(v I64F64) conversions {
		return conversionsOf(v.ToI32F32(), v, v.ToI96F32(), v.ToU64F64(), v.ToU96F32())
	}
	i96f32.convert = func(v I96F32) conversions {
		return conversionsOf(v.ToI32F32(), v.ToI64F64(), v, v.ToU64F64(), v.ToU96F32())
	}
	u64f64.convert = func(v U64F64) conversions {
		return conversionsOf(v.ToI32F32(), v.ToI64F64(), v.ToI96F32(), v, v.ToU96F32())
	}
	u96f32.convert = func(v U96F32) conversions {
		return conversionsOf(v.ToI32F32(), v.ToI64F64(), v.ToI96F32(), v.ToU64F64(), v)
	}
}

type line = map[string]json.RawMessage

// text is a field of a line: a string as it is, anything else as JSON; "" when absent.
func text(l line, field string) string {
	raw, ok := l[field]
	if !ok {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil && string(raw) != "null" {
		return s
	}
	return string(raw)
}

// expect compares the printed forms, and says which line it was.
func expect(t *testing.T, l line, field, got string) {
	t.Helper()
	if want := text(l, field); got != want {
		whole, _ := json.Marshal(l)
		t.Errorf("%s = %s, want %s in %s", field, got, want, whole)
	}
}

// byType sends each line to the check for its type.
func byType(t *testing.T, file string, count int, checks map[string]func(*testing.T, line)) {
	vectors.Lines(t, file, count, func(_ int, row *line) {
		l := *row
		check, ok := checks[text(l, "type")]
		if !ok {
			t.Fatalf("%s: no check for type %s", file, text(l, "type"))
		}
		check(t, l)
	})
}

func TestBinaryVectors(t *testing.T) {
	byType(t, "fixed-binary.jsonl", 2458, map[string]func(*testing.T, line){
		"I32F32": binaryLine(i32f32), "I64F64": binaryLine(i64f64), "I96F32": binaryLine(i96f32),
		"U64F64": binaryLine(u64f64), "U96F32": binaryLine(u96f32),
	})
}

func binaryLine[T full[T]](c codec[T]) func(*testing.T, line) {
	return func(t *testing.T, l line) {
		t.Helper()
		a, b := c.parse(text(l, "a")), c.parse(text(l, "b"))
		type operation struct {
			name                string
			saturating, wrapped func(T) T
			checked             func(T) (T, bool)
		}
		for _, op := range []operation{
			{"add", a.Add, a.WrappingAdd, a.CheckedAdd},
			{"sub", a.Sub, a.WrappingSub, a.CheckedSub},
			{"mul", a.Mul, a.WrappingMul, a.CheckedMul},
			{"div", a.Div, a.WrappingDiv, a.CheckedDiv},
		} {
			_, overflow := l[op.name+"_overflow"]
			v, ok := op.checked(b)
			if op.name == "div" && b.IsZero() {
				if ok || !v.IsZero() {
					t.Errorf("%s: CheckedDiv by zero = %v, %v", c.name, v, ok)
				}
				continue
			}
			if ok == overflow {
				t.Errorf("%s: checked %s of %s, %s fits: %v, want %v", c.name, op.name, text(l, "a"), text(l, "b"), ok, !overflow)
			}
			expect(t, l, op.name, c.print(op.saturating(b)))
			if overflow {
				expect(t, l, op.name+"_wrapped", c.print(op.wrapped(b)))
			} else {
				expect(t, l, op.name, c.print(v))
				expect(t, l, op.name, c.print(op.wrapped(b)))
			}
		}
		expect(t, l, "safe_div", c.print(a.SafeDiv(b)))
		x, _ := new(big.Int).SetString(text(l, "a"), 10)
		y, _ := new(big.Int).SetString(text(l, "b"), 10)
		if got, want := a.Cmp(b), x.Cmp(y); got != want || a.Less(b) != (want < 0) {
			t.Errorf("%s: compare %v, %v = %d, want %d", c.name, x, y, got, want)
		}
	}
}

func TestUnaryVectors(t *testing.T) {
	byType(t, "fixed-unary.jsonl", 1200, map[string]func(*testing.T, line){
		"I32F32": unary(i32f32), "I64F64": unary(i64f64), "I96F32": unary(i96f32),
		"U64F64": unary(u64f64), "U96F32": unary(u96f32),
	})
}

func unary[T full[T]](c codec[T]) func(*testing.T, line) {
	orNull := func(v T, ok bool) string {
		if !ok {
			return "null"
		}
		return c.print(v)
	}
	return func(t *testing.T, l line) {
		t.Helper()
		switch {
		case l["from_u64"] != nil:
			expect(t, l, "bits", c.print(c.fromUint(uint128Of(text(l, "from_u64")).Lo)))
			return
		case l["from_i64"] != nil:
			expect(t, l, "bits", c.print(c.fromInt(int64Of(text(l, "from_i64")))))
			return
		case l["from_u128"] != nil:
			expect(t, l, "bits", c.print(c.fromUint128(uint128Of(text(l, "from_u128")))))
			return
		}
		x := c.parse(text(l, "x"))
		expect(t, l, "int", c.print(x.Floor()))
		expect(t, l, "floor", c.print(x.Floor()))
		expect(t, l, "frac", c.print(x.Frac()))
		expect(t, l, "ceil", orNull(x.CheckedCeil()))
		expect(t, l, "round", orNull(x.CheckedRound()))
		// The plain forms stop at the highest number where the checked ones have no result.
		if v, ok := x.CheckedCeil(); x.Ceil() != v && (ok || c.print(x.Ceil()) != c.max()) {
			t.Errorf("%s: Ceil of %s = %s", c.name, text(l, "x"), c.print(x.Ceil()))
		}
		if v, ok := x.CheckedRound(); x.Round() != v && (ok || c.print(x.Round()) != c.max()) {
			t.Errorf("%s: Round of %s = %s", c.name, text(l, "x"), c.print(x.Round()))
		}
		expect(t, l, "to_u8", fmt.Sprint(x.ToUint8()))
		expect(t, l, "to_u16", fmt.Sprint(x.ToUint16()))
		expect(t, l, "to_u32", fmt.Sprint(x.ToUint32()))
		expect(t, l, "to_u64", fmt.Sprint(x.ToUint64()))
		expect(t, l, "to_u128", x.ToUint128().String())
		expect(t, l, "to_i16", fmt.Sprint(x.ToInt16()))
		expect(t, l, "to_i64", fmt.Sprint(x.ToInt64()))
		expect(t, l, "to_i128", x.ToInt128().String())
		as := c.convert(x)
		expect(t, l, "to_I32F32", as.i32f32)
		expect(t, l, "to_I64F64", as.i64f64)
		expect(t, l, "to_I96F32", as.i96f32)
		expect(t, l, "to_U64F64", as.u64f64)
		expect(t, l, "to_U96F32", as.u96f32)
	}
}

func TestTranscendentalVectors(t *testing.T) {
	byType(t, "fixed-transcendental.jsonl", 770, map[string]func(*testing.T, line){
		"I32F32": transcendental(i32f32), "I64F64": transcendental(i64f64), "I96F32": transcendental(i96f32),
	})
}

func transcendental[T signed[T]](c codec[T]) func(*testing.T, line) {
	orError := func(v T, ok bool) string {
		if !ok {
			return "error"
		}
		return c.print(v)
	}
	return func(t *testing.T, l line) {
		t.Helper()
		x := c.parse(text(l, "x"))
		if l["pow"] != nil {
			expect(t, l, "pow", orError(x.Pow(c.parse(text(l, "y")))))
			return
		}
		expect(t, l, "exp", orError(x.Exp()))
		expect(t, l, "ln", orError(x.Ln()))
		expect(t, l, "log2", orError(x.Log2()))
		expect(t, l, "sqrt", orError(x.Sqrt()))
	}
}

func TestSafeMathVectors(t *testing.T) {
	byType(t, "safe-math.jsonl", 2430, map[string]func(*testing.T, line){
		"I32F32": safeMath(i32f32, I32F32.CheckedFloor),
		"I64F64": safeMath(i64f64, I64F64.CheckedFloor),
		"U64F64": safeMath(u64f64, func(v U64F64) (U64F64, bool) { return v.Floor(), true }),
	})
}

func safeMath[T full[T]](c codec[T], floor func(T) (T, bool)) func(*testing.T, line) {
	return func(t *testing.T, l line) {
		t.Helper()
		x := c.parse(text(l, "x"))
		var v T
		var ok bool
		switch fn := text(l, "fn"); fn {
		case "checked_sqrt":
			v, ok = x.CheckedSqrt(c.parse(text(l, "epsilon")))
		case "checked_ln":
			v, ok = x.CheckedLn()
		case "checked_floor":
			v, ok = floor(x)
		case "checked_pow":
			v, ok = x.CheckedPow(int32(int64Of(text(l, "p"))))
		default:
			t.Fatalf("unknown function %s", fn)
		}
		got := "null"
		if ok {
			got = c.print(v)
		}
		expect(t, l, "out", got)
	}
}

// TestAgainstBigIntegers compares the arithmetic with that of unbounded integers, on numbers of all lengths.
func TestAgainstBigIntegers(t *testing.T) {
	t.Run("I32F32", against(i32f32))
	t.Run("I64F64", against(i64f64))
	t.Run("I96F32", against(i96f32))
	t.Run("U64F64", against(u64f64))
	t.Run("U96F32", against(u96f32))
}

func against[T full[T]](c codec[T]) func(*testing.T) {
	one, low := big.NewInt(1), new(big.Int)
	high, _ := new(big.Int).SetString(c.max(), 10)
	if c.signed {
		low.Lsh(one, uint(c.size-1)).Neg(low)
	}
	clamp := func(v *big.Int) (string, bool) {
		switch {
		case v.Cmp(low) < 0:
			return low.String(), false
		case v.Cmp(high) > 0:
			return high.String(), false
		}
		return v.String(), true
	}
	number := rapid.Custom(func(t *rapid.T) *big.Int {
		v := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "bytes"))
		v.Rsh(v, uint(rapid.IntRange(128-c.size, 128).Draw(t, "shift")))
		if c.signed && rapid.Bool().Draw(t, "negative") {
			v.Neg(v)
		}
		text, _ := clamp(v)
		v.SetString(text, 10)
		return v
	})
	return rapid.MakeCheck(func(t *rapid.T) {
		x, y := number.Draw(t, "x"), number.Draw(t, "y")
		a, b := c.parse(x.String()), c.parse(y.String())
		same := func(name string, exact *big.Int, saturated T, checked T, fits bool) {
			want, ok := clamp(exact)
			if c.print(saturated) != want || fits != ok || ok && checked != saturated {
				t.Fatalf("%s(%v, %v) = %s, fits %v; want %s, %v", name, x, y, c.print(saturated), fits, want, ok)
			}
		}
		v, ok := a.CheckedAdd(b)
		same("add", new(big.Int).Add(x, y), a.Add(b), v, ok)
		v, ok = a.CheckedSub(b)
		same("sub", new(big.Int).Sub(x, y), a.Sub(b), v, ok)
		v, ok = a.CheckedMul(b)
		product := new(big.Int).Mul(x, y)
		same("mul", product.Rsh(product, c.frac), a.Mul(b), v, ok)
		if y.Sign() != 0 {
			v, ok = a.CheckedDiv(b)
			same("div", new(big.Int).Quo(new(big.Int).Lsh(x, c.frac), y), a.Div(b), v, ok)
		}
		exact := new(big.Rat).SetFrac(x, new(big.Int).Lsh(one, c.frac))
		if printed, ok := new(big.Rat).SetString(a.String()); !ok || printed.Cmp(exact) != 0 {
			t.Fatalf("String of %v / 2^%d = %s", x, c.frac, a)
		}
	})
}

func TestEncoding(t *testing.T) {
	t.Run("I32F32", roundTrip(i32f32))
	t.Run("I64F64", roundTrip(i64f64))
	t.Run("I96F32", roundTrip(i96f32))
	t.Run("U64F64", roundTrip(u64f64))
	t.Run("U96F32", roundTrip(u96f32))
}

type binaryForm[T any] interface {
	*T
	encoding.BinaryUnmarshaler
}

func roundTrip[T full[T], P binaryForm[T]](c codec[T]) func(*testing.T) {
	return func(t *testing.T) {
		for _, bits := range []string{"0", "1", "72623859790382856", "9223372036854775807"} {
			b, err := c.parse(bits).MarshalBinary()
			if err != nil || len(b) != c.size/8 {
				t.Fatalf("encoding of %s: %x, %v", bits, b, err)
			}
			if want := byte(uint128Of(bits).Lo); b[0] != want {
				t.Errorf("first byte of %s is %x, want the lowest, %x", bits, b[0], want)
			}
			p := P(new(T))
			if err := p.UnmarshalBinary(b); err != nil || c.print(*p) != bits {
				t.Errorf("%s reads back as %s, %v", bits, c.print(*p), err)
			}
			if p.UnmarshalBinary(b[1:]) == nil || p.UnmarshalBinary(append(b, 0)) == nil {
				t.Errorf("a wrong length is accepted")
			}
		}
	}
}

// FuzzUnmarshal holds the law of every decoder: what is read is written back as the same bytes.
func FuzzUnmarshal(f *testing.F) {
	f.Add(make([]byte, 8))
	f.Add(make([]byte, 16))
	f.Add([]byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		var x I32F32
		sameBytes(t, b, 8, x.UnmarshalBinary(b), func() ([]byte, error) { return x.MarshalBinary() })
		var y I64F64
		sameBytes(t, b, 16, y.UnmarshalBinary(b), func() ([]byte, error) { return y.MarshalBinary() })
		var z U96F32
		sameBytes(t, b, 16, z.UnmarshalBinary(b), func() ([]byte, error) { return z.MarshalBinary() })
		var u Uint128
		sameBytes(t, b, 16, u.UnmarshalBinary(b), func() ([]byte, error) { return u.AppendBinary(nil) })
	})
}

func sameBytes(t *testing.T, b []byte, size int, err error, write func() ([]byte, error)) {
	t.Helper()
	if (err == nil) != (len(b) == size) {
		t.Fatalf("%d bytes, want %d: %v", len(b), size, err)
	}
	if err != nil {
		return
	}
	if got, err := write(); err != nil || string(got) != string(b) {
		t.Fatalf("%x is written back as %x, %v", b, got, err)
	}
}

// TestExpForms compares the exponential that consensus uses with the general one, which the vectors check for the other
// types.
func TestExpForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := I32F32FromBits(rapid.Int64().Draw(t, "x") >> rapid.IntRange(0, 63).Draw(t, "shift"))
		got, ok := x.Exp()
		want, fits := kindI32F32.exp(x)
		if ok != fits || ok && got != want {
			t.Fatalf("Exp(%s) = %s, %v; want %s, %v", x, got, ok, want, fits)
		}
		// Half of the draws have four numbers for which the quick form serves.
		bound := rapid.SampledFrom([]int{0, 28}).Draw(t, "least shift")
		in, each, all := [4]I32F32{x}, [4]I32F32{got}, ok
		for i := range in {
			if i > 0 || bound > 0 {
				in[i] = I32F32FromBits(rapid.Int64().Draw(t, "another") >> rapid.IntRange(bound, 63).Draw(t, "its shift"))
				var fits bool
				each[i], fits = in[i].Exp()
				all = (i == 0 || all) && fits
			}
		}
		var four [4]I32F32
		four[0], four[1], four[2], four[3], ok = ExpFour(in[0], in[1], in[2], in[3])
		if ok != all || ok && four != each {
			t.Fatalf("ExpFour(%s) = %s, %v; want %s, %v", in, four, ok, each, all)
		}
	})
}

// TestReciprocalsDivide checks the division by multiplication at the multiples of each divisor, where an error would show first.
func TestReciprocalsDivide(t *testing.T) {
	for i := uint64(2); i < 32; i++ {
		for _, near := range []uint64{0, i, 1 << 32, 1<<59 - 1<<59%i, 1<<59 - 1<<59%i - i, 1<<62 - 1<<62%i, 1<<63 - 1 - (1<<63-1)%i} {
			for _, n := range []uint64{near - 1, near, near + 1, near + i - 1} {
				if n >= 1<<63 {
					continue
				}
				if got := quotient(n, int(i)); got != n/i {
					t.Errorf("%d / %d is %d, want %d", n, i, got, n/i)
				}
				if got := shortStep(n, 1<<32, shortReciprocals[i]); n < 1<<59 && got != n/i {
					t.Errorf("%d / %d by the short reciprocal is %d, want %d", n, i, got, n/i)
				}
			}
		}
	}
}
