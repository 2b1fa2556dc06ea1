package balances

import (
	"bytes"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/scale"
)

// What is encoded by hand has the form that its declaration alone would give.
func TestHandWrittenCodecs(t *testing.T) {
	a, b := bt.AccountID{1, 2, 3, 31: 4}, bt.AccountID{5, 31: 6}
	type (
		plainEndowed   Endowed // without the methods
		plainTransfer  Transfer
		plainWhoAmount WhoAmount
	)
	endowed, transfer, who := Endowed{a, 1 << 40}, Transfer{a, b, 77}, WhoAmount{b, 1<<64 - 1}
	if got, want := scale.Marshal(endowed), scale.Marshal(plainEndowed(endowed)); !bytes.Equal(got, want) {
		t.Errorf("Endowed is %x, want %x", got, want)
	}
	if got, want := scale.Marshal(transfer), scale.Marshal(plainTransfer(transfer)); !bytes.Equal(got, want) {
		t.Errorf("Transfer is %x, want %x", got, want)
	}
	if got, want := scale.Marshal(who), scale.Marshal(plainWhoAmount(who)); !bytes.Equal(got, want) {
		t.Errorf("WhoAmount is %x, want %x", got, want)
	}
	var (
		backEndowed  Endowed
		backTransfer Transfer
		backWho      WhoAmount
	)
	for _, c := range []struct {
		raw  []byte
		into any
		same func() bool
	}{
		{scale.Marshal(endowed), &backEndowed, func() bool { return backEndowed == endowed }},
		{scale.Marshal(transfer), &backTransfer, func() bool { return backTransfer == transfer }},
		{scale.Marshal(who), &backWho, func() bool { return backWho == who }},
	} {
		if err := scale.Unmarshal(c.raw, c.into); err != nil || !c.same() {
			t.Errorf("%T does not come back: %v, %v", c.into, c.into, err)
		}
		if err := scale.Unmarshal(c.raw[:len(c.raw)-1], c.into); err == nil {
			t.Errorf("%T is read from too few bytes", c.into)
		}
	}
}
