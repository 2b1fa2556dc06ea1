package state

import "github.com/myelin-go/myelin/chain/frame"

// Error is all of SubtensorModule's errors; the indices are wire format, and official clients print the documentation.
type Error struct {
	RootNetworkDoesNotExist                  frame.Error `index:"0" doc:"The root network does not exist."`
	InvalidIpType                            frame.Error `index:"1" doc:"The kind of address is neither 4 nor 6."`
	InvalidIpAddress                         frame.Error `index:"2" doc:"The address cannot be reached by others, such as a machine's own one."`
	InvalidPort                              frame.Error `index:"3" doc:"Port 0 cannot be served on."`
	HotKeyNotRegisteredInSubNet              frame.Error `index:"4" doc:"The hotkey has no uid in this subnet."`
	HotKeyAccountNotExists                   frame.Error `index:"5" doc:"Nobody owns this hotkey yet."`
	HotKeyNotRegisteredInNetwork             frame.Error `index:"6" doc:"The hotkey has no uid where it needs one."`
	NonAssociatedColdKey                     frame.Error `index:"7" doc:"The hotkey belongs to another coldkey."`
	NotEnoughStake                           frame.Error `index:"8" doc:"The stake is too low for this."`
	NotEnoughStakeToWithdraw                 frame.Error `index:"9" doc:"More alpha is to be taken than is staked."`
	NotEnoughStakeToSetWeights               frame.Error `index:"10" doc:"The hotkey's stake is below the threshold for setting weights."`
	NotEnoughStakeToSetChildkeys             frame.Error `index:"11" doc:"The hotkey's stake is below the threshold for having children."`
	NotEnoughBalanceToStake                  frame.Error `index:"12" doc:"The coldkey's balance does not cover the amount."`
	BalanceWithdrawalError                   frame.Error `index:"13" doc:"The amount could not be taken from the balance."`
	ZeroBalanceAfterWithdrawn                frame.Error `index:"14" doc:"Nothing would be left of the balance."`
	NeuronNoValidatorPermit                  frame.Error `index:"15" doc:"The neuron has no validator permit."`
	WeightVecNotEqualSize                    frame.Error `index:"16" doc:"There are not as many weights as uids."`
	DuplicateUids                            frame.Error `index:"17" doc:"A uid stands in the list twice."`
	UidVecContainInvalidOne                  frame.Error `index:"18" doc:"A uid in the list is not in use."`
	WeightVecLengthIsLow                     frame.Error `index:"19" doc:"Fewer weights are set than the subnet wants."`
	TooManyRegistrationsThisBlock            frame.Error `index:"20" doc:"No more registrations fit in this block; try the next one."`
	HotKeyAlreadyRegisteredInSubNet          frame.Error `index:"21" doc:"The hotkey has a uid in this subnet already."`
	NewHotKeyIsSameWithOld                   frame.Error `index:"22" doc:"The new hotkey is the old one."`
	NewHotKeyNotCleanForRootSwap             frame.Error `index:"23" doc:"The new hotkey has root stake or dividends to claim already."`
	InvalidWorkBlock                         frame.Error `index:"24" doc:"The block of the proof of work is too old or lies ahead."`
	InvalidDifficulty                        frame.Error `index:"25" doc:"The proof of work does not meet the difficulty."`
	InvalidSeal                              frame.Error `index:"26" doc:"The seal does not follow from block, nonce and key."`
	MaxWeightExceeded                        frame.Error `index:"27" doc:"A weight is above the highest one allowed."`
	HotKeyAlreadyDelegate                    frame.Error `index:"28" doc:"The hotkey is a delegate already."`
	SettingWeightsTooFast                    frame.Error `index:"29" doc:"The pause since the last weights is not over."`
	IncorrectWeightVersionKey                frame.Error `index:"30" doc:"The version is lower than the subnet asks of its validators."`
	ServingRateLimitExceeded                 frame.Error `index:"31" doc:"The pause since the last announcement is not over."`
	UidsLengthExceedUidsInSubNet             frame.Error `index:"32" doc:"More uids are given than the subnet has."`
	NetworkTxRateLimitExceeded               frame.Error `index:"33" doc:"The pause since the last subnet registration is not over."`
	DelegateTxRateLimitExceeded              frame.Error `index:"34" doc:"The pause since the last change of the take is not over."`
	HotKeySetTxRateLimitExceeded             frame.Error `index:"35" doc:"The pause since the last swap of a hotkey is not over."`
	StakingRateLimitExceeded                 frame.Error `index:"36" doc:"The pause since the last change of stake is not over."`
	SubNetRegistrationDisabled               frame.Error `index:"37" doc:"Registrations are closed here now."`
	TooManyRegistrationsThisInterval         frame.Error `index:"38" doc:"No more registrations fit in this interval."`
	TransactorAccountShouldBeHotKey          frame.Error `index:"39" doc:"The signer must be the hotkey itself."`
	FaucetDisabled                           frame.Error `index:"40" doc:"This network has no faucet."`
	NotSubnetOwner                           frame.Error `index:"41" doc:"Only the subnet's owner may do this."`
	RegistrationNotPermittedOnRootSubnet     frame.Error `index:"42" doc:"The root subnet does not take this; use root_register to join it."`
	StakeTooLowForRoot                       frame.Error `index:"43" doc:"All seats of root are taken by hotkeys with at least as much root stake."`
	AllNetworksInImmunity                    frame.Error `index:"44" doc:"Every subnet is still immune, so none can make room."`
	NotEnoughBalanceToPaySwapHotKey          frame.Error `index:"45" doc:"The balance does not cover the cost of swapping a hotkey."`
	NotRootSubnet                            frame.Error `index:"46" doc:"This is for the root subnet only."`
	CanNotSetRootNetworkWeights              frame.Error `index:"47" doc:"Weights cannot be set on the root subnet."`
	NoNeuronIdAvailable                      frame.Error `index:"48" doc:"All uids are taken, and none of them can be given up."`
	DelegateTakeTooLow                       frame.Error `index:"49" doc:"The take is below the lowest one, or does not change as the call says."`
	DelegateTakeTooHigh                      frame.Error `index:"50" doc:"The take is above the highest one."`
	NoWeightsCommitFound                     frame.Error `index:"51" doc:"There is no commit of weights to reveal."`
	InvalidRevealCommitHashNotMatch          frame.Error `index:"52" doc:"What is revealed is not what was committed."`
	CommitRevealEnabled                      frame.Error `index:"53" doc:"This subnet wants weights committed first and revealed later."`
	CommitRevealDisabled                     frame.Error `index:"54" doc:"This subnet does not take commits; set weights directly."`
	LiquidAlphaDisabled                      frame.Error `index:"55" doc:"Liquid alpha is off in this subnet."`
	AlphaHighTooLow                          frame.Error `index:"56" doc:"The upper alpha is too low."`
	AlphaLowOutOfRange                       frame.Error `index:"57" doc:"The lower alpha is too low, or above the upper one."`
	ColdKeyAlreadyAssociated                 frame.Error `index:"58" doc:"The coldkey has hotkeys or stake already."`
	NotEnoughBalanceToPaySwapColdKey         frame.Error `index:"59" doc:"The balance does not cover the cost of swapping a coldkey."`
	InvalidChild                             frame.Error `index:"60" doc:"A hotkey cannot be its own child."`
	DuplicateChild                           frame.Error `index:"61" doc:"A child stands in the list twice."`
	ProportionOverflow                       frame.Error `index:"62" doc:"The children's proportions sum to more than the whole."`
	TooManyChildren                          frame.Error `index:"63" doc:"A hotkey can have five children at most."`
	TxRateLimitExceeded                      frame.Error `index:"64" doc:"The pause since the last call of this kind is not over."`
	ColdkeySwapAnnouncementNotFound          frame.Error `index:"65" doc:"No swap of this coldkey was announced."`
	ColdkeySwapTooEarly                      frame.Error `index:"66" doc:"The announced swap may not be made yet."`
	ColdkeySwapReannouncedTooEarly           frame.Error `index:"67" doc:"Another swap may not be announced yet."`
	AnnouncedColdkeyHashDoesNotMatch         frame.Error `index:"68" doc:"The new coldkey is not the announced one."`
	ColdkeySwapAlreadyDisputed               frame.Error `index:"69" doc:"The swap of this coldkey is disputed already."`
	NewColdKeyIsHotkey                       frame.Error `index:"70" doc:"The new coldkey is a hotkey."`
	InvalidChildkeyTake                      frame.Error `index:"71" doc:"The childkey take is outside its bounds."`
	TxChildkeyTakeRateLimitExceeded          frame.Error `index:"72" doc:"The pause since the last change of the childkey take is not over."`
	InvalidIdentity                          frame.Error `index:"73" doc:"A text of the identity is too long."`
	MechanismDoesNotExist                    frame.Error `index:"74" doc:"There is no such mechanism."`
	StakeUnavailable                         frame.Error `index:"75" doc:"So much of the stake is locked that not enough is free."`
	SubnetNotExists                          frame.Error `index:"76" doc:"There is no such subnet."`
	TooManyUnrevealedCommits                 frame.Error `index:"77" doc:"Too many commits wait for their reveal."`
	ExpiredWeightCommit                      frame.Error `index:"78" doc:"The time to reveal this commit is over."`
	RevealTooEarly                           frame.Error `index:"79" doc:"The time to reveal this commit has not come."`
	InputLengthsUnequal                      frame.Error `index:"80" doc:"The lists are not of the same length."`
	CommittingWeightsTooFast                 frame.Error `index:"81" doc:"The pause since the last commit is not over."`
	AmountTooLow                             frame.Error `index:"82" doc:"The amount, or what it is worth in TAO, is below the least allowed."`
	InsufficientLiquidity                    frame.Error `index:"83" doc:"The pool holds too little for this amount."`
	SlippageTooHigh                          frame.Error `index:"84" doc:"The price would pass the limit before all is traded; lower the amount, move the limit or allow a part."`
	TransferDisallowed                       frame.Error `index:"85" doc:"The subnet does not allow stake to change its owner."`
	ActivityCutoffTooLow                     frame.Error `index:"86" doc:"The activity cutoff is below the lowest one."`
	CallDisabled                             frame.Error `index:"87" doc:"This call is switched off."`
	FirstEmissionBlockNumberAlreadySet       frame.Error `index:"88" doc:"The subnet was started before."`
	NeedWaitingMoreBlocksToStarCall          frame.Error `index:"89" doc:"The subnet was registered too recently to be started."`
	NotEnoughAlphaOutToRecycle               frame.Error `index:"90" doc:"Less alpha is out than is to be recycled."`
	CannotBurnOrRecycleOnRootSubnet          frame.Error `index:"91" doc:"The root subnet has no alpha to burn or recycle."`
	UnableToRecoverPublicKey                 frame.Error `index:"92" doc:"No key can be recovered from the signature."`
	InvalidRecoveredPublicKey                frame.Error `index:"93" doc:"The signature is by another key."`
	SubtokenDisabled                         frame.Error `index:"94" doc:"The subnet has not been started: its alpha cannot be traded."`
	HotKeySwapOnSubnetIntervalNotPassed      frame.Error `index:"95" doc:"The pause since the last swap of this hotkey in the subnet is not over."`
	SameNetuid                               frame.Error `index:"97" doc:"Origin and destination are the same."`
	InsufficientTaoBalance                   frame.Error `index:"98" doc:"The balance does not cover the amount."`
	InvalidLeaseBeneficiary                  frame.Error `index:"99" doc:"The beneficiary of the lease is not who it must be."`
	LeaseCannotEndInThePast                  frame.Error `index:"100" doc:"The lease would end before now."`
	LeaseNetuidNotFound                      frame.Error `index:"101" doc:"The subnet of the lease was not found."`
	LeaseDoesNotExist                        frame.Error `index:"102" doc:"There is no such lease."`
	LeaseHasNoEndBlock                       frame.Error `index:"103" doc:"The lease runs without end."`
	LeaseHasNotEnded                         frame.Error `index:"104" doc:"The lease has not ended."`
	Overflow                                 frame.Error `index:"105" doc:"A number grew beyond what it can be."`
	BeneficiaryDoesNotOwnHotkey              frame.Error `index:"106" doc:"The hotkey does not belong to the lease's beneficiary."`
	ExpectedBeneficiaryOrigin                frame.Error `index:"107" doc:"Only the lease's beneficiary may do this."`
	AdminActionProhibitedDuringWeightsWindow frame.Error `index:"108" doc:"Settings are frozen shortly before an epoch; try again after it."`
	SymbolDoesNotExist                       frame.Error `index:"109" doc:"The symbol is not in the table."`
	SymbolAlreadyInUse                       frame.Error `index:"110" doc:"Another subnet has this symbol."`
	IncorrectCommitRevealVersion             frame.Error `index:"111" doc:"The commit is of another version than the chain takes."`
	InvalidRevealRound                       frame.Error `index:"112" doc:"The round of the beacon has passed already."`
	RevealPeriodTooLarge                     frame.Error `index:"113" doc:"The reveal period is too long."`
	RevealPeriodTooSmall                     frame.Error `index:"114" doc:"The reveal period is too short."`
	InvalidValue                             frame.Error `index:"115" doc:"The value makes no sense here."`
	SubnetLimitReached                       frame.Error `index:"116" doc:"There are as many subnets as there may be, and none can make room."`
	CannotAffordLockCost                     frame.Error `index:"117" doc:"The balance does not cover the cost of a subnet."`
	EvmKeyAssociateRateLimitExceeded         frame.Error `index:"118" doc:"The pause since the last association of an Ethereum key is not over."`
	EvmKeyAssociationLimitExceeded           frame.Error `index:"119" doc:"The Ethereum key is associated with too many neurons."`
	SameAutoStakeHotkeyAlreadySet            frame.Error `index:"120" doc:"Rewards are staked on this hotkey already."`
	UidMapCouldNotBeCleared                  frame.Error `index:"121" doc:"The map of uids could not be cleared."`
	TrimmingWouldExceedMaxImmunePercentage   frame.Error `index:"122" doc:"Too many of the neurons that would stay are immune."`
	ChildParentInconsistency                 frame.Error `index:"123" doc:"A hotkey would be parent and child of the same one."`
	InvalidRootClaimThreshold                frame.Error `index:"124" doc:"The threshold for claims is too high."`
	TooManyUIDsPerMechanism                  frame.Error `index:"125" doc:"The mechanisms would have more uids together than allowed."`
	VotingPowerTrackingNotEnabled            frame.Error `index:"126" doc:"Voting power is not tracked in this subnet."`
	InvalidVotingPowerEmaAlpha               frame.Error `index:"127" doc:"The smoothing factor is above one."`
	Deprecated                               frame.Error `index:"128" doc:"This call no longer does anything."`
	SubnetBuybackRateLimitExceeded           frame.Error `index:"129" doc:"The pause since the last buyback is not over."`
	NetworkDissolveAlreadyQueued             frame.Error `index:"130" doc:"The subnet is being dissolved already."`
	AddStakeBurnRateLimitExceeded            frame.Error `index:"131" doc:"The pause since the last staking for burning is not over."`
	ColdkeySwapAnnounced                     frame.Error `index:"132" doc:"A swap of this coldkey is announced: until then it can do nothing else."`
	ColdkeySwapDisputed                      frame.Error `index:"133" doc:"The swap of this coldkey is disputed: it can do nothing until root decides."`
	ColdkeySwapClearTooEarly                 frame.Error `index:"134" doc:"The announcement may not be taken back yet."`
	DisabledTemporarily                      frame.Error `index:"135" doc:"This is switched off for now."`
	RegistrationPriceLimitExceeded           frame.Error `index:"136" doc:"The registration costs more than the limit."`
	LockHotkeyMismatch                       frame.Error `index:"137" doc:"The coldkey's alpha in this subnet is locked to another hotkey."`
	InsufficientStakeForLock                 frame.Error `index:"138" doc:"The stake does not cover what would be locked."`
	NoExistingLock                           frame.Error `index:"139" doc:"There is no lock."`
	ActiveLockExists                         frame.Error `index:"140" doc:"The coldkey has locked alpha."`
	CannotUseSystemAccount                   frame.Error `index:"141" doc:"The account holds a subnet's TAO and cannot be a hotkey."`
	UnlockAmountTooHigh                      frame.Error `index:"142" doc:"Less is locked than is to be unlocked."`
	WaitingForDissolvedSubnetCleanup         frame.Error `index:"143" doc:"A dissolved subnet is still being cleared away."`
	TempoOutOfBounds                         frame.Error `index:"144" doc:"The tempo is outside its bounds."`
	ActivityCutoffFactorMilliOutOfBounds     frame.Error `index:"145" doc:"The activity cutoff factor is outside its bounds."`
	EpochTriggerAlreadyPending               frame.Error `index:"146" doc:"An epoch was triggered already."`
	AutoEpochAlreadyImminent                 frame.Error `index:"147" doc:"The next epoch comes too soon to trigger one."`
	DynamicTempoBlockedByCommitReveal        frame.Error `index:"148" doc:"An epoch cannot be triggered while weights are committed first."`
	AccountRejectsLockedAlpha                frame.Error `index:"149" doc:"The receiver does not accept locked alpha."`
	LockIdOverFlow                           frame.Error `index:"150" doc:"No more numbers are left for locks."`
	StartCallNotReady                        frame.Error `index:"151" doc:"The subnet cannot be started yet."`
	InsufficientAlphaBalance                 frame.Error `index:"152" doc:"The stake does not cover the amount of alpha."`
	RootStakeLocked                          frame.Error `index:"156" doc:"Root stake cannot be taken back so soon."`
	RootWeightSettingDisabled                frame.Error `index:"158" doc:"Weights of root are switched off."`
	RootClaimTooHeavy                        frame.Error `index:"159" doc:"The claim covers too many subnets for one call."`
	CommitPayloadTooLarge                    frame.Error `index:"173" doc:"The timelocked weights are too long for this subnet."`
	CommitQueueFull                          frame.Error `index:"174" doc:"The subnet has as many timelocked weights as it may, and all of hotkeys with more stake."`
	InvalidNumRootClaim                      frame.Error `index:"250" doc:"A block cannot claim for so many coldkeys by itself."`
	InvalidSubnetNumber                      frame.Error `index:"251" doc:"No subnets, or too many, are named."`
	TooManyStakingHotkeys                    frame.Error `index:"252" doc:"The coldkey has as many hotkeys as it may."`
	WorkRepeated                             frame.Error `index:"253" doc:"The proof of work was used before."`
}
