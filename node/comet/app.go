package comet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/pool"
)

// application is what CometBFT drives. The methods of the consensus connection come from one goroutine at a time, those of the pool from any.
type application struct {
	abci.BaseApplication // no snapshots, no vote extensions, no queries: those are our RPC's

	ledger   *ledger.Ledger
	pool     *pool.Pool
	authors  map[[20]byte]bt.AccountID
	rotation *rotation
	pace     *pace
	keep     uint32
	log      *slog.Logger
	peers    func() int

	// built is the block built last, so that proposing, judging and finalizing one take a single execution. Only Commit writes it.
	built    *ledger.Candidate
	builtFor blockID

	gossip gossip
}

func newApplication(l *ledger.Ledger, p *pool.Pool, n *Network, pace *pace, keep uint32, log *slog.Logger) *application {
	a := &application{ledger: l, pool: p, authors: map[[20]byte]bt.AccountID{}, rotation: newRotation(n), pace: pace, keep: keep, log: log}
	for _, v := range n.Validators {
		a.authors[v.Key.address()] = v.Account
	}
	return a
}

// Info tells how far the ledger is.
func (a *application) Info(context.Context, *abci.RequestInfo) (*abci.ResponseInfo, error) {
	head := a.ledger.Head()
	r := &abci.ResponseInfo{Data: "myelin", AppVersion: 1, LastBlockHeight: int64(head.Header.Number)}
	if head.Header.Number > 0 {
		r.LastBlockAppHash = head.Hash[:]
	}
	return r, nil
}

// InitChain begins the network: its first header names our block 0.
func (a *application) InitChain(_ context.Context, r *abci.RequestInitChain) (*abci.ResponseInitChain, error) {
	genesis := a.ledger.Genesis()
	if want := chainID(genesis); r.ChainId != want {
		return nil, fmt.Errorf("%w: it is %s, this chain's is %s", ErrOtherNetwork, r.ChainId, want)
	}
	return &abci.ResponseInitChain{AppHash: genesis[:]}, nil
}

// blockID is all that a block is made of. Two blocks with the same are the same.
type blockID struct {
	parent   bt.Hash
	now      uint64
	proposer string // its address
	author   bt.AccountID
	txs      bt.Hash
}

func (a *application) identify(at time.Time, proposer []byte, txs [][]byte) (blockID, error) {
	now, err := a.now(at)
	if err != nil {
		return blockID{}, err
	}
	id := blockID{parent: a.ledger.Head().Hash, now: now, proposer: string(proposer)}
	if len(proposer) == len([20]byte{}) {
		id.author = a.authors[[20]byte(proposer)]
	}
	hashes := make([][]byte, len(txs))
	for i, x := range txs {
		h := hash.Blake256(x)
		hashes[i] = h[:]
	}
	id.txs = hash.Blake256(hashes...)
	return id, nil
}

// now is the chain's time of the block with a header's time. CometBFT lets blocks follow each other faster than the runtime allows; such a
// block is moved behind the last one, which every node does alike.
func (a *application) now(header time.Time) (uint64, error) {
	last, err := a.ledger.Time()
	if err != nil {
		return 0, err
	}
	now := uint64(max(header.UnixMilli(), 0))
	if last > 0 {
		now = max(now, last+a.ledger.MinPeriod())
	}
	return now, nil
}

// follows checks that a height is the one after the head.
func (a *application) follows(height int64) error {
	if head := a.ledger.Head().Header.Number; height != int64(head)+1 {
		return fmt.Errorf("consensus is at block %d, but the chain's head is block %d", height, head)
	}
	return nil
}

