package system

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// A runtime here is part of the program, and ":code" names it. An upgrade puts the name of a later one there, and the next block is that one's. So a code that the
// program does not hold cannot be set, with checks or without: nobody could make the next block.

// The arguments of the calls that upgrade.
type (
	CodeArgs     struct{ Code []byte }
	CodeHashArgs struct{ CodeHash bt.Hash }
)

// SetRuntimes sets how the version of a runtime is found by its code; ok is false for one that the program does not hold.
func (p *Pallet) SetRuntimes(find func(code []byte) (v Version, ok bool)) { p.runtimes = find }

// SetCode is root's way to replace the runtime by a later one.
func (p *Pallet) SetCode(c *frame.Ctx, a CodeArgs) error { return p.setByRoot(c, a.Code, true) }

// SetCodeWithoutChecks lets root go to any runtime that the program holds, earlier ones included.
func (p *Pallet) SetCodeWithoutChecks(c *frame.Ctx, a CodeArgs) error {
	return p.setByRoot(c, a.Code, false)
}

func (p *Pallet) setByRoot(c *frame.Ctx, code []byte, checked bool) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	if err := p.checkCode(code, checked); err != nil {
		return err
	}
	p.setCode(c, code)
	return nil
}

// AuthorizeUpgrade is root's leave for anybody to bring the runtime with this hash, a later one.
func (p *Pallet) AuthorizeUpgrade(c *frame.Ctx, a CodeHashArgs) error {
	return p.authorize(c, a.CodeHash, true)
}

// AuthorizeUpgradeWithoutChecks is AuthorizeUpgrade for any runtime.
func (p *Pallet) AuthorizeUpgradeWithoutChecks(c *frame.Ctx, a CodeHashArgs) error {
	return p.authorize(c, a.CodeHash, false)
}

func (p *Pallet) authorize(c *frame.Ctx, code bt.Hash, checked bool) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	p.Storage.AuthorizedUpgrade.Set(c.State, CodeUpgradeAuthorization{CodeHash: code, CheckVersion: checked})
	p.Event.UpgradeAuthorized.Emit(c, UpgradeAuthorized{CodeHash: code, CheckVersion: checked})
	return nil
}

// ApplyAuthorizedUpgrade brings the authorised runtime; anybody may, without a signature too. A runtime that turns out to be wrong takes the authorisation
// with it and costs the sender nothing.
func (p *Pallet) ApplyAuthorizedUpgrade(c *frame.Ctx, a CodeArgs) error {
	leave, err := p.Authorized(c, a.Code)
	if err != nil {
		return err
	}
	c.Free()
	p.Storage.AuthorizedUpgrade.Delete(c.State)
	if err := p.checkCode(a.Code, leave.CheckVersion); err != nil {
		p.Event.RejectedInvalidAuthorizedUpgrade.Emit(c, RejectedInvalidAuthorizedUpgrade{CodeHash: leave.CodeHash, Error: frame.ToDispatch(err)})
		return nil
	}
	p.setCode(c, a.Code)
	return nil
}

// Authorized tells under which authorisation a code may be applied; NothingAuthorized and Unauthorized are the errors.
func (p *Pallet) Authorized(c *frame.Ctx, code []byte) (CodeUpgradeAuthorization, error) {
	leave, ok := p.Storage.AuthorizedUpgrade.TryGet(c.State)
	if !ok {
		return leave, p.Error.NothingAuthorized
	}
	if leave.CodeHash != hash.Blake256(code) {
		return leave, p.Error.Unauthorized
	}
	return leave, nil
}

// checkCode tells whether a code may replace the present one.
func (p *Pallet) checkCode(code []byte, checked bool) error {
	var next Version
	known := false
	if p.runtimes != nil {
		next, known = p.runtimes(code)
	}
	now := p.Constants.Version.Ref()
	switch {
	case !known:
		return p.Error.FailedToExtractRuntimeVersion
	case checked && next.SpecName != now.SpecName:
		return p.Error.InvalidSpecName
	case checked && next.SpecVersion <= now.SpecVersion:
		return p.Error.SpecVersionNeedsToIncrease
	}
	return nil
}

// setCode replaces the code.
func (p *Pallet) setCode(c *frame.Ctx, code []byte) {
	c.State.Set(CodeKey, code)
	p.logUpdate(c)
	p.Event.CodeUpdated.Emit(c, CodeUpdated{})
}

// logUpdate lets the header of the block tell that the runtime or its surroundings changed, so that light clients ask for the metadata anew.
func (p *Pallet) logUpdate(c *frame.Ctx) {
	p.Storage.Digest.Mutate(c.State, func(d *Digest) { d.Logs = append(d.Logs, bt.DigestItem{RuntimeEnvironmentUpdated: &scale.Unit{}}) })
}
