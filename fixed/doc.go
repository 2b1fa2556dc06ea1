// Package fixed holds the binary fixed-point numbers of the chain: I32F32 in consensus, I64F64 for stake weights and
// flows, U64F64 in swaps and prices, I96F32 for moving prices and claim rates, U96F32 in the coinbase. A name IaFb has a
// bits before the binary point (sign included) and b after it; the value is the raw integer, Bits, divided by 2^b.
//
// Every operation is exact to the last bit against the fixed-point library that the chain was built on:
//
//   - Mul is the full product shifted right, so it rounds towards minus infinity; Div truncates towards zero;
//   - the plain forms saturate at the ends of the type, the Checked forms report overflow, the Wrapping forms keep the
//     low bits (which is what sums over a vector do in the chain);
//   - SafeDiv is 0 for a zero divisor and when the quotient does not fit;
//   - conversions to fewer fractional bits and to integers round towards minus infinity and saturate;
//   - Round takes halves away from zero.
//
// Sqrt, Exp, Ln, Log2 and Pow return the same low-order bits as that library, odd ones near the edge of the domain
// included, and false where it reports an error. CheckedSqrt, CheckedLn and CheckedPow are the chain's own functions on
// top of it, which differ from the former.
//
// The package has no floating point and no parsing of decimal fractions: a constant is written as bits or as a ratio, so
// no rounding happens out of sight. Encodings are the raw bits, little endian; the SCALE codec itself lives elsewhere.
package fixed

//go:generate go run ./gen
