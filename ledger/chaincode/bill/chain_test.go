package bill

import (
	"testing"
	"time"
)

func TestInvariant10EveryActFollowsTheHeadWithoutAGap(t *testing.T) {
	d := issued(t)
	gap := d.act(Transfer, seller, issuingBank, nil)
	gap.Sequence++
	d.refuse(WrongSequence, gap)
	repeated := d.act(Transfer, seller, issuingBank, nil)
	repeated.Sequence--
	d.refuse(WrongSequence, repeated)
	other := d.act(Transfer, seller, issuingBank, nil)
	other.PreviousActHash = "another head"
	d.refuse(WrongPreviousHash, other)

	next := d.act(Transfer, seller, issuingBank, nil)
	d.do(next)
	if d.bill.Sequence != 2 || d.bill.HeadActHash != next.Hash {
		t.Fatalf("the head is act %d, %s", d.bill.Sequence, d.bill.HeadActHash)
	}
	d.refuse(WrongSequence, next) // the same act again
}

func TestInvariant12TimeNeverRunsBackwards(t *testing.T) {
	d := issued(t)
	d.facts.Now = start.Add(5*time.Minute + 700*time.Millisecond)
	d.transfer(seller, issuingBank)
	d.facts.Now = start.Add(5*time.Minute + 699*time.Millisecond)
	d.refuse(TimeBeforePrevious, d.act(Sign, issuingBank, "", nil))
	d.facts.Now = start.Add(5*time.Minute + 700*time.Millisecond)
	d.do(d.act(Sign, issuingBank, "", nil))
}

func TestInvariant12AnActIsNeitherExpiredNorOfTheFuture(t *testing.T) {
	d := issued(t)
	a := d.act(Transfer, seller, issuingBank, nil)
	a.ActionDateTime, a.ExpiryDateTime = d.facts.Now.Add(-time.Hour), d.facts.Now.Add(-time.Nanosecond)
	d.refuse(ActExpired, a)
	a.ExpiryDateTime = d.facts.Now
	d.do(a)

	ahead := d.act(Sign, issuingBank, "", nil)
	ahead.ActionDateTime = d.facts.Now.Add(2*time.Minute + time.Second)
	d.refuse(ActFromTheFuture, ahead)
	ahead.ActionDateTime = d.facts.Now.Add(2 * time.Minute)
	d.do(ahead)
}

func TestInvariant9WhatTheBillWasBornWithNeverChanges(t *testing.T) {
	d := issued(t)
	born := d.bill.Clone()
	d.accomplished()
	got := d.bill.Clone()
	for _, b := range []*Bill{born, got} { // forget all that acts may change
		b.State, b.Possessor, b.PossessorVouchedBy, b.TitleHolder, b.TitleOnReceipt = "", "", "", "", ""
		b.Sequence, b.HeadActHash, b.EventDateTime, b.EventNanoseconds = 0, "", "", 0
		b.Previous, b.Surrender, b.Release, b.Holds = nil, nil, nil, nil
		b.ConfirmedPayments, b.CustomsReleasedBy, b.MasterReleased, b.NotedLegs = nil, nil, false, nil
		b.Unendorsable, b.UnendorsableOnReceipt = false, false
		b.DeliveredTo, b.ProofOfDeliveryHash = "", ""
	}
	mustEqual(t, got, born)
}

func TestInvariant23OfTwoActsOnOneVersionOneIsRecorded(t *testing.T) {
	d := issued(t)
	toBank := d.act(Transfer, seller, issuingBank, nil)
	toBuyer := d.act(Transfer, seller, buyer, nil)
	d.do(toBank)
	d.refuse(WrongSequence, toBuyer)
	d.check(Issued, issuingBank, issuingBank)
}
