// Package processor tells how long processors have worked: on a machine that is
// busy with other things too, the steadier measure. It is 0 where that is not
// known: off Linux, or with a server elsewhere.
package processor
