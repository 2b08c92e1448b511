package bill

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// gateOneShut lists what keeps the terminal from releasing the containers.
// Only what the bill's conditions name is waited for.
func (b *Bill) gateOneShut() []string {
	var shut []string
	if b.Conditions.Customs {
		for _, authority := range b.Customs {
			if !slices.Contains(b.CustomsReleasedBy, authority) {
				shut = append(shut, "customs "+string(authority)+" has not released")
			}
		}
	}
	if b.Conditions.MasterDocuments && !b.MasterReleased {
		shut = append(shut, "the master document is not released")
	}
	if b.Conditions.TerminalCharges && !slices.Contains(b.ConfirmedPayments, TerminalCharges) {
		shut = append(shut, "terminal charges are not secured")
	}
	shut = append(shut, b.holdsShut()...)
	if b.Conditions.GateOne != GateOneAgentsCustody && !b.deliverable() {
		shut = append(shut, "the surrender is not accepted")
	}
	return shut
}

// gateTwoShut lists what keeps the goods from the receiver. Freight that was
// to be prepaid is not among it, and never will be.
func (b *Bill) gateTwoShut(now time.Time) []string {
	var shut []string
	if !b.deliverable() {
		shut = append(shut, "the surrender is not accepted")
	}
	if b.Conditions.ReceiverCharges && !slices.Contains(b.ConfirmedPayments, ReceiverCharges) {
		shut = append(shut, "the receiver's charges are not paid")
	}
	if b.Conditions.GeneralAverage && !slices.Contains(b.ConfirmedPayments, GeneralAverage) {
		shut = append(shut, "general average is not secured")
	}
	shut = append(shut, b.holdsShut()...)
	return append(shut, b.passShut(now)...)
}

// deliverable says whether the bill itself allows delivery: surrendered and
// accepted, or a sea waybill without a contrary instruction of its shipper.
func (b *Bill) deliverable() bool {
	return b.State == Surrendered || b.TransportDocumentTypeCode == SeaWaybill && b.State == Issued
}

// besideShut lists the other bills on a container of which this bill is part.
func (t *transition) besideShut() []string {
	var shut []string
	for _, reference := range slices.Sorted(maps.Keys(t.facts.BillsBeside)) {
		if state := t.facts.BillsBeside[reference]; state != Surrendered && state != Accomplished {
			shut = append(shut, "bill "+reference+" on the same container is not surrendered")
		}
	}
	return shut
}

func (b *Bill) holdsShut() []string {
	var shut []string
	for _, hold := range b.Holds {
		shut = append(shut, "hold "+hold.HoldReference+" is not lifted")
	}
	return shut
}

func (b *Bill) passShut(now time.Time) []string {
	if b.Release == nil {
		return []string{"no pick-up pass is live"}
	}
	if until, err := ParseTime(b.Release.ValidUntil); err != nil || now.After(until) {
		return []string{"the pick-up pass ended at " + b.Release.ValidUntil}
	}
	for _, key := range b.ContainerKeys {
		if !slices.Contains(b.Release.ContainerKeys, key) {
			return []string{"the pick-up pass is not for every container of the bill"}
		}
	}
	return nil
}

func refuseShut(shut []string) error {
	if len(shut) == 0 {
		return nil
	}
	return Refuse(GateClosed, "%s", strings.Join(shut, "; "))
}

// openGateOne releases containers to a haulier with a pass that is used once.
// A later release takes the place of the one before.
func (t *transition) openGateOne() error {
	terms, _ := t.act.Terms.(ReleaseTerms)
	if t.facts.PassUsed {
		return Refuse(PassUsed, "this pick-up pass was used before")
	}
	if !terms.ValidUntil.After(t.act.ActionDateTime) {
		return Refuse(PassWrong, "the pick-up pass would end at %s, before it begins", FormatTime(terms.ValidUntil))
	}
	for _, key := range terms.ContainerKeys {
		if !slices.Contains(t.bill.ContainerKeys, key) {
			return Refuse(PassWrong, "container %s is not of bill %s", key, t.act.Reference)
		}
	}
	if _, err := t.facts.Parties.inRole(t.act.Recipient, RoleCarrier); err != nil {
		return err
	}
	if err := t.checkNotDelivered(); err != nil {
		return err
	}
	if err := refuseShut(append(t.bill.gateOneShut(), t.besideShut()...)); err != nil {
		return err
	}
	t.bill.Release = &Release{
		ContainerKeys: slices.Clone(terms.ContainerKeys),
		Haulier:       t.act.Recipient,
		PassHash:      terms.PassHash,
		ValidUntil:    FormatTime(terms.ValidUntil),
	}
	return nil
}

// openGateTwo hands over the goods. Every condition is asked again: what was
// true at gate one may have changed since.
func (t *transition) openGateTwo() error {
	terms, _ := t.act.Terms.(AccomplishTerms)
	if t.bill.Release == nil || terms.PassHash != t.bill.Release.PassHash {
		return Refuse(PassWrong, "the pass is not that of the live release of bill %s", t.act.Reference)
	}
	if err := t.checkNotDelivered(); err != nil {
		return err
	}
	if err := refuseShut(append(t.bill.gateTwoShut(t.facts.Now), t.besideShut()...)); err != nil {
		return err
	}
	t.bill.ProofOfDeliveryHash = terms.ProofOfDeliveryHash
	t.bill.DeliveredTo = t.act.Recipient
	return nil
}
