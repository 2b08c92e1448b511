package bill

import (
	"slices"
	"time"
)

// rolesOnTheBill is what each party named on the face must be registered as.
// The first carrier's role is asked with its receipts.
func (t IssueTerms) rolesOnTheBill() []struct {
	party PartyID
	role  Role
} {
	type named = struct {
		party PartyID
		role  Role
	}
	roles := []named{
		{t.Shipper, RoleShipper},
		{t.DeliveryAgent, RoleDeliveryAgent},
		{t.CarriersAgent, RoleCarriersAgent},
		{t.Terminal, RoleTerminal},
	}
	for _, party := range t.Customs {
		roles = append(roles, named{party, RoleCustoms})
	}
	return roles
}

// issue checks what a bill is born with: its parties, the shipper's approval,
// the first carrier's receipt for every container, and the documentary date.
func (t *transition) issue() error {
	terms, _ := t.act.Terms.(IssueTerms)
	if err := t.checkIssueParties(terms); err != nil {
		return err
	}
	for _, replaced := range terms.Replaces {
		t.bill.Replaces = append(t.bill.Replaces, replaced.TransportDocumentReference)
	}
	takenInCharge, err := t.checkTakenInCharge(terms)
	if err != nil {
		return err
	}
	if err := t.checkApproval(terms); err != nil {
		return err
	}
	if err := t.checkReplaced(terms); err != nil {
		return err
	}
	if err := t.checkContainersFree(terms); err != nil {
		return err
	}
	b := t.bill
	b.TransportDocumentTypeCode = terms.TransportDocumentTypeCode
	b.IsToOrder = terms.IsToOrder
	b.Issuer = t.act.Actor
	b.IssuerVouchedBy = t.actor.VouchingOrganisation
	b.IssuedDateTime = FormatTime(t.facts.Now)
	b.Shipper = terms.Shipper
	b.Consignee = terms.Consignee
	b.DeliveryAgent = terms.DeliveryAgent
	b.CarriersAgent = terms.CarriersAgent
	b.Terminal = terms.Terminal
	b.Customs = slices.Clone(terms.Customs)
	b.FirstCarrier = terms.FirstCarrier
	b.DocumentHash = terms.DocumentHash
	b.CertificateHash = terms.CertificateHash
	b.TakingInChargeDate = terms.TakingInChargeDate
	b.TakenInChargeDateTime = FormatTime(takenInCharge)
	b.IsClean = terms.IsClean
	b.Conditions = terms.Conditions
	b.ConfirmedPayments = []PaymentOf{}
	b.CustomsReleasedBy = []PartyID{}
	b.Holds = []Hold{}
	b.NotedLegs = []int64{}
	b.ContainerKeys = make([]string, 0, len(terms.Containers))
	for _, container := range terms.Containers {
		b.ContainerKeys = append(b.ContainerKeys, container.ContainerKey)
		if container.IsPartContainer {
			b.PartContainerKeys = append(b.PartContainerKeys, container.ContainerKey)
		}
	}
	return nil
}

func (t *transition) checkIssueParties(terms IssueTerms) error {
	for _, party := range terms.Parties() {
		if _, err := t.facts.Parties.Active(party); err != nil {
			return err
		}
	}
	for _, named := range terms.rolesOnTheBill() {
		if _, err := t.facts.Parties.inRole(named.party, named.role); err != nil {
			return err
		}
	}
	return nil
}

func (t *transition) checkApproval(terms IssueTerms) error {
	approval := terms.Approval
	switch {
	case approval.Defect != "":
		return Refuse(ApprovalInvalid, "the approval is not one: %s", approval.Defect)
	case approval.Channel != t.act.Channel || approval.Reference != t.act.Reference:
		return Refuse(ApprovalInvalid, "the approval is of another bill or channel")
	case approval.Shipper != terms.Shipper:
		return Refuse(ApprovalInvalid, "the approval is not by the shipper of the bill")
	case approval.DocumentHash != terms.DocumentHash:
		return Refuse(ApprovalInvalid, "the shipper approved another document")
	case approval.IssueTo != t.act.Recipient:
		return Refuse(ApprovalInvalid, "the shipper approved that the bill goes to another than party %s", t.act.Recipient)
	case approval.Endorsee != terms.Endorsee || approval.Consignee != terms.Consignee:
		return Refuse(ApprovalInvalid, "the shipper approved another endorsee or consignee")
	case approval.ApprovedDateTime.After(t.act.ActionDateTime):
		return Refuse(ApprovalInvalid, "the document was approved after it was issued")
	case !approval.SignedBy(t.facts.Parties[terms.Shipper]):
		return Refuse(ApprovalInvalid, "the approval is not signed by the shipper's key")
	}
	return nil
}

