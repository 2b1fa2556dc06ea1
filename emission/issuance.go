package emission

import (
	"github.com/myelin-go/myelin/fixed"
)

const (
	// MaxSupply is the cap of issuance of TAO and of each alpha, in smallest units.
	MaxSupply uint64 = 21_000_000_000_000_000
	// DefaultBlockEmission is what a block mints before the first halving, in smallest units.
	DefaultBlockEmission uint64 = 1_000_000_000
)

// PerBlock is what one block emits at the given issuance: DefaultBlockEmission halved floor(log2(1 / (1 - issuance /
// MaxSupply))) times, and 0 from MaxSupply on. It holds for TAO and, with the issuance of a subnet's alpha, for alpha.
func PerBlock(issuance uint64) uint64 {
	if issuance >= MaxSupply {
		return 0
	}
	// The quotients are rounded to 32 fractional bits, which moves the halvings by a few units; what is left is not 0.
	left := fixed.OneU96F32.Sub(fixed.U96F32FromRatio(issuance, MaxSupply))
	halvings := fixed.OneU96F32.Div(left).Bits().BitLen() - 33
	return DefaultBlockEmission >> halvings
}

// Fraction is v / (2^64-1), the form in which the TAO weight and the child key burn are stored.
func Fraction(v uint64) fixed.U96F32 { return fixed.U96F32FromRatio(v, ^uint64(0)) }

// RootProportion is the part of a subnet's dividends that belongs to root stake: T*w / (T*w + alphaIssuance), where T is
// the TAO on root and w the TAO weight; 0 if there is neither.
func RootProportion(rootTao uint64, taoWeight fixed.U96F32, alphaIssuance uint64) fixed.U96F32 {
	weighted := fixed.U96F32FromUint(rootTao).Mul(taoWeight)
	return weighted.SafeDiv(weighted.Add(fixed.U96F32FromUint(alphaIssuance)))
}

// Terms says what becomes of one subnet's emission in a block.
type Terms struct {
	TaoIn, AlphaIn fixed.U96F32 // into the pool, at its price
	ExcessTao      fixed.U96F32 // buys alpha
	AlphaOut       fixed.U96F32 // for the participants
}

// SubnetTerms divides a subnet's part tao of the block's TAO. Alpha worth that much would join it in the pool, but no
// more than the root proportion of the subnet's own alpha emission; TAO that finds no alpha is excess.
func SubnetTerms(tao fixed.U96F32, alphaEmission uint64, price fixed.U64F64, rootProportion fixed.U96F32) Terms {
	spot := price.ToU96F32()
	t := Terms{TaoIn: tao, AlphaIn: tao.SafeDiv(spot), AlphaOut: fixed.U96F32FromUint(alphaEmission)}
	if limit := rootProportion.Mul(t.AlphaOut); limit.Less(t.AlphaIn) {
		t.AlphaIn = limit
		t.TaoIn = limit.Mul(spot)
	}
	t.ExcessTao = tao.Sub(t.TaoIn)
	return t
}

// Participants is the split of a subnet's alpha emission of one block, in smallest units, each rounded down.
type Participants struct {
	Owner, Server, Validator, Root uint64
}

// SplitAlphaOut takes the owner's cut (ownerCut is OwnerCut of the stored rate, 0 if the cut is off), gives half of the rest
// to servers, and of the other half the root proportion to root stake and what remains to validators.
func SplitAlphaOut(alpha, ownerCut, rootProportion fixed.U96F32) Participants {
	half := fixed.U96F32FromRatio(1, 2)
	owner := alpha.Mul(ownerCut)
	rest := alpha.Sub(owner)
	root := rootProportion.Mul(rest).Mul(half)
	server := rest.Mul(half)
	return Participants{
		Owner:     owner.ToUint64(),
		Server:    server.ToUint64(),
		Validator: rest.Sub(server).Sub(root).ToUint64(),
		Root:      root.ToUint64(),
	}
}

// OwnerCut is rate / 65535 as a factor.
func OwnerCut(rate uint16) fixed.U96F32 { return fixed.U96F32FromRatio(uint64(rate), 1<<16-1) }
