package contract

import (
	"fmt"
	"slices"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"

	"onebill/ledger/chaincode/act"
	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/jcs"
)

// maxClockLead is how far a party's clock may be ahead of the transaction's.
const maxClockLead = 2 * time.Minute

// registerParty records a party's key and roles. Here alone the submitting
// certificate decides: its organisation is the one that vouches.
func registerParty(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	party, err := act.ParseRegistration(arguments[0])
	if err != nil {
		return nil, err
	}
	submitter, err := submittingOrganisation(stub)
	if err != nil {
		return nil, err
	}
	kind, isMember := kinds[submitter]
	if !isMember || submitter != party.VouchingOrganisation {
		return nil, bill.Refuse(bill.NotVouchingOrganisation, "%s cannot register a party that %s vouches for", submitter, party.VouchingOrganisation)
	}
	for _, role := range party.Roles {
		if !kind.VouchesFor(role) {
			return nil, bill.Refuse(bill.NotVouchingOrganisation, "%s does not vouch for a party of role %s", submitter, role)
		}
	}
	now, err := transactionTime(stub)
	if err != nil {
		return nil, err
	}
	state := &reader{}
	state.want(partyKey(party.Party))
	if err := state.read(stub); err != nil {
		return nil, err
	}
	if state.values[partyKey(party.Party)] != nil {
		return nil, bill.Refuse(bill.PartyExists, "party %s is registered already", party.Party)
	}
	party.Status = bill.PartyActive
	party.RegisteredDateTime = bill.FormatTime(now)
	policy, err := partyPolicy(party.VouchingOrganisation)
	if err != nil {
		return nil, err
	}
	stub.StartWriteBatch()
	if err := stub.SetStateValidationParameter(partyKey(party.Party), policy); err != nil {
		return nil, fmt.Errorf("write policy: %w", err)
	}
	return writeParty(stub, party)
}

// rotateKey lets a party's live key name the key that takes its place. A key
// that was given up never comes back.
func rotateKey(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	rotation, err := act.ParseRotation(arguments[0])
	if err != nil {
		return nil, err
	}
	if rotation.Channel != stub.GetChannelID() {
		return nil, bill.Refuse(bill.WrongChannel, "the rotation is made for channel %s", rotation.Channel)
	}
	now, err := transactionTime(stub)
	if err != nil {
		return nil, err
	}
	state := &reader{}
	state.want(partyKey(rotation.Party))
	if err := state.read(stub); err != nil {
		return nil, err
	}
	parties, err := state.parties([]bill.PartyID{rotation.Party})
	if err != nil {
		return nil, err
	}
	party, err := parties.Active(rotation.Party)
	if err != nil {
		return nil, err
	}
	switch {
	case rotation.Statement.KeyID != party.KeyID:
		return nil, bill.Refuse(bill.KeyUnknown, "key %s is not the live key of party %s", rotation.Statement.KeyID, party.Party)
	case !rotation.Statement.SignedBy(party):
		return nil, bill.Refuse(bill.SignatureInvalid, "the rotation is not signed by the key of party %s", party.Party)
	case rotation.ActionDateTime.Sub(now) > maxClockLead:
		return nil, bill.Refuse(bill.ActFromTheFuture, "the rotation is signed for %s, but it is %s", bill.FormatTime(rotation.ActionDateTime), bill.FormatTime(now))
	case rotation.NewKeyID == party.KeyID || slices.Contains(party.PreviousKeyIDs, rotation.NewKeyID):
		return nil, bill.Refuse(bill.KeyReused, "party %s has had this key before", party.Party)
	}
	party.PreviousKeyIDs = append(party.PreviousKeyIDs, party.KeyID)
	party.KeyID = rotation.NewKeyID
	party.PublicKey = rotation.NewPublicKey
	stub.StartWriteBatch()
	return writeParty(stub, party)
}

// writeParty records the party and answers with its id.
func writeParty(stub shim.ChaincodeStubInterface, party bill.Party) ([]byte, error) {
	if err := putRecord(stub, partyKey(party.Party), party); err != nil {
		return nil, fmt.Errorf("write party: %w", err)
	}
	event, err := jcs.Encode(map[string]any{
		"kid":                  party.KeyID,
		"party":                string(party.Party),
		"vouchingOrganisation": party.VouchingOrganisation,
	})
	if err != nil {
		return nil, err
	}
	if err := stub.SetEvent("party", event); err != nil {
		return nil, fmt.Errorf("write event: %w", err)
	}
	if err := stub.FinishWriteBatch(); err != nil {
		return nil, fmt.Errorf("write party: %w", err)
	}
	return []byte(party.Party), nil
}

func submittingOrganisation(stub shim.ChaincodeStubInterface) (string, error) {
	creator, err := stub.GetCreator()
	if err != nil {
		return "", fmt.Errorf("read the submitter: %w", err)
	}
	identity := &msp.SerializedIdentity{}
	if err := proto.Unmarshal(creator, identity); err != nil {
		return "", fmt.Errorf("read the submitter: %w", err)
	}
	return identity.Mspid, nil
}
