package torture

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// client asks a node over HTTP, so that it needs nothing of the node's own code.
type client struct {
	url  string
	http http.Client
}

func (c *client) close() { c.http.CloseIdleConnections() }

// call calls a method and decodes its result.
func (c *client) call(result any, method string, params ...any) error {
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer := struct {
		Result any
		Error  *struct {
			Message string
			Data    any
		}
	}{Result: result}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	if answer.Error != nil {
		return fmt.Errorf("%s: %s %v", method, answer.Error.Message, answer.Error.Data)
	}
	return nil
}

// final is the last block that the node calls final.
func (c *client) final() (height bt.BlockNumber, hash bt.Hash, err error) {
	if err := c.call(&hash, "chain_getFinalizedHead"); err != nil {
		return 0, hash, err
	}
	var header struct{ Number string }
	if err := c.call(&header, "chain_getHeader", hash); err != nil {
		return 0, hash, err
	}
	n, err := strconv.ParseUint(header.Number, 0, 32)
	return bt.BlockNumber(n), hash, err
}

func (c *client) hashAt(n bt.BlockNumber) (hash bt.Hash, err error) {
	err = c.call(&hash, "chain_getBlockHash", n)
	return hash, err
}

type block struct {
	parent     bt.Hash
	extrinsics []bt.Extrinsic
}

func (c *client) block(at bt.Hash) (b block, err error) {
	var answer struct {
		Block struct {
			Header     struct{ ParentHash bt.Hash }
			Extrinsics []string
		}
	}
	if err := c.call(&answer, "chain_getBlock", at); err != nil {
		return b, err
	}
	b.parent = answer.Block.Header.ParentHash
	for _, x := range answer.Block.Extrinsics {
		raw, err := hex.DecodeString(strings.TrimPrefix(x, "0x"))
		if err != nil {
			return b, err
		}
		b.extrinsics = append(b.extrinsics, raw)
	}
	return b, nil
}

// account is an account's nonce and free balance after a block; both are 0 when it does not exist.
func (c *client) account(who bt.AccountID, at bt.Hash) (bt.Nonce, bt.Rao, error) {
	pallet, item, id := hash.Twox128([]byte("System")), hash.Twox128([]byte("Account")), hash.Blake128(who[:])
	var value *string
	if err := c.call(&value, "state_getStorage", fmt.Sprintf("0x%x%x%x%x", pallet, item, id, who[:]), at); err != nil || value == nil {
		return 0, 0, err
	}
	raw, err := hex.DecodeString(strings.TrimPrefix(*value, "0x"))
	if err != nil || len(raw) < 24 { // nonce, three counts, free balance
		return 0, 0, fmt.Errorf("account %s is %q", who, *value)
	}
	return binary.LittleEndian.Uint32(raw), bt.Rao(binary.LittleEndian.Uint64(raw[16:])), nil
}

// transferKeepAlive is the call's index in the pallet Balances, after the pallet's in the runtime.
var transferKeepAlive = []byte{5, 3}

func transferCall(to bt.AccountID, amount bt.Rao) []byte {
	return scale.Append(bytes.Clone(transferKeepAlive), &balances.TransferArgs{Dest: bt.AddressOf(to), Value: amount})
}

// readTransfer tells amount and nonce of a transfer between two accounts; ok is false for any other extrinsic.
func readTransfer(x bt.Extrinsic, from, to bt.AccountID) (amount bt.Rao, nonce bt.Nonce, ok bool) {
	p, err := x.Parse()
	if err != nil || p.Signed == nil || p.Signed.Address.Id == nil || *p.Signed.Address.Id != from {
		return 0, 0, false
	}
	raw, ok := bytes.CutPrefix(p.Call, transferKeepAlive)
	var args balances.TransferArgs
	if !ok || scale.Unmarshal(raw, &args) != nil || args.Dest.Id == nil || *args.Dest.Id != to {
		return 0, 0, false
	}
	return args.Value, p.Signed.Extra.Nonce, true
}