// PrepareProposal builds a block of what is ready in our pool.
func (a *application) PrepareProposal(_ context.Context, r *abci.RequestPrepareProposal) (*abci.ResponsePrepareProposal, error) {
	if err := a.follows(r.Height); err != nil {
		return nil, err
	}
	id, err := a.identify(r.Time, r.ProposerAddress, nil)
	if err != nil {
		return nil, err
	}
	own, err := a.ledger.Own(id.now)
	if err != nil {
		return nil, err
	}
	var refused []bt.Extrinsic
	c, err := a.ledger.Propose(ledger.Plan{
		Now: id.now, Author: id.author, Digest: a.rotation.digest(r.Height, r.ProposerAddress), Transactions: append(own, a.pool.Ready()...), Unshield: true,
		MaxBytes: int(r.MaxTxBytes - r.MaxTxBytes/16), // a transaction costs CometBFT up to 5 bytes more, and has at least 100
		Refused: func(x bt.Extrinsic, why error) {
			a.log.Debug("a transaction left the pool", "hash", x.Hash(), "why", why)
			refused = append(refused, x)
		},
	})
	if err != nil {
		return nil, err
	}
	a.pool.Remove(refused...)
	txs := bodyOf(c)
	if id, err = a.identify(r.Time, r.ProposerAddress, txs); err != nil {
		return nil, err
	}
	a.built, a.builtFor = c, id
	return &abci.ResponsePrepareProposal{Txs: txs}, nil
}

// bodyOf is a block's transactions, without the inherent that sets the time.
func bodyOf(c *ledger.Candidate) [][]byte {
	out := make([][]byte, 0, len(c.Extrinsics))
	for _, x := range c.Extrinsics[1:] {
		out = append(out, x)
	}
	return out
}

// ProcessProposal accepts a block when each of its transactions may stand where it does.
func (a *application) ProcessProposal(_ context.Context, r *abci.RequestProcessProposal) (*abci.ResponseProcessProposal, error) {
	reject := &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_REJECT}
	if err := a.follows(r.Height); err != nil {
		a.log.Warn("a proposal was rejected", "height", r.Height, "why", err)
		return reject, nil
	}
	if _, err := a.build(r.Time, r.ProposerAddress, r.Txs); err != nil {
		if !errors.Is(err, chain.ErrBlock) {
			return nil, err // our fault, not the proposer's
		}
		a.log.Warn("a proposal was rejected", "height", r.Height, "proposer", fmt.Sprintf("%x", r.ProposerAddress), "why", err)
		return reject, nil
	}
	return &abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT}, nil
}

// build makes the Substrate block of a block of CometBFT. The error wraps chain.ErrBlock when the block is at fault.
func (a *application) build(at time.Time, proposer []byte, txs [][]byte) (*ledger.Candidate, error) {
	id, err := a.identify(at, proposer, txs)
	if err != nil {
		return nil, err
	}
	if a.built != nil && a.builtFor == id {
		return a.built, nil
	}
	checked, err := a.check(txs)
	if err != nil {
		return nil, err
	}
	var bad error
	c, err := a.ledger.Propose(ledger.Plan{
		Now: id.now, Author: id.author, Digest: a.rotation.digest(int64(a.ledger.Head().Header.Number)+1, proposer), Transactions: checked,
		Refused: func(x bt.Extrinsic, why error) {
			if bad == nil {
				bad = fmt.Errorf("%w: transaction %s: %w", chain.ErrBlock, x.Hash(), why)
			}
		},
	})
	switch {
	case err != nil:
		return nil, err
	case bad != nil:
		return nil, bad
	case len(c.Extrinsics) != len(txs)+1:
		return nil, fmt.Errorf("%w: %d of its %d transactions fit in", chain.ErrBlock, len(c.Extrinsics)-1, len(txs))
	}
	a.built, a.builtFor = c, id
	return c, nil
}

// check verifies the transactions of a block. Those in the pool were verified when they came.
func (a *application) check(txs [][]byte) ([]*chain.Checked, error) {
	out := make([]*chain.Checked, len(txs))
	var unknown []bt.Extrinsic
	var at []int
	for i, x := range txs {
		if out[i] = a.pool.Checked(bt.Extrinsic(x).Hash()); out[i] == nil {
			unknown, at = append(unknown, x), append(at, i)
		}
	}
	checked, err := a.ledger.Check(unknown)
	if err != nil {
		return nil, err
	}
	for i, c := range checked {
		out[at[i]] = c
	}
	return out, nil
}

