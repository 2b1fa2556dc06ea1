package ledger

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
)

// Check decodes transactions and verifies their signatures for the block that follows the head, on all cores. The error names the first one
// that is wrong and wraps chain.ErrBlock.
func (l *Ledger) Check(xs []bt.Extrinsic) ([]*chain.Checked, error) {
	head := l.Head()
	v, err := l.st.At(head.Header.Number)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	return l.checkAll(v, &head.Header, xs)
}
