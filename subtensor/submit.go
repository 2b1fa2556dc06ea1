package subtensor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/scale/metadata"
	"github.com/myelin-go/myelin/subtensor/codec"
	"github.com/myelin-go/myelin/subtensor/jsonrpc"
)

// Signer signs extrinsics; *keys.Pair is one.
type Signer interface {
	Public() bt.AccountID
	Scheme() keys.Scheme
	Sign(msg []byte) keys.Signature
}

// Wait is what Submit waits for.
type Wait uint8

// What Submit may wait for.
const (
	InBlock   Wait = iota // the block that holds the extrinsic
	Finalized             // the finality of that block
	InPool                // acceptance by the node only: the receipt then holds nothing but the hash
)

// SubmitOptions change how an extrinsic is made; the zero value has the defaults.
type SubmitOptions struct {
	Wait     Wait
	Immortal bool      // valid for ever
	Period   uint64    // least number of blocks it stays valid; 0 is the client's
	Tip      bt.Rao    // beside the fee
	Nonce    *bt.Nonce // instead of the next one
	// CheckMetadata signs the digest of the metadata that the call was encoded by too (CheckMetadataHash mode 1, RFC-78): a chain with
	// other metadata refuses the extrinsic. It asks for metadata of version 15.
	CheckMetadata bool
}

// Receipt is what became of an extrinsic.
type Receipt struct {
	Extrinsic bt.Hash
	Block     bt.Hash
	Number    bt.BlockNumber
	Index     int // within the block
	Events    []codec.Event
	Fee       bt.Rao // paid, without the tip
}

// Find returns the first event of a name, or nil.
func (r *Receipt) Find(pallet, name string) *codec.Event {
	for i := range r.Events {
		if r.Events[i].Is(pallet, name) {
			return &r.Events[i]
		}
	}
	return nil
}

// nonce counts the nonces of one account while extrinsics are under way.
type nonce struct {
	mu       sync.Mutex // held from choosing a nonce until the node has answered
	underway int
	known    bool
	next     bt.Nonce
}

func (c *Client) nonceOf(who bt.AccountID) *nonce {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.nonces[who]
	if n == nil {
		n = &nonce{}
		c.nonces[who] = n
	}
	return n
}

// NextNonce asks the node for an account's next nonce, those in its pool counted.
func (c *Client) NextNonce(ctx context.Context, who bt.AccountID) (n bt.Nonce, err error) {
	err = c.RPC(ctx, &n, "account_nextIndex", who)
	return n, err
}

// Submit signs a call, sends it, and waits as the options say. An extrinsic whose call failed gives both a receipt and a *DispatchError;
// so does one whose wrapper (sudo, proxy, batch) swallowed a failure. A *Rejected did not enter the node's pool, a *Dropped left it. When the
// connection is lost meanwhile the error wraps jsonrpc.ErrFateUnknown and the receipt holds the hash alone.
func (c *Client) Submit(ctx context.Context, call Call, signer Signer, o SubmitOptions) (*Receipt, error) {
	receipt, err := c.submit(ctx, call, signer, o)
	if err != nil {
		err = fmt.Errorf("%v: %w", call, err)
	}
	return receipt, err
}

func (c *Client) submit(ctx context.Context, call Call, signer Signer, o SubmitOptions) (*Receipt, error) {
	n := c.nonceOf(signer.Public())
	sub, hash, err := c.send(ctx, n, call, signer, o)
	var bad *Rejected
	if errors.As(err, &bad) && bad.StaleNonce() && o.Nonce == nil {
		// Somebody else signs with this key, or our count was ahead of what happened: ask again, once.
		sub, hash, err = c.send(ctx, n, call, signer, o)
	}
	if err != nil {
		if hash.IsZero() {
			return nil, err
		}
		return &Receipt{Extrinsic: hash}, err
	}
	if sub == nil {
		return &Receipt{Extrinsic: hash}, nil
	}
	block, err := watch(ctx, sub, o.Wait)
	sub.Close()
	n.mu.Lock()
	n.underway--
	if err != nil {
		n.known = false
	}
	n.mu.Unlock()
	if err != nil {
		return &Receipt{Extrinsic: hash}, err
	}
	return c.Receipt(ctx, hash, block)
}

// send signs and submits while the account's nonce is held. The hash is zero when nothing was sent.
func (c *Client) send(ctx context.Context, n *nonce, call Call, signer Signer, o SubmitOptions) (*jsonrpc.Subscription, bt.Hash, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.underway == 0 {
		n.known = false // nothing of ours is open: what others sent meanwhile counts
	}
	own := o.Nonce != nil
	if !own && !n.known {
		next, err := c.NextNonce(ctx, signer.Public())
		if err != nil {
			return nil, bt.Hash{}, err
		}
		n.next, n.known = next, true
	}
	number := n.next
	if own {
		number = *o.Nonce
	}
	x, err := c.Sign(ctx, call, signer, number, o)
	if err != nil {
		return nil, bt.Hash{}, err
	}
	var sub *jsonrpc.Subscription
	if o.Wait == InPool {
		err = c.rpc.CallOnce(ctx, nil, "author_submitExtrinsic", hexText(x))
	} else {
		sub, err = c.rpc.SubscribeOnce(ctx, "author_submitAndWatchExtrinsic", "author_unwatchExtrinsic", hexText(x))
	}
	if err != nil {
		n.known = false
		return nil, x.Hash(), rejection(err)
	}
	if !own {
		n.next++
	}
	if sub != nil {
		n.underway++
	}
	return sub, x.Hash(), nil
}

