package balances

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/scale"
)

// The events of transfers are encoded by hand: every extrinsic has several of them. The form is that of the
// declarations; a test compares the two.

const (
	accountLen = 32
	raoLen     = 8
)

func account(d *scale.Decoder) (a bt.AccountID) {
	copy(a[:], d.Raw(accountLen))
	return a
}

// EncodeScale writes the fields in order.
func (f Endowed) EncodeScale(e *scale.Encoder) {
	e.Raw(f.Account[:])
	e.U64(uint64(f.FreeBalance))
}

// DecodeScale reads what EncodeScale writes.
func (f *Endowed) DecodeScale(d *scale.Decoder) {
	f.Account, f.FreeBalance = account(d), bt.Rao(d.U64())
}

// MinScale is the exact size.
func (Endowed) MinScale() int { return accountLen + raoLen }

// EncodeScale writes the fields in order.
func (f Transfer) EncodeScale(e *scale.Encoder) {
	e.Raw(f.From[:])
	e.Raw(f.To[:])
	e.U64(uint64(f.Amount))
}

// DecodeScale reads what EncodeScale writes.
func (f *Transfer) DecodeScale(d *scale.Decoder) {
	f.From, f.To, f.Amount = account(d), account(d), bt.Rao(d.U64())
}

// MinScale is the exact size.
func (Transfer) MinScale() int { return 2*accountLen + raoLen }

// EncodeScale writes the fields in order.
func (f WhoAmount) EncodeScale(e *scale.Encoder) {
	e.Raw(f.Who[:])
	e.U64(uint64(f.Amount))
}

// DecodeScale reads what EncodeScale writes.
func (f *WhoAmount) DecodeScale(d *scale.Decoder) { f.Who, f.Amount = account(d), bt.Rao(d.U64()) }

// MinScale is the exact size.
func (WhoAmount) MinScale() int { return accountLen + raoLen }
