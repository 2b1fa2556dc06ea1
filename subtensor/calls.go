package subtensor

import (
	"crypto/rand"
	"encoding/binary"
	"math/big"
	"net/netip"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/subtensor/codec"
)

// Call is a call to a pallet by names. Submit encodes it by the node's metadata.
type Call = codec.Call

// args are a call's arguments by name.
type args = map[string]any

const subtensorModule = "SubtensorModule"

// Transfer sends an amount and fails rather than end the sender's account.
func Transfer(to bt.AccountID, amount bt.Rao) Call {
	return Call{Pallet: "Balances", Name: "transfer_keep_alive", Args: args{"dest": to, "value": amount}}
}

// TransferAll sends all that can be sent; with keepAlive it leaves the sender's account in being.
func TransferAll(to bt.AccountID, keepAlive bool) Call {
	return Call{Pallet: "Balances", Name: "transfer_all", Args: args{"dest": to, "keep_alive": keepAlive}}
}

// RegisterNetwork makes a new subnet owned by the signer, with a hotkey for its owner's neuron.
func RegisterNetwork(hotkey bt.AccountID) Call {
	return Call{Pallet: subtensorModule, Name: "register_network", Args: args{"hotkey": hotkey}}
}

// StartCall starts the emission of a subnet; its owner signs.
func StartCall(netuid bt.NetUID) Call {
	return Call{Pallet: subtensorModule, Name: "start_call", Args: args{"netuid": netuid}}
}

// BurnedRegister makes a hotkey a neuron of a subnet for the price of the moment; its coldkey signs.
func BurnedRegister(netuid bt.NetUID, hotkey bt.AccountID) Call {
	return Call{Pallet: subtensorModule, Name: "burned_register", Args: args{"netuid": netuid, "hotkey": hotkey}}
}

// RootRegister makes a hotkey a member of the root subnet; its coldkey signs.
func RootRegister(hotkey bt.AccountID) Call {
	return Call{Pallet: subtensorModule, Name: "root_register", Args: args{"hotkey": hotkey}}
}

// AddStake turns TAO of the signer to stake on a hotkey in a subnet.
func AddStake(hotkey bt.AccountID, netuid bt.NetUID, amount bt.Rao) Call {
	return Call{Pallet: subtensorModule, Name: "add_stake", Args: args{"hotkey": hotkey, "netuid": netuid, "amount_staked": amount}}
}

// RemoveStake turns stake of the signer on a hotkey in a subnet back to TAO.
func RemoveStake(hotkey bt.AccountID, netuid bt.NetUID, amount bt.Alpha) Call {
	return Call{Pallet: subtensorModule, Name: "remove_stake", Args: args{"hotkey": hotkey, "netuid": netuid, "amount_unstaked": amount}}
}

// ServeAxon publishes where the signing hotkey's axon is reached. Version is that of the neuron's software.
func ServeAxon(netuid bt.NetUID, version uint32, at netip.AddrPort) Call {
	const http = 4 // the protocol that neurons write
	addr := at.Addr().Unmap()
	kind := uint8(4)
	if addr.Is6() {
		kind = 6
	}
	return Call{Pallet: subtensorModule, Name: "serve_axon", Args: args{
		"netuid": netuid, "version": version, "ip": new(big.Int).SetBytes(addr.AsSlice()), "port": at.Port(), "ip_type": kind,
		"protocol": uint8(http), "placeholder1": uint8(0), "placeholder2": uint8(0),
	}}
}

// SetWeights sets the signing hotkey's weights in a mechanism of a subnet: a value for each uid, in units of 1/65535 of the largest.
func SetWeights(netuid bt.NetUID, mech bt.MechID, uids []bt.UID, values []uint16, version uint64) Call {
	return Call{Pallet: subtensorModule, Name: "set_mechanism_weights", Args: args{
		"netuid": netuid, "mecid": mech, "dests": uids, "weights": values, "version_key": version,
	}}
}

// WeightsCommit is weights that are committed by their hash first and revealed later.
type WeightsCommit struct {
	NetUID  bt.NetUID
	Mech    bt.MechID
	UIDs    []bt.UID
	Values  []uint16
	Salt    []uint16 // secret until the reveal
	Version uint64
}

// mechanismStride is the distance of the storage indices of two mechanisms of a subnet.
const mechanismStride = 4096

// Hash is what the chain compares at the reveal, for the hotkey that signs: blake2b-256 of account, storage index, uids, values, salt and version.
func (w *WeightsCommit) Hash(hotkey bt.AccountID) bt.Hash {
	var e scale.Encoder
	e.Encode(hotkey)
	e.U16(uint16(w.Mech)*mechanismStride + uint16(w.NetUID))
	e.Encode(w.UIDs)
	e.Encode(w.Values)
	e.Encode(w.Salt)
	e.U64(w.Version)
	return hash.Blake256(e.Bytes())
}

// Commit is the call that commits; hotkey is the signer.
func (w *WeightsCommit) Commit(hotkey bt.AccountID) Call {
	return Call{Pallet: subtensorModule, Name: "commit_mechanism_weights", Args: args{"netuid": w.NetUID, "mecid": w.Mech, "commit_hash": w.Hash(hotkey)}}
}

// Reveal is the call that reveals, in the subnet's reveal window.
func (w *WeightsCommit) Reveal() Call {
	return Call{Pallet: subtensorModule, Name: "reveal_mechanism_weights", Args: args{
		"netuid": w.NetUID, "mecid": w.Mech, "uids": w.UIDs, "values": w.Values, "salt": w.Salt, "version_key": w.Version,
	}}
}

// CommitTimelocked commits weights of the signing hotkey that are encrypted to a round of the beacon that the chain follows; the chain reveals them itself. The version is what the
// chain holds as CommitRevealWeightsVersion.
func CommitTimelocked(netuid bt.NetUID, mech bt.MechID, commit []byte, round uint64, version uint16) Call {
	return Call{Pallet: subtensorModule, Name: "commit_timelocked_mechanism_weights", Args: args{
		"netuid": netuid, "mecid": mech, "commit": commit, "reveal_round": round, "commit_reveal_version": version,
	}}
}

// Sudo makes a call as root; the chain's sudo key signs.
func Sudo(call Call) Call { return Call{Pallet: "Sudo", Name: "sudo", Args: args{"call": call}} }

// Batch makes calls in order, all or none.
func Batch(calls ...Call) Call {
	return Call{Pallet: "Utility", Name: "batch_all", Args: args{"calls": calls}}
}

// ParseAxonIP reads the address of an axon as the chain stores it; invalid when it is 0 or of no known type.
func ParseAxonIP(ip *big.Int, kind uint8) netip.Addr {
	switch {
	case ip == nil || ip.Sign() == 0:
	case kind == 4 && ip.BitLen() <= 32:
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(ip.Uint64()))
		return netip.AddrFrom4(b)
	case kind == 6 && ip.BitLen() <= 128:
		return netip.AddrFrom16([16]byte(ip.FillBytes(make([]byte, 16))))
	}
	return netip.Addr{}
}

// NewWeightsCommit makes weights to be committed, with a random salt.
func NewWeightsCommit(netuid bt.NetUID, mech bt.MechID, uids []bt.UID, values []uint16, version uint64) *WeightsCommit {
	const saltWords = 8
	w := &WeightsCommit{NetUID: netuid, Mech: mech, UIDs: uids, Values: values, Version: version, Salt: make([]uint16, saltWords)}
	var b [2 * saltWords]byte
	_, _ = rand.Read(b[:]) // never fails
	for i := range w.Salt {
		w.Salt[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return w
}