// watch follows an extrinsic to the block it is in.
func watch(ctx context.Context, sub *jsonrpc.Subscription, wait Wait) (bt.Hash, error) {
	for {
		var raw json.RawMessage
		if err := sub.Next(ctx, &raw); err != nil {
			return bt.Hash{}, err
		}
		var name string
		var content map[string]json.RawMessage
		if json.Unmarshal(raw, &name) != nil {
			if err := json.Unmarshal(raw, &content); err != nil {
				return bt.Hash{}, fmt.Errorf("status of the extrinsic: %w", err)
			}
			for name = range content { // a status has one member
			}
		}
		switch status := strings.ToLower(name); status {
		case "inblock", "finalized":
			if status == "inblock" && wait == Finalized {
				continue
			}
			var block bt.Hash
			if err := json.Unmarshal(content[name], &block); err != nil {
				return bt.Hash{}, fmt.Errorf("status %s of the extrinsic: %w", name, err)
			}
			return block, nil
		case "usurped", "dropped", "invalid", "finalitytimeout":
			return bt.Hash{}, &Dropped{Status: name}
		}
	}
}

// ErrNotInBlock is wrapped when a block does not hold an extrinsic.
var ErrNotInBlock = errors.New("extrinsic is not in the block")

// Receipt reads what became of an extrinsic in a block; see Submit for its errors.
func (c *Client) Receipt(ctx context.Context, extrinsic, block bt.Hash) (*Receipt, error) {
	r := &Receipt{Extrinsic: extrinsic, Block: block, Index: -1}
	b, err := c.Block(ctx, block)
	if err != nil {
		return r, err
	}
	r.Number = b.Header.Number
	for i, x := range b.Extrinsics {
		if x.Hash() == extrinsic {
			r.Index = i
			break
		}
	}
	if r.Index < 0 {
		return r, fmt.Errorf("%w: %v in %v", ErrNotInBlock, extrinsic, block)
	}
	events, err := c.Events(ctx, block)
	if err != nil {
		return r, err
	}
	rt, err := c.RuntimeOf(ctx, block)
	if err != nil {
		return r, err
	}
	return r, r.take(rt.Codec, events)
}

// take keeps the events of the extrinsic from those of its block, and tells its failure.
func (r *Receipt) take(c *codec.Codec, events []codec.Event) error {
	for _, e := range events {
		if e.Extrinsic != r.Index {
			continue
		}
		r.Events = append(r.Events, e)
		if e.Is("TransactionPayment", "TransactionFeePaid") {
			if err := codec.Into(e.Field("actual_fee"), &r.Fee); err != nil {
				return fmt.Errorf("fee: %w", err)
			}
		}
	}
	if failed := failure(c, r.Events); failed != nil {
		return failed
	}
	return nil
}

// Sign makes a signed extrinsic of a call without sending it.
func (c *Client) Sign(ctx context.Context, call Call, signer Signer, n bt.Nonce, o SubmitOptions) (bt.Extrinsic, error) {
	rt, err := c.Runtime(ctx)
	if err != nil {
		return nil, err
	}
	raw, err := rt.Codec.EncodeCall(call)
	if err != nil {
		return nil, err
	}
	terms := Terms{Nonce: n, Tip: o.Tip, Genesis: c.genesis, Birth: c.genesis}
	if !o.Immortal {
		if terms.Era, terms.Birth, err = c.era(ctx, max(o.Period, 0)); err != nil {
			return nil, err
		}
	}
	if o.CheckMetadata {
		if terms.Metadata, err = c.digest(ctx, rt); err != nil {
			return nil, err
		}
	}
	return rt.Sign(raw, signer, terms)
}

// digest is that of a runtime's metadata, with what the node tells of its token.
func (c *Client) digest(ctx context.Context, rt *Runtime) (*bt.Hash, error) {
	var token struct {
		Prefix   uint16 `json:"ss58Format"`
		Decimals uint8  `json:"tokenDecimals"`
		Symbol   string `json:"tokenSymbol"`
	}
	if err := c.RPC(ctx, &token, "system_properties"); err != nil {
		return nil, err
	}
	digest, err := rt.Codec.Metadata.Digest(metadata.Chain{
		SpecVersion: rt.Spec, SpecName: rt.Name, Prefix: token.Prefix, Decimals: token.Decimals, Symbol: token.Symbol,
	})
	return (*bt.Hash)(&digest), err
}