// checkTakenInCharge wants the first carrier's receipt for every container:
// without custody there is no bill. It returns the time of the latest.
func (t *transition) checkTakenInCharge(terms IssueTerms) (time.Time, error) {
	var latest time.Time
	for _, container := range terms.Containers {
		receipt := container.Receipt
		if err := t.checkReceipt(receipt, TakenInCharge); err != nil {
			return time.Time{}, err
		}
		if receipt.ContainerKey != container.ContainerKey {
			return time.Time{}, Refuse(ReceiptInvalid, "the receipt beside container %s is for another", container.ContainerKey)
		}
		if receipt.Carrier != terms.FirstCarrier {
			return time.Time{}, Refuse(ReceiptInvalid, "the receipt of container %s is not by the first carrier", container.ContainerKey)
		}
		if receipt.LegSequence != 1 {
			return time.Time{}, Refuse(ReceiptInvalid, "the receipt of container %s is of leg %d, not of the first", container.ContainerKey, receipt.LegSequence)
		}
		if receipt.EventDateTime.After(latest) {
			latest = receipt.EventDateTime
		}
	}
	if date := latest.UTC().Format(time.DateOnly); date != terms.TakingInChargeDate {
		return time.Time{}, Refuse(WrongDate, "the goods were taken in charge on %s, not on %s", date, terms.TakingInChargeDate)
	}
	return latest, nil
}

// checkReceipt accepts only a carrier's own word, on this bill, of what has
// happened.
func (t *transition) checkReceipt(receipt Receipt, wanted ReceiptType) error {
	if receipt.Defect != "" {
		return Refuse(ReceiptInvalid, "a receipt is not one: %s", receipt.Defect)
	}
	carrier, err := t.facts.Parties.inRole(receipt.Carrier, RoleCarrier)
	switch {
	case err != nil:
		return Refuse(ReceiptInvalid, "a receipt is not by a carrier: %v", err)
	case receipt.Channel != t.act.Channel || !t.isOfThisBill(receipt.Reference):
		return Refuse(ReceiptInvalid, "a receipt is of another bill or channel")
	case receipt.ReceiptType != wanted:
		return Refuse(ReceiptInvalid, "a receipt says %s where %s is wanted", receipt.ReceiptType, wanted)
	case receipt.EventDateTime.After(t.act.ActionDateTime):
		return Refuse(ReceiptInvalid, "a receipt speaks of %s, which had not come", FormatTime(receipt.EventDateTime))
	case !receipt.SignedBy(carrier):
		return Refuse(ReceiptInvalid, "a receipt is not signed by the key of carrier %s", receipt.Carrier)
	}
	return nil
}

// isOfThisBill accepts a receipt of a bill that this one replaces: the carrier
// took the box once, and need not say so again.
func (t *transition) isOfThisBill(reference string) bool {
	return reference == t.act.Reference || slices.Contains(t.bill.Replaces, reference)
}

// noteOnBoard records once for each leg that every container was loaded.
func (t *transition) noteOnBoard() error {
	terms, _ := t.act.Terms.(NoteOnBoardTerms)
	if slices.Contains(t.bill.NotedLegs, terms.LegSequence) {
		return Refuse(AlreadyNoted, "leg %d of bill %s was noted on board before", terms.LegSequence, t.act.Reference)
	}
	takenInCharge, err := ParseTime(t.bill.TakenInChargeDateTime)
	if err != nil {
		return err
	}
	loaded := map[string]bool{}
	for _, receipt := range terms.Receipts {
		if err := t.checkReceipt(receipt, LoadedOnBoard); err != nil {
			return err
		}
		switch {
		case receipt.LegSequence != terms.LegSequence:
			return Refuse(ReceiptInvalid, "a receipt is of leg %d, not of leg %d", receipt.LegSequence, terms.LegSequence)
		case !slices.Contains(t.bill.ContainerKeys, receipt.ContainerKey):
			return Refuse(ReceiptInvalid, "container %s is not of bill %s", receipt.ContainerKey, t.act.Reference)
		case loaded[receipt.ContainerKey]:
			return Refuse(ReceiptInvalid, "container %s has two receipts", receipt.ContainerKey)
		case receipt.EventDateTime.Before(takenInCharge):
			return Refuse(ReceiptInvalid, "container %s cannot be loaded before it was taken in charge", receipt.ContainerKey)
		case receipt.Carrier != terms.Receipts[0].Carrier:
			return Refuse(ReceiptInvalid, "the receipts of leg %d are by several carriers", terms.LegSequence)
		}
		loaded[receipt.ContainerKey] = true
	}
	for _, key := range t.bill.ContainerKeys {
		if !loaded[key] {
			return Refuse(ReceiptMissing, "there is no receipt that container %s was loaded", key)
		}
	}
	t.bill.NotedLegs = append(t.bill.NotedLegs, terms.LegSequence)
	return nil
}
