package scenario

import (
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/pow"
)

// mostTries bounds a search for work: a few times what the faucet asks.
const mostTries = 1 << 23

// search tries nonces from 0 on, so that the same puzzle always has the same answer.
func search(p pow.Puzzle, good func(pow.Seal) bool) (nonce uint64, seal pow.Seal, err error) {
	for ; nonce < mostTries; nonce++ {
		if seal = p.Seal(nonce); good(seal) {
			return nonce, seal, nil
		}
	}
	return 0, seal, fmt.Errorf("no work found in %d tries", mostTries)
}

// over is the block that a sentence does work over, and its hash: the one that it names, or else the last one.
func (w *world) over(said map[string]any) (block uint64, hash bt.Hash, err error) {
	w.begin()
	last := uint64(w.head.Number)
	block = last
	if v := said["block_number"]; v != nil {
		n, ok := number(v)
		if !ok || n > last {
			return 0, hash, fmt.Errorf("want a block up to %d", last)
		}
		block = n
	}
	if block == last {
		return block, w.head.Hash(), nil
	}
	return block, w.chain.Parts.System.Storage.BlockHash.Get(storage.New(w.state), bt.BlockNumber(block)), nil
}

// solve makes the work of pow_register: enough for the difficulty in force, or, where the sentence says so, just not enough.
func solve(enough bool) func(*world, string, map[string]any) (map[string]any, error) {
	return func(w *world, signer string, said map[string]any) (map[string]any, error) {
		netuid, ok := number(said["netuid"])
		hotkey, known := said["hotkey"].(bt.AccountID)
		if !ok || !known {
			return nil, fmt.Errorf("want a subnet and a hotkey")
		}
		coldkey, err := w.account(signer)
		if err != nil {
			return nil, err
		}
		block, hash, err := w.over(said)
		if err != nil {
			return nil, err
		}
		st, s, id := &w.module.Storage, storage.New(w.state), bt.NetUID(netuid)
		difficulty := pow.EffectiveDifficulty(st.Difficulty.Get(s, id), st.MinDifficulty.Get(s, id), st.MaxDifficulty.Get(s, id))
		nonce, seal, err := search(pow.Register(uint16(netuid), hash, hotkey, coldkey), func(x pow.Seal) bool { return x.Meets(difficulty) == enough })
		return map[string]any{"netuid": netuid, "work_block": block, "nonce": nonce, "work": seal[:], "hotkey": hotkey}, err
	}
}

// solveLegacy makes the work of register, where work is the rule: the hotkey signs, and the seal is read big-endian.
func solveLegacy(w *world, signer string, said map[string]any) (map[string]any, error) {
	netuid, ok := number(said["netuid"])
	if !ok {
		return nil, fmt.Errorf("want a subnet")
	}
	hotkey, err := w.account(signer)
	if err != nil {
		return nil, err
	}
	block, hash, err := w.over(said)
	if err != nil {
		return nil, err
	}
	difficulty := w.module.Storage.Difficulty.Get(storage.New(w.state), bt.NetUID(netuid))
	nonce, seal, err := search(pow.Legacy(hash, hotkey), func(x pow.Seal) bool { return x.MeetsBigEndian(difficulty) })
	return map[string]any{
		"netuid": netuid, "block_number": block, "nonce": nonce, "work": seal[:], "hotkey": hotkey, "coldkey": said["coldkey"],
	}, err
}

// faucetDifficulty is what the faucet asks, as upstream's does.
const faucetDifficulty = 1_000_000

// solveFaucet makes the work of the faucet.
func solveFaucet(w *world, signer string, said map[string]any) (map[string]any, error) {
	coldkey, err := w.account(signer)
	if err != nil {
		return nil, err
	}
	block, hash, err := w.over(said)
	if err != nil {
		return nil, err
	}
	nonce, seal, err := search(pow.Legacy(hash, coldkey), func(x pow.Seal) bool { return x.Meets(faucetDifficulty) })
	return map[string]any{"block_number": block, "nonce": nonce, "work": seal[:]}, err
}