// era is one that holds the next blocks, born at or before the last final block.
func (c *Client) era(ctx context.Context, period uint64) (bt.Era, bt.Hash, error) {
	if period == 0 {
		period = c.opts.Period
	}
	head, err := c.Finalized(ctx)
	if err != nil {
		return bt.Era{}, bt.Hash{}, err
	}
	era := bt.MortalEra(period, uint64(head.Number))
	birth, err := c.BlockHash(ctx, bt.BlockNumber(era.Birth(uint64(head.Number))))
	return era, birth, err
}

// Terms are what a signature binds beside the call.
type Terms struct {
	Era     bt.Era
	Birth   bt.Hash // hash of the era's birth block; genesis when immortal
	Nonce   bt.Nonce
	Tip     bt.Rao
	Genesis bt.Hash
	// Metadata is the digest of the metadata that the signature binds too; nil binds none.
	Metadata *bt.Hash
}

// Sign makes a signed extrinsic of an encoded call by the extensions that the metadata lists.
func (r *Runtime) Sign(call []byte, signer Signer, t Terms) (bt.Extrinsic, error) {
	explicit, payload, err := r.payload(call, t)
	if err != nil {
		return nil, err
	}
	sig := signer.Sign(payload)
	return assemble(signer.Public(), signer.Scheme(), sig, explicit, call), nil
}

func assemble(who bt.AccountID, scheme keys.Scheme, sig keys.Signature, explicit, call []byte) bt.Extrinsic {
	const versionSigned = 0x84
	var e scale.Encoder
	e.Byte(versionSigned)
	e.Encode(bt.AddressOf(who))
	e.Byte(byte(scheme))
	e.Raw(sig[:])
	e.Raw(explicit)
	e.Raw(call)
	return append(scale.AppendCompact(nil, uint64(e.Len())), e.Bytes()...)
}

// ErrExtension is wrapped when a runtime demands data of a transaction extension that is unknown here.
var ErrExtension = errors.New("transaction extension not supported")

// payload is the explicit data of the extensions in order, and what is signed.
func (r *Runtime) payload(call []byte, t Terms) (explicit, signed []byte, err error) {
	var extra, implicit scale.Encoder
	for _, x := range r.Codec.Metadata.Extrinsic.Extensions {
		switch x.Name {
		case "CheckMortality", "CheckEra":
			extra.Encode(t.Era)
			implicit.Encode(t.Birth)
		case "CheckNonce":
			extra.Compact(uint64(t.Nonce))
		case "ChargeTransactionPayment":
			extra.Compact(uint64(t.Tip))
		case "CheckMetadataHash": // mode 1 binds the metadata; the digest is an option
			if t.Metadata == nil {
				extra.Byte(0)
				implicit.Byte(0)
				continue
			}
			extra.Byte(1)
			implicit.Byte(1)
			implicit.Encode(*t.Metadata)
		case "CheckSpecVersion":
			implicit.U32(r.Spec)
		case "CheckTxVersion":
			implicit.U32(r.Transaction)
		case "CheckGenesis":
			implicit.Encode(t.Genesis)
		default:
			if !r.Codec.Empty(x.Explicit) || !r.Codec.Empty(x.Implicit) {
				return nil, nil, fmt.Errorf("%w: %s", ErrExtension, x.Name)
			}
		}
	}
	const longest = 256
	var e scale.Encoder
	e.Raw(call)
	e.Raw(extra.Bytes())
	e.Raw(implicit.Bytes())
	if e.Len() > longest {
		h := hash.Blake256(e.Bytes())
		return extra.Bytes(), h[:], nil
	}
	return extra.Bytes(), e.Bytes(), nil
}

// Fee estimates what a call costs its signer, by the node's own reckoning; the signature need not exist.
func (c *Client) Fee(ctx context.Context, call Call, who bt.AccountID) (bt.Rao, error) {
	rt, err := c.Runtime(ctx)
	if err != nil {
		return 0, err
	}
	raw, err := rt.Codec.EncodeCall(call)
	if err != nil {
		return 0, err
	}
	explicit, _, err := rt.payload(raw, Terms{Era: bt.MortalEra(c.opts.Period, 0), Genesis: c.genesis, Birth: c.genesis})
	if err != nil {
		return 0, err
	}
	x := assemble(who, keys.Sr25519, keys.Signature{}, explicit, raw)
	var e scale.Encoder
	e.Raw(x)
	e.U32(uint32(len(x)))
	out, err := c.bytes(ctx, "state_call", "TransactionPaymentApi_query_info", hexText(e.Bytes()))
	if err != nil {
		return 0, err
	}
	return feeOf(out)
}

// feeOf reads a RuntimeDispatchInfo: weight in two compact integers, class, fee in 8 bytes (16 on chains with wide balances).
func feeOf(raw []byte) (bt.Rao, error) {
	d := scale.NewDecoder(raw)
	d.Compact()
	d.Compact()
	d.Byte()
	fee := d.U64()
	if d.Left() == 8 && d.U64() != 0 {
		d.Invalid("fee beyond 64 bits")
	}
	if err := d.End(); err != nil {
		return 0, fmt.Errorf("fee: %w", err)
	}
	return bt.Rao(fee), nil
}
