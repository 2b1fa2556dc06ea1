package comet

import (
	"crypto/mlkem"
	"crypto/rand"
	"fmt"
	"slices"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cometed25519 "github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/types"
	"golang.org/x/crypto/chacha20poly1305"
	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/pallets/aura"
	pallet "github.com/myelin-go/myelin/chain/pallets/shield"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/node/shield"
	"github.com/myelin-go/myelin/scale"
)

// Who is due is who CometBFT has for the first proposer of the height, whatever the powers.
func TestRotationIsCometBFTs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, scaled := &Network{}, rapid.Int64Range(1, 1000).Draw(t, "scale")
		var vs []*types.Validator
		for i := range rapid.IntRange(1, 6).Draw(t, "validators") {
			v := Validator{Key: ConsensusKey{byte(i), 1}, Power: scaled * rapid.Int64Range(1, 20).Draw(t, "power")}
			n.Validators = append(n.Validators, v)
			vs = append(vs, types.NewValidator(cometed25519.PubKey(v.Key[:]), v.Power))
		}
		r, set := newRotation(n), types.NewValidatorSet(vs)
		due := map[int64]string{}
		const most = 300
		for h := int64(1); h <= most+2; h++ {
			due[h] = string(set.GetProposer().Address)
			set.IncrementProposerPriority(1) // as a node does it, height by height
		}
		judge := func(r *rotation, h int64) {
			next, afterNext := r.after(h)
			a, b := next.address(), afterNext.address()
			if string(a[:]) != due[h+1] || string(b[:]) != due[h+2] {
				t.Fatalf("after height %d: %x and %x, want %x and %x", h, a, b, due[h+1], due[h+2])
			}
		}
		for h := int64(1); h <= most; h++ {
			judge(r, h)
		}
		h := rapid.Int64Range(1, most).Draw(t, "height")
		judge(r, h)              // back
		judge(newRotation(n), h) // as after a start
	})
}

// keep gives a node a keeper, as package node does.
func (m *member) keep() {
	m.Helper()
	k, err := shield.New(m.chain.Runtime, false)
	if err != nil {
		m.Fatal(err)
	}
	m.ledger.Shield(k)
	m.ledger.Author(func(uint64) ([]*chain.Checked, error) {
		v, err := m.ledger.At(m.ledger.Head().Hash)
		if err != nil {
			return nil, err
		}
		defer v.Close()
		x, ok, err := k.Announcement(v, v.Header.Number)
		if err != nil || !ok {
			return nil, fmt.Errorf("no announcement: %w", err)
		}
		return []*chain.Checked{x}, nil
	})
}

// nextKey is the key to encrypt with after the head, nil when there is none, and whose it is.
func (m *member) nextKey() (public []byte, whose aura.AuthorityID) {
	m.Helper()
	v, err := m.ledger.At(m.ledger.Head().Hash)
	if err != nil {
		m.Fatal(err)
	}
	defer v.Close()
	st, s := &chain.Pallet[pallet.Pallet](m.chain.Runtime).Storage, storage.New(v)
	next, ok := st.NextKey.TryGet(s)
	if !ok {
		return nil, whose
	}
	told := v.Header.Digest[0].PreRuntime
	var order []aura.AuthorityID
	if err := scale.Unmarshal(told.Data, &order); err != nil || told.Engine != aura.Engine || len(order) != 3 {
		m.Fatalf("the digest of block %d: %v, %v", v.Header.Number, order, err)
	}
	return next, order[2]
}

// opensNext tells whether the next block's author is to open what is encrypted with a key.
func (m *member) opensNext(public []byte) bool {
	m.Helper()
	v, err := m.ledger.At(m.ledger.Head().Hash)
	if err != nil {
		m.Fatal(err)
	}
	defer v.Close()
	return chain.Pallet[pallet.Pallet](m.chain.Runtime).Opens(storage.New(v), pallet.KeyHash(public))
}

