package contract

import (
	"fmt"
	"slices"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"

	"onebill/ledger/chaincode/bill"
)

// The organisations of the channel, by their MSP ids.
const (
	Operator    = "OperatorMSP"
	Carrier     = "CarrierMSP"
	Port        = "PortMSP"
	PartnerPort = "PartnerPortMSP"
)

var organisations = []string{Operator, Carrier, Port, PartnerPort}

// founders are the organisations that founded the channel, with their kinds.
// Rules and recoveries are any three of theirs to decide.
var founders = map[string]bill.OrganisationKind{
	Operator: bill.KindOperator, Carrier: bill.KindCarrier, Port: bill.KindPort, PartnerPort: bill.KindPort,
}

// term is a part of an endorsement policy: one organisation's peer, or so many
// of several parts.
type term struct {
	organisation string
	needed       int
	of           []term
}

func peerOf(organisation string) term { return term{organisation: organisation} }

func outOf(needed int, of ...term) term { return term{needed: needed, of: of} }

func allOf(of ...term) term { return outOf(len(of), of...) }

func anyOf(of ...term) term { return outOf(1, of...) }

func anyThree() term {
	return outOf(3, peerOf(Operator), peerOf(Carrier), peerOf(Port), peerOf(PartnerPort))
}

// billPolicy says whose peers must endorse what becomes of a bill: the
// operator, a port, and the organisation that vouches for the possessor; or
// any three, so that the bill outlives its platform. An endorsement counts
// once only, so where the possessor's organisation is a port it is that port.
func billPolicy(possessorVouchedBy string) ([]byte, error) {
	aPort := anyOf(peerOf(Port), peerOf(PartnerPort))
	switch possessorVouchedBy {
	case Operator:
		return encodePolicy(anyOf(allOf(peerOf(Operator), aPort), anyThree()))
	case Carrier:
		return encodePolicy(anyOf(allOf(peerOf(Operator), aPort, peerOf(Carrier)), anyThree()))
	case Port, PartnerPort:
		return encodePolicy(anyOf(allOf(peerOf(Operator), peerOf(possessorVouchedBy)), anyThree()))
	case "":
		return nil, fmt.Errorf("nobody vouches for the possessor")
	}
	// Whoever was admitted later endorses beside a founding port.
	return encodePolicy(anyOf(allOf(peerOf(Operator), aPort, peerOf(possessorVouchedBy)), anyThree()))
}

// partyPolicy says whose peers must endorse a change of a party: the
// organisation that vouches for it and one other, two others where the
// operator vouches; or any three, so that an organisation that leaves freezes
// no party.
func partyPolicy(vouchedBy string) ([]byte, error) {
	if vouchedBy == "" {
		return nil, fmt.Errorf("nobody vouches for the party")
	}
	var others []term
	for _, organisation := range organisations {
		if organisation != vouchedBy {
			others = append(others, peerOf(organisation))
		}
	}
	needed := 1
	if vouchedBy == Operator {
		needed = 2
	}
	return encodePolicy(anyOf(allOf(peerOf(vouchedBy), outOf(needed, others...)), anyThree()))
}

// threePolicy is that of what any three founding organisations decide.
func threePolicy() ([]byte, error) { return encodePolicy(anyThree()) }

// encodePolicy writes a signature policy as the peer reads it.
func encodePolicy(root term) ([]byte, error) {
	envelope := &common.SignaturePolicyEnvelope{}
	signers := root.signers(slices.Clone(organisations))
	for _, organisation := range signers {
		role, err := proto.Marshal(&msp.MSPRole{MspIdentifier: organisation, Role: msp.MSPRole_PEER})
		if err != nil {
			return nil, fmt.Errorf("write policy: %w", err)
		}
		envelope.Identities = append(envelope.Identities, &msp.MSPPrincipal{
			PrincipalClassification: msp.MSPPrincipal_ROLE,
			Principal:               role,
		})
	}
	envelope.Rule = root.rule(signers)
	policy, err := proto.MarshalOptions{Deterministic: true}.Marshal(envelope)
	if err != nil {
		return nil, fmt.Errorf("write policy: %w", err)
	}
	return policy, nil
}

// signers adds the organisations of the term that are not there yet.
func (t term) signers(known []string) []string {
	if t.organisation != "" && !slices.Contains(known, t.organisation) {
		known = append(known, t.organisation)
	}
	for _, part := range t.of {
		known = part.signers(known)
	}
	return known
}

func (t term) rule(signers []string) *common.SignaturePolicy {
	if t.organisation != "" {
		signer := slices.Index(signers, t.organisation)
		return &common.SignaturePolicy{Type: &common.SignaturePolicy_SignedBy{SignedBy: int32(signer)}}
	}
	rules := make([]*common.SignaturePolicy, 0, len(t.of))
	for _, part := range t.of {
		rules = append(rules, part.rule(signers))
	}
	return &common.SignaturePolicy{Type: &common.SignaturePolicy_NOutOf_{
		NOutOf: &common.SignaturePolicy_NOutOf{N: int32(t.needed), Rules: rules},
	}}
}
