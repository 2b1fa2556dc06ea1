// Package yuma is Yuma Consensus as arithmetic: one epoch of one mechanism of a subnet, from weights, stake and former
// bonds to consensus, incentive, dividends, new bonds and emission, and the aggregation of a subnet's mechanisms.
//
// A consensus rule is a function from Input to Output. [Yuma3] (with a plain or a liquid moving average of bonds) and
// [Yuma2] live here, and [Null], which does without consensus. Other rules stand beside this package and share its types: they begin with [Prepare], compute their
// [Scores] and end with [Stage.Output].
//
// All results equal those of the chain this one follows (spec 425) to the last bit. That fixes the order of masks and
// normalisations, the places where sums wrap and where they saturate, and odd corners: rows with unsorted or repeated
// columns, columns beyond the last neuron, vectors shorter than the subnet. Comments name them where they matter.
//
// What is not here: storage, who may set weights, when an epoch is due, the split of emission between subnets, and the
// distribution of what an epoch earned to hotkeys, owners and stakers.
package yuma