// carry signs a transaction that carries another one, encrypted with a key, as clients make it.
func (m *member) carry(who *keys.Pair, nonce bt.Nonce, public []byte, inner bt.Extrinsic) bt.Extrinsic {
	m.Helper()
	key, err := mlkem.NewEncapsulationKey768(public)
	if err != nil {
		m.Fatal(err)
	}
	shared, kem := key.Encapsulate()
	e := pallet.Envelope{KeyHash: pallet.KeyHash(public), KemCt: kem}
	if _, err := rand.Read(e.Nonce[:]); err != nil {
		m.Fatal(err)
	}
	aead, err := chacha20poly1305.NewX(shared)
	if err != nil {
		m.Fatal(err)
	}
	e.AeadCt = aead.Seal(nil, e.Nonce[:], inner, nil)
	head := m.ledger.Head()
	extra := bt.Extra{Era: bt.MortalEra(pallet.MaxEra, uint64(head.Header.Number)), Nonce: nonce}
	call := scale.Append([]byte{pallet.Index, 1}, &pallet.SubmitEncrypted{Ciphertext: e.Bytes()})
	v := m.ledger.Runtime().Version()
	sig := [64]byte(who.Sign(bt.SigningPayload(call, extra, bt.Implicit{
		SpecVersion: v.SpecVersion, TransactionVersion: v.TransactionVersion, Genesis: m.ledger.Genesis(), Birth: head.Hash,
	})))
	return bt.Parsed{Signed: &bt.Signed{Address: bt.AddressOf(who.Public()), Signature: bt.MultiSignature{Sr25519: &sig}, Extra: extra}, Call: call}.Encode()
}

// What is encrypted with NextKey waits for the validator whose key that is, two blocks on, and is executed there right behind its carrier; the other validators, which
// cannot read it, come to the same block. So it goes for each of them, with a new key each time.
func TestEachValidatorOpensItsOwn(t *testing.T) {
	for _, powers := range [][]int64{{1, 1}, {1, 1, 1}, {3, 1}} {
		t.Run(fmt.Sprint(powers), func(t *testing.T) {
			n := &Network{Start: startTime}
			for i, p := range powers {
				n.Validators = append(n.Validators, Validator{Key: ConsensusKey{byte(i + 1)}, Power: p, Account: bt.AccountID{7, byte(i)}})
			}
			var apps []*application
			var ms []*member
			for range powers {
				a, m := newAppOf(t, n)
				m.keep()
				apps, ms = append(apps, a), append(ms, m)
			}
			at, due := startTime, newRotation(n)
			made := func(height int64) (opened int) { // makes the block of a height, and tells how many transactions it has
				var who ConsensusKey
				if who = due.keys[[20]byte(due.first.GetProposer().Address)]; height > 1 {
					who, _ = due.after(height - 1)
				}
				address := who.address()
				p, err := apps[who[0]-1].PrepareProposal(t.Context(), &abci.RequestPrepareProposal{Height: height, Time: at, ProposerAddress: address[:], MaxTxBytes: 1 << 20})
				if err != nil {
					t.Fatal(err)
				}
				var hash []byte
				for i, a := range apps {
					r, err := a.ProcessProposal(t.Context(), &abci.RequestProcessProposal{Height: height, Time: at, ProposerAddress: address[:], Txs: p.Txs})
					if err != nil || r.Status != abci.ResponseProcessProposal_ACCEPT {
						t.Fatalf("validator %d judges block %d: %v, %v", i, height, r, err)
					}
					f := ms[i].block(a, at, address[:], p.Txs...)
					if hash != nil && string(hash) != string(f.AppHash) {
						t.Fatalf("validator %d has another block %d", i, height)
					}
					hash = f.AppHash
				}
				at = at.Add(250 * time.Millisecond)
				return len(p.Txs)
			}
			height := int64(1)
			step := func() int { height++; return made(height - 1) }
			for range 3 * len(powers) {
				step()
			}
			alice, to := key(t, "//Alice"), key(t, "//Nobody").Public()
			seen, opened := map[string]bool{}, map[aura.AuthorityID]int{}
			for round := range bt.Nonce(8) {
				public, whose := ms[0].nextKey()
				if public == nil || seen[string(public)] {
					t.Fatalf("round %d: the key to encrypt with is %.8x, want a new one", round, public)
				}
				seen[string(public)] = true
				inner := ms[0].transfer(alice, 2*round+1, to, bt.Tao)
				carrier := ms[0].carry(alice, 2*round, public, inner)
				for _, m := range ms {
					m.submit(carrier)
				}
				if early := ms[0].opensNext(public); early && !slices.Contains(powers, 3) { // it is the same key for two blocks of one author in a row
					t.Fatalf("round %d: the key to encrypt with is that of the next block", round)
				} else if !early {
					if n := step(); n != 1 {
						t.Fatalf("round %d: the block before its time has %d transactions, want the announcement alone", round, n)
					}
				}
				if n := step(); n != 3 {
					t.Fatalf("round %d: the block has %d transactions, want announcement, carrier and what it carries", round, n)
				}
				head := ms[0].ledger.Head()
				if head.Extrinsics[2].Hash() != carrier.Hash() || head.Extrinsics[3].Hash() != inner.Hash() {
					t.Fatalf("round %d: the block holds other transactions", round)
				}
				if got, want := ms[len(ms)-1].free(to), bt.Rao(round+1)*bt.Tao; got != want {
					t.Fatalf("round %d: the receiver has %v, want %v", round, got, want)
				}
				opened[whose]++
				for range 1 + round%2 {
					step()
				}
			}
			if len(opened) != len(powers) {
				t.Errorf("opened %v, want each of %d validators among them", opened, len(powers))
			}
		})
	}
}

