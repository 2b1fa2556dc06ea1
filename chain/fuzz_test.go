package chain_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/scale"
)

// Bytes from the network must give an extrinsic that prints back as they are, or an *InvalidTransaction.
func FuzzCheck(f *testing.F) {
	n := newNet(f)
	k := n.r.Checker(n.state, &n.head)
	f.Add([]byte(n.sign(alice, 0, transfer(bob.Public(), 1))))
	f.Add([]byte(bt.Parsed{Call: transfer(bob.Public(), 1)}.Encode()))
	f.Add([]byte(n.sign(alice, 0, append([]byte{12, 0}, transfer(bob.Public(), 1)...))))
	f.Fuzz(func(t *testing.T, raw []byte) {
		x, err := k.Check(raw)
		if err != nil {
			var invalid *chain.InvalidTransaction
			if x != nil || !errors.As(err, &invalid) || invalid.Error() == "" {
				t.Fatalf("%v beside %v", x, err)
			}
			return
		}
		if !bytes.HasSuffix(raw, scale.Marshal(&x.Call)) {
			t.Fatalf("%x holds the call %x", raw, scale.Marshal(&x.Call))
		}
	})
}
