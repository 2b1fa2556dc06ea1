package subnets

import (
	"bytes"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
)

// SetIdentity is the call's arguments.
type SetIdentity struct {
	Name        []byte
	URL         []byte
	GithubRepo  []byte
	Image       []byte
	Discord     []byte
	Description []byte
	Additional  []byte
}

// SetSubnetIdentity is the call's arguments.
type SetSubnetIdentity struct {
	NetUID        bt.NetUID `name:"netuid"`
	SubnetName    []byte
	GithubRepo    []byte
	SubnetContact []byte
	SubnetURL     []byte
	Discord       []byte
	Description   []byte
	LogoURL       []byte
	Additional    []byte
}

// UpdateSymbol is the call's arguments.
type UpdateSymbol struct {
	NetUID bt.NetUID `name:"netuid"`
	Symbol []byte
}

// The longest names and texts of identities, in bytes.
const (
	longestName = 256
	longestText = 1024
)

// SetIdentity says who the signer is, if one of its hotkeys is registered somewhere.
func (r *Room) SetIdentity(c *frame.Ctx, a SetIdentity) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(r.Storage.OwnedHotkeys.Get(c.State, coldkey), func(hotkey bt.AccountID) bool { return r.member(c, hotkey) }) {
		return r.Error.HotKeyNotRegisteredInNetwork
	}
	if !fit(longestName, a.Name, a.URL, a.GithubRepo, a.Discord) || !fit(longestText, a.Image, a.Description, a.Additional) {
		return r.Error.InvalidIdentity
	}
	r.Storage.IdentitiesV2.Set(c.State, coldkey, state.ChainIdentityV2(a))
	r.Event.ChainIdentitySet.Emit(c, state.One[bt.AccountID]{V: coldkey})
	return nil
}

// member tells whether a hotkey has a uid anywhere.
func (r *Room) member(c *frame.Ctx, hotkey bt.AccountID) bool {
	for _, is := range r.Storage.IsNetworkMember.Of(c.State, hotkey) {
		if is {
			return true
		}
	}
	return false
}

// SetSubnetIdentity says what a subnet is; only its owner may.
func (r *Room) SetSubnetIdentity(c *frame.Ctx, a SetSubnetIdentity) error {
	coldkey, err := c.Signer()
	if err != nil {
		return err
	}
	if r.Storage.SubnetOwner.Get(c.State, a.NetUID) != coldkey {
		return r.Error.NotSubnetOwner
	}
	identity := state.SubnetIdentityV3{
		SubnetName: a.SubnetName, GithubRepo: a.GithubRepo, SubnetContact: a.SubnetContact, SubnetURL: a.SubnetURL, Discord: a.Discord,
		Description: a.Description, LogoURL: a.LogoURL, Additional: a.Additional,
	}
	if !validSubnetIdentity(identity) {
		return r.Error.InvalidIdentity
	}
	r.Storage.SubnetIdentitiesV3.Set(c.State, a.NetUID, identity)
	r.Event.SubnetIdentitySet.Emit(c, state.One[bt.NetUID]{V: a.NetUID})
	return nil
}

func validSubnetIdentity(v state.SubnetIdentityV3) bool {
	return fit(longestName, v.SubnetName, v.Discord) &&
		fit(longestText, v.GithubRepo, v.SubnetContact, v.SubnetURL, v.Description, v.LogoURL, v.Additional)
}

func fit(longest int, texts ...[]byte) bool {
	return !slices.ContainsFunc(texts, func(t []byte) bool { return len(t) > longest })
}

// UpdateSymbol gives a subnet's token another sign of the table that no other subnet uses; the owner or root may.
func (r *Room) UpdateSymbol(c *frame.Ctx, a UpdateSymbol) error {
	if err := r.EnsureOwnerOrRoot(c, a.NetUID); err != nil {
		return err
	}
	if !slices.Contains(symbols[1:], string(a.Symbol)) {
		return r.Error.SymbolDoesNotExist
	}
	for _, used := range r.Storage.TokenSymbol.All(c.State) {
		if bytes.Equal(used, a.Symbol) {
			return r.Error.SymbolAlreadyInUse
		}
	}
	r.Storage.TokenSymbol.Set(c.State, a.NetUID, a.Symbol)
	r.Event.SymbolUpdated.Emit(c, state.SymbolUpdated{NetUID: a.NetUID, Symbol: a.Symbol})
	return nil
}

// Symbol is the first choice of a subnet's sign: the table's entry at its netuid, or root's beyond the table.
func Symbol(netuid bt.NetUID) []byte {
	if int(netuid) < len(symbols) {
		return []byte(symbols[netuid])
	}
	return []byte(symbols[0])
}

// nextSymbol is a subnet's first choice if it is free, or the first free sign of the table.
func (r *Room) nextSymbol(c *frame.Ctx, netuid bt.NetUID) []byte {
	used := map[string]bool{}
	for _, symbol := range r.Storage.TokenSymbol.All(c.State) {
		used[string(symbol)] = true
	}
	if own := Symbol(netuid); !used[string(own)] {
		return own
	}
	for _, symbol := range symbols[1:] {
		if !used[symbol] {
			return []byte(symbol)
		}
	}
	return []byte(symbols[0])
}