// FinalizeBlock executes the block that was decided and tells its hash. Nothing is written yet.
func (a *application) FinalizeBlock(_ context.Context, r *abci.RequestFinalizeBlock) (*abci.ResponseFinalizeBlock, error) {
	if err := a.follows(r.Height); err != nil {
		return nil, err
	}
	for _, m := range r.Misbehavior {
		a.log.Warn("a validator misbehaved", "what", m.Type, "validator", fmt.Sprintf("%x", m.Validator.Address), "height", m.Height)
	}
	c, err := a.build(r.Time, r.ProposerAddress, r.Txs)
	if err != nil {
		return nil, err
	}
	out := &abci.ResponseFinalizeBlock{AppHash: c.Hash[:], TxResults: make([]*abci.ExecTxResult, len(r.Txs))}
	for i := range out.TxResults {
		out.TxResults[i] = &abci.ExecTxResult{}
		if c.Outcomes[i+1].Err != nil {
			out.TxResults[i].Code = codeFailed
		}
	}
	return out, nil
}

// Commit writes the block that FinalizeBlock executed last.
func (a *application) Commit(context.Context, *abci.RequestCommit) (*abci.ResponseCommit, error) {
	c := a.built
	if c == nil {
		return nil, errors.New("commit without a block")
	}
	a.built = nil
	b, err := a.ledger.Commit(c, true)
	if err != nil {
		return nil, err
	}
	a.pool.Imported(b.Hash, b.Header.Number, b.Extrinsics)
	a.pace.committed(time.Now())
	r := &abci.ResponseCommit{}
	if a.keep > 0 {
		r.RetainHeight = max(int64(b.Header.Number)-int64(a.keep)+1, 0)
	}
	return r, nil
}

// Codes of transactions. CometBFT offers those from codeRetry on again.
const (
	codeFailed = 1
	codeRetry  = abci.CodeTypeRetry
)

// insert takes a transaction into the pool. One that is there already is no failure.
func (a *application) insert(x []byte) (code uint32, why string) {
	_, err := a.pool.Submit(x)
	var invalid *chain.InvalidTransaction
	var low *pool.TooLowError
	switch {
	case err == nil, errors.Is(err, pool.ErrKnown):
		return abci.CodeTypeOK, ""
	case errors.As(err, &invalid), errors.As(err, &low):
		return codeFailed, err.Error()
	default: // the pool is full
		return codeRetry, err.Error()
	}
}

// CheckTx takes in a transaction from CometBFT's RPC.
func (a *application) CheckTx(_ context.Context, r *abci.RequestCheckTx) (*abci.ResponseCheckTx, error) {
	code, why := a.insert(r.Tx)
	return &abci.ResponseCheckTx{Code: code, Log: why}, nil
}

// InsertTx takes in a transaction from a peer.
func (a *application) InsertTx(_ context.Context, r *abci.RequestInsertTx) (*abci.ResponseInsertTx, error) {
	code, _ := a.insert(r.Tx)
	return &abci.ResponseInsertTx{Code: code}, nil
}

// ReapTxs hands out transactions for the peers.
func (a *application) ReapTxs(_ context.Context, r *abci.RequestReapTxs) (*abci.ResponseReapTxs, error) {
	peers := 0
	if a.peers != nil {
		peers = a.peers()
	}
	out := &abci.ResponseReapTxs{}
	for _, x := range a.gossip.next(a.pool, peers, a.ledger.Head().Header.Number, int(r.MaxBytes)) {
		out.Txs = append(out.Txs, x)
	}
	return out, nil
}

// gossip hands out each transaction once, whether it came from a client or from a peer, so that it also reaches nodes that are not
// connected with the one where it was submitted. What is in the pool is handed out again when a further peer connects, and when it has waited long:
// a peer may have been full.
type gossip struct {
	mu     sync.Mutex
	mark   uint64
	peers  int
	offers bt.BlockNumber // head when all was last offered
}

// reofferAfter is the number of blocks after which what still waits is handed out again.
const reofferAfter = 32

func (g *gossip) next(p *pool.Pool, peers int, head bt.BlockNumber, maxBytes int) (xs []bt.Extrinsic) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if peers > g.peers || head >= g.offers+reofferAfter {
		g.mark, g.offers = 0, head
	}
	g.peers = peers
	if peers == 0 {
		return nil
	}
	xs, g.mark = p.Since(g.mark, maxBytes)
	return xs
}
