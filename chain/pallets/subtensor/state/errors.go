package state

import "github.com/myelin-go/myelin/chain/frame"

// Error is all of SubtensorModule's errors; the indices are wire format, and official clients print the documentation.
type Error struct {
	RootNetworkDoesNotExist                  frame.Error `index:"0" doc:"Root network does not exist."`
	InvalidIpType                            frame.Error `index:"1" doc:"Invalid ip type."`
	InvalidIpAddress                         frame.Error `index:"2" doc:"Invalid ip address."`
	InvalidPort                              frame.Error `index:"3" doc:"Invalid port."`
	HotKeyNotRegisteredInSubNet              frame.Error `index:"4" doc:"Hot key not registered in sub net."`
	HotKeyAccountNotExists                   frame.Error `index:"5" doc:"Hot key account not exists."`
	HotKeyNotRegisteredInNetwork             frame.Error `index:"6" doc:"Hot key not registered in network."`
	NonAssociatedColdKey                     frame.Error `index:"7" doc:"Non associated cold key."`
	NotEnoughStake                           frame.Error `index:"8" doc:"Not enough stake."`
	NotEnoughStakeToWithdraw                 frame.Error `index:"9" doc:"Not enough stake to withdraw."`
	NotEnoughStakeToSetWeights               frame.Error `index:"10" doc:"Not enough stake to set weights."`
	NotEnoughStakeToSetChildkeys             frame.Error `index:"11" doc:"Not enough stake to set childkeys."`
	NotEnoughBalanceToStake                  frame.Error `index:"12" doc:"Not enough balance to stake."`
	BalanceWithdrawalError                   frame.Error `index:"13" doc:"Balance withdrawal error."`
	ZeroBalanceAfterWithdrawn                frame.Error `index:"14" doc:"Zero balance after withdrawn."`
	NeuronNoValidatorPermit                  frame.Error `index:"15" doc:"Neuron no validator permit."`
	WeightVecNotEqualSize                    frame.Error `index:"16" doc:"Weight vec not equal size."`
	DuplicateUids                            frame.Error `index:"17" doc:"Duplicate uids."`
	UidVecContainInvalidOne                  frame.Error `index:"18" doc:"Uid vec contain invalid one."`
	WeightVecLengthIsLow                     frame.Error `index:"19" doc:"Weight vec length is low."`
	TooManyRegistrationsThisBlock            frame.Error `index:"20" doc:"Too many registrations this block."`
	HotKeyAlreadyRegisteredInSubNet          frame.Error `index:"21" doc:"Hot key already registered in sub net."`
	NewHotKeyIsSameWithOld                   frame.Error `index:"22" doc:"New hot key is same with old."`
	NewHotKeyNotCleanForRootSwap             frame.Error `index:"23" doc:"New hot key not clean for root swap."`
	InvalidWorkBlock                         frame.Error `index:"24" doc:"Invalid work block."`
	InvalidDifficulty                        frame.Error `index:"25" doc:"Invalid difficulty."`
	InvalidSeal                              frame.Error `index:"26" doc:"Invalid seal."`
	MaxWeightExceeded                        frame.Error `index:"27" doc:"Max weight exceeded."`
	HotKeyAlreadyDelegate                    frame.Error `index:"28" doc:"Hot key already delegate."`
	SettingWeightsTooFast                    frame.Error `index:"29" doc:"Setting weights too fast."`
	IncorrectWeightVersionKey                frame.Error `index:"30" doc:"Incorrect weight version key."`
	ServingRateLimitExceeded                 frame.Error `index:"31" doc:"Serving rate limit exceeded."`
	UidsLengthExceedUidsInSubNet             frame.Error `index:"32" doc:"Uids length exceed uids in sub net."`
	NetworkTxRateLimitExceeded               frame.Error `index:"33" doc:"Network tx rate limit exceeded."`
	DelegateTxRateLimitExceeded              frame.Error `index:"34" doc:"Delegate tx rate limit exceeded."`
	HotKeySetTxRateLimitExceeded             frame.Error `index:"35" doc:"Hot key set tx rate limit exceeded."`
	StakingRateLimitExceeded                 frame.Error `index:"36" doc:"Staking rate limit exceeded."`
	SubNetRegistrationDisabled               frame.Error `index:"37" doc:"Sub net registration disabled."`
	TooManyRegistrationsThisInterval         frame.Error `index:"38" doc:"Too many registrations this interval."`
	TransactorAccountShouldBeHotKey          frame.Error `index:"39" doc:"Transactor account should be hot key."`
	FaucetDisabled                           frame.Error `index:"40" doc:"Faucet disabled."`
	NotSubnetOwner                           frame.Error `index:"41" doc:"Not subnet owner."`
	RegistrationNotPermittedOnRootSubnet     frame.Error `index:"42" doc:"Registration not permitted on root subnet."`
	StakeTooLowForRoot                       frame.Error `index:"43" doc:"Stake too low for root."`
	AllNetworksInImmunity                    frame.Error `index:"44" doc:"All networks in immunity."`
	NotEnoughBalanceToPaySwapHotKey          frame.Error `index:"45" doc:"Not enough balance to pay swap hot key."`
	NotRootSubnet                            frame.Error `index:"46" doc:"Not root subnet."`
	CanNotSetRootNetworkWeights              frame.Error `index:"47" doc:"Can not set root network weights."`
	NoNeuronIdAvailable                      frame.Error `index:"48" doc:"No neuron id available."`
	DelegateTakeTooLow                       frame.Error `index:"49" doc:"Delegate take too low."`
	DelegateTakeTooHigh                      frame.Error `index:"50" doc:"Delegate take too high."`
	NoWeightsCommitFound                     frame.Error `index:"51" doc:"No weights commit found."`
	InvalidRevealCommitHashNotMatch          frame.Error `index:"52" doc:"Invalid reveal commit hash not match."`
	CommitRevealEnabled                      frame.Error `index:"53" doc:"Commit reveal enabled."`
	CommitRevealDisabled                     frame.Error `index:"54" doc:"Commit reveal disabled."`
	LiquidAlphaDisabled                      frame.Error `index:"55" doc:"Liquid alpha disabled."`
	AlphaHighTooLow                          frame.Error `index:"56" doc:"Alpha high too low."`
	AlphaLowOutOfRange                       frame.Error `index:"57" doc:"Alpha low out of range."`
	ColdKeyAlreadyAssociated                 frame.Error `index:"58" doc:"Cold key already associated."`
	NotEnoughBalanceToPaySwapColdKey         frame.Error `index:"59" doc:"Not enough balance to pay swap cold key."`
	InvalidChild                             frame.Error `index:"60" doc:"Invalid child."`
	DuplicateChild                           frame.Error `index:"61" doc:"Duplicate child."`
	ProportionOverflow                       frame.Error `index:"62" doc:"Proportion overflow."`
	TooManyChildren                          frame.Error `index:"63" doc:"Too many children."`
	TxRateLimitExceeded                      frame.Error `index:"64" doc:"Tx rate limit exceeded."`
	ColdkeySwapAnnouncementNotFound          frame.Error `index:"65" doc:"Coldkey swap announcement not found."`
	ColdkeySwapTooEarly                      frame.Error `index:"66" doc:"Coldkey swap too early."`
	ColdkeySwapReannouncedTooEarly           frame.Error `index:"67" doc:"Coldkey swap reannounced too early."`
	AnnouncedColdkeyHashDoesNotMatch         frame.Error `index:"68" doc:"Announced coldkey hash does not match."`
	ColdkeySwapAlreadyDisputed               frame.Error `index:"69" doc:"Coldkey swap already disputed."`
	NewColdKeyIsHotkey                       frame.Error `index:"70" doc:"New cold key is hotkey."`
	InvalidChildkeyTake                      frame.Error `index:"71" doc:"Invalid childkey take."`
	TxChildkeyTakeRateLimitExceeded          frame.Error `index:"72" doc:"Tx childkey take rate limit exceeded."`
	InvalidIdentity                          frame.Error `index:"73" doc:"Invalid identity."`
	MechanismDoesNotExist                    frame.Error `index:"74" doc:"Mechanism does not exist."`
	StakeUnavailable                         frame.Error `index:"75" doc:"Stake unavailable."`
	SubnetNotExists                          frame.Error `index:"76" doc:"Subnet not exists."`
	TooManyUnrevealedCommits                 frame.Error `index:"77" doc:"Too many unrevealed commits."`
	ExpiredWeightCommit                      frame.Error `index:"78" doc:"Expired weight commit."`
	RevealTooEarly                           frame.Error `index:"79" doc:"Reveal too early."`
	InputLengthsUnequal                      frame.Error `index:"80" doc:"Input lengths unequal."`
	CommittingWeightsTooFast                 frame.Error `index:"81" doc:"Committing weights too fast."`
	AmountTooLow                             frame.Error `index:"82" doc:"Amount too low."`
	InsufficientLiquidity                    frame.Error `index:"83" doc:"Insufficient liquidity."`
	SlippageTooHigh                          frame.Error `index:"84" doc:"Slippage too high."`
	TransferDisallowed                       frame.Error `index:"85" doc:"Transfer disallowed."`
	ActivityCutoffTooLow                     frame.Error `index:"86" doc:"Activity cutoff too low."`
	CallDisabled                             frame.Error `index:"87" doc:"Call disabled."`
	FirstEmissionBlockNumberAlreadySet       frame.Error `index:"88" doc:"First emission block number already set."`
	NeedWaitingMoreBlocksToStarCall          frame.Error `index:"89" doc:"Need waiting more blocks to star call."`
	NotEnoughAlphaOutToRecycle               frame.Error `index:"90" doc:"Not enough alpha out to recycle."`
	CannotBurnOrRecycleOnRootSubnet          frame.Error `index:"91" doc:"Cannot burn or recycle on root subnet."`
	UnableToRecoverPublicKey                 frame.Error `index:"92" doc:"Unable to recover public key."`
	InvalidRecoveredPublicKey                frame.Error `index:"93" doc:"Invalid recovered public key."`
	SubtokenDisabled                         frame.Error `index:"94" doc:"Subtoken disabled."`
	HotKeySwapOnSubnetIntervalNotPassed      frame.Error `index:"95" doc:"Hot key swap on subnet interval not passed."`
	SameNetuid                               frame.Error `index:"97" doc:"Same netuid."`
	InsufficientTaoBalance                   frame.Error `index:"98" doc:"Insufficient tao balance."`
	InvalidLeaseBeneficiary                  frame.Error `index:"99" doc:"Invalid lease beneficiary."`
	LeaseCannotEndInThePast                  frame.Error `index:"100" doc:"Lease cannot end in the past."`
	LeaseNetuidNotFound                      frame.Error `index:"101" doc:"Lease netuid not found."`
	LeaseDoesNotExist                        frame.Error `index:"102" doc:"Lease does not exist."`
	LeaseHasNoEndBlock                       frame.Error `index:"103" doc:"Lease has no end block."`
	LeaseHasNotEnded                         frame.Error `index:"104" doc:"Lease has not ended."`
	Overflow                                 frame.Error `index:"105" doc:"Overflow."`
	BeneficiaryDoesNotOwnHotkey              frame.Error `index:"106" doc:"Beneficiary does not own hotkey."`
	ExpectedBeneficiaryOrigin                frame.Error `index:"107" doc:"Expected beneficiary origin."`
	AdminActionProhibitedDuringWeightsWindow frame.Error `index:"108" doc:"Admin action prohibited during weights window."`
	SymbolDoesNotExist                       frame.Error `index:"109" doc:"Symbol does not exist."`
	SymbolAlreadyInUse                       frame.Error `index:"110" doc:"Symbol already in use."`
	IncorrectCommitRevealVersion             frame.Error `index:"111" doc:"Incorrect commit reveal version."`
	InvalidRevealRound                       frame.Error `index:"112" doc:"Invalid reveal round."`
	RevealPeriodTooLarge                     frame.Error `index:"113" doc:"Reveal period too large."`
	RevealPeriodTooSmall                     frame.Error `index:"114" doc:"Reveal period too small."`
	InvalidValue                             frame.Error `index:"115" doc:"Invalid value."`
	SubnetLimitReached                       frame.Error `index:"116" doc:"Subnet limit reached."`
	CannotAffordLockCost                     frame.Error `index:"117" doc:"Cannot afford lock cost."`
	EvmKeyAssociateRateLimitExceeded         frame.Error `index:"118" doc:"Evm key associate rate limit exceeded."`
	EvmKeyAssociationLimitExceeded           frame.Error `index:"119" doc:"Evm key association limit exceeded."`
	SameAutoStakeHotkeyAlreadySet            frame.Error `index:"120" doc:"Same auto stake hotkey already set."`
	UidMapCouldNotBeCleared                  frame.Error `index:"121" doc:"Uid map could not be cleared."`
	TrimmingWouldExceedMaxImmunePercentage   frame.Error `index:"122" doc:"Trimming would exceed max immune percentage."`
	ChildParentInconsistency                 frame.Error `index:"123" doc:"Child parent inconsistency."`
	InvalidRootClaimThreshold                frame.Error `index:"124" doc:"Invalid root claim threshold."`
	TooManyUIDsPerMechanism                  frame.Error `index:"125" doc:"Too many ui ds per mechanism."`
	VotingPowerTrackingNotEnabled            frame.Error `index:"126" doc:"Voting power tracking not enabled."`
	InvalidVotingPowerEmaAlpha               frame.Error `index:"127" doc:"Invalid voting power ema alpha."`
	Deprecated                               frame.Error `index:"128" doc:"Deprecated."`
	SubnetBuybackRateLimitExceeded           frame.Error `index:"129" doc:"Subnet buyback rate limit exceeded."`
	NetworkDissolveAlreadyQueued             frame.Error `index:"130" doc:"Network dissolve already queued."`
	AddStakeBurnRateLimitExceeded            frame.Error `index:"131" doc:"Add stake burn rate limit exceeded."`
	ColdkeySwapAnnounced                     frame.Error `index:"132" doc:"Coldkey swap announced."`
	ColdkeySwapDisputed                      frame.Error `index:"133" doc:"Coldkey swap disputed."`
	ColdkeySwapClearTooEarly                 frame.Error `index:"134" doc:"Coldkey swap clear too early."`
	DisabledTemporarily                      frame.Error `index:"135" doc:"Disabled temporarily."`
	RegistrationPriceLimitExceeded           frame.Error `index:"136" doc:"Registration price limit exceeded."`
	LockHotkeyMismatch                       frame.Error `index:"137" doc:"Lock hotkey mismatch."`
	InsufficientStakeForLock                 frame.Error `index:"138" doc:"Insufficient stake for lock."`
	NoExistingLock                           frame.Error `index:"139" doc:"No existing lock."`
	ActiveLockExists                         frame.Error `index:"140" doc:"Active lock exists."`
	CannotUseSystemAccount                   frame.Error `index:"141" doc:"Cannot use system account."`
	UnlockAmountTooHigh                      frame.Error `index:"142" doc:"Unlock amount too high."`
	WaitingForDissolvedSubnetCleanup         frame.Error `index:"143" doc:"Waiting for dissolved subnet cleanup."`
	TempoOutOfBounds                         frame.Error `index:"144" doc:"Tempo out of bounds."`
	ActivityCutoffFactorMilliOutOfBounds     frame.Error `index:"145" doc:"Activity cutoff factor milli out of bounds."`
	EpochTriggerAlreadyPending               frame.Error `index:"146" doc:"Epoch trigger already pending."`
	AutoEpochAlreadyImminent                 frame.Error `index:"147" doc:"Auto epoch already imminent."`
	DynamicTempoBlockedByCommitReveal        frame.Error `index:"148" doc:"Dynamic tempo blocked by commit reveal."`
	AccountRejectsLockedAlpha                frame.Error `index:"149" doc:"Account rejects locked alpha."`
	LockIdOverFlow                           frame.Error `index:"150" doc:"Lock id over flow."`
	StartCallNotReady                        frame.Error `index:"151" doc:"Start call not ready."`
	InsufficientAlphaBalance                 frame.Error `index:"152" doc:"Insufficient alpha balance."`
	RootStakeLocked                          frame.Error `index:"156" doc:"Root stake locked."`
	RootWeightSettingDisabled                frame.Error `index:"158" doc:"Root weight setting disabled."`
	RootClaimTooHeavy                        frame.Error `index:"159" doc:"Root claim too heavy."`
}