// Two validators in consensus: each of them opens what is encrypted with its key.
func TestNetworkOpensEncrypted(t *testing.T) {
	if testing.Short() {
		t.Skip("two nodes")
	}
	dirs, cfgs := network(t, 2)
	var ms []*member
	for i := range dirs {
		cfgs[i].BlockTime = 300 * time.Millisecond
		m, err := open(t, dirs[i], spec(), cfgs[i])
		if err != nil {
			t.Fatal(err)
		}
		m.keep()
		m.run()
		ms = append(ms, m)
	}
	ms[0].waitBlock(5)
	to, opened := key(t, "//Nobody").Public(), map[aura.AuthorityID]bool{}
	for i := range 12 { // the block may come before the transaction: then the next sender's turn
		sender := key(t, []string{"//Alice", "//Bob", "//Charlie", "//Dave", "//Eve", "//Ferdie"}[i%6])
		nonce := bt.Nonce(ms[0].nonce(sender.Public()))
		head := ms[0].ledger.Head().Header.Number
		ms[0].waitBlock(head + 1)
		public, whose := ms[0].nextKey()
		if public == nil || opened[whose] {
			continue
		}
		inner := ms[0].transfer(sender, nonce+1, to, bt.Tao)
		if _, err := ms[0].pool.Submit(ms[0].carry(sender, nonce, public, inner)); err != nil {
			t.Fatal(err)
		}
		ms[1].waitBlock(head + 4)
		if _, _, ok := ms[1].store.FindExtrinsic(inner.Hash()); ok {
			opened[whose] = true
		}
		if len(opened) == 2 {
			break
		}
	}
	if len(opened) != 2 {
		t.Errorf("%d of 2 validators opened what was encrypted to them", len(opened))
	}
	for _, m := range ms {
		m.stop()
	}
}

// nonce is the next nonce of an account at the head.
func (m *member) nonce(who bt.AccountID) uint32 {
	m.Helper()
	v, err := m.ledger.At(m.ledger.Head().Hash)
	if err != nil {
		m.Fatal(err)
	}
	defer v.Close()
	return uint32(m.chain.Parts.System.Storage.Account.Get(storage.New(v), who).Nonce)
}
