package contract

import (
	"fmt"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"

	"onebill/ledger/chaincode/act"
	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/jcs"
)

const (
	// maxClockLead is how far a party's clock may be ahead of the transaction's.
	maxClockLead = 2 * time.Minute
	// maxWait is how long a signed registration or rotation may wait for its
	// way here.
	maxWait = 30 * 24 * time.Hour
)

// registerParty records a party's key and roles. The party signed with the key;
// the submitting certificate decides who vouches, and for which roles it may.
func registerParty(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	registration, err := act.ParseRegistration(arguments[0])
	if err != nil {
		return nil, err
	}
	now, err := transactionTime(stub)
	if err != nil {
		return nil, err
	}
	if err := checkStatement(stub, registration.Channel, registration.ActionDateTime, now); err != nil {
		return nil, err
	}
	if err := checkWait(registration.ActionDateTime, now); err != nil {
		return nil, err
	}
	party := registration.Party
	if !registration.SignedByAll() {
		return nil, bill.Refuse(bill.SignatureInvalid, "the registration is not signed by every key that it registers")
	}
	submitter, err := submittingOrganisation(stub)
	if err != nil {
		return nil, err
	}
	state := &reader{}
	state.want(partyKey(party.Party), rulesKey)
	if err := state.read(stub); err != nil {
		return nil, err
	}
	rules, err := state.rules()
	if err != nil {
		return nil, err
	}
	if err := checkVouching(rules, submitter, party); err != nil {
		return nil, err
	}
	if party.RulebookVersion != rules.RulebookVersion || party.RulebookHash != rules.RulebookHash {
		return nil, bill.Refuse(bill.RulebookNotInForce, "the rulebook in force is version %d with hash %s", rules.RulebookVersion, rules.RulebookHash)
	}
	if state.values[partyKey(party.Party)] != nil {
		return nil, bill.Refuse(bill.PartyExists, "party %s is registered already", party.Party)
	}
	party.Status = bill.PartyActive
	party.RegisteredDateTime = bill.FormatTime(now)
	party.Keys = []bill.PartyKey{{
		How: bill.ByRegistration, KeyCustody: registration.KeyCustody, KeyID: party.KeyID, Since: party.RegisteredDateTime,
	}}
	if party.Approver != nil {
		party.Approver.Keys = []bill.PartyKey{{
			How: bill.ByRegistration, KeyCustody: bill.OwnKey, KeyID: party.Approver.KeyID, Since: party.RegisteredDateTime,
		}}
	}
	policy, err := partyPolicy(party.VouchingOrganisation)
	if err != nil {
		return nil, err
	}
	stub.StartWriteBatch()
	if err := stub.SetStateValidationParameter(partyKey(party.Party), policy); err != nil {
		return nil, fmt.Errorf("write policy: %w", err)
	}
	if err := beginRecoveries(stub, party.Party); err != nil {
		return nil, err
	}
	return writeParty(stub, party)
}

// checkVouching asks whether the submitting organisation may make such a party.
func checkVouching(rules *bill.Rules, submitter string, party bill.Party) error {
	kind, isMember := rules.KindOf(submitter)
	if !isMember || submitter != party.VouchingOrganisation {
		return bill.Refuse(bill.NotVouchingOrganisation, "%s cannot register a party that %s vouches for", submitter, party.VouchingOrganisation)
	}
	for _, role := range party.Roles {
		if !kind.VouchesFor(role) {
			return bill.Refuse(bill.NotVouchingOrganisation, "%s does not vouch for a party of role %s", submitter, role)
		}
	}
	return nil
}

// checkStatement asks whether a statement about a party is made for this
// channel, and not of the future.
func checkStatement(stub shim.ChaincodeStubInterface, channel string, signed, now time.Time) error {
	if channel != stub.GetChannelID() {
		return bill.Refuse(bill.WrongChannel, "this is made for channel %s", channel)
	}
	if signed.Sub(now) > maxClockLead {
		return bill.Refuse(bill.ActFromTheFuture, "this is signed for %s, but it is %s", bill.FormatTime(signed), bill.FormatTime(now))
	}
	return nil
}

// checkWait asks whether a statement came soon enough. Whoever kept one back
// could else use it when its party has long forgotten it, and lost its key.
func checkWait(signed, now time.Time) error {
	if now.Sub(signed) > maxWait {
		return bill.Refuse(bill.ActExpired, "this was signed more than 30 days ago")
	}
	return nil
}

// checkLiveKey asks whether the party's live key of that use signed.
func checkLiveKey(statement *act.Statement, party bill.Party, use bill.KeyUse) error {
	party, err := party.Live(use)
	if err != nil {
		return err
	}
	if statement.KeyID != party.KeyID {
		return bill.Refuse(bill.KeyUnknown, "key %s is not the live key of party %s", statement.KeyID, party.Party)
	}
	if !statement.SignedBy(party) {
		return bill.Refuse(bill.SignatureInvalid, "this is not signed by the key of party %s", party.Party)
	}
	return nil
}

// rotateKey lets a party's live key name the key that takes its place, and that
// of its approver likewise; the new key signs too. A key that was given up
// never comes back.
func rotateKey(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	rotation, err := act.ParseRotation(arguments[0])
	if err != nil {
		return nil, err
	}
	now, err := transactionTime(stub)
	if err != nil {
		return nil, err
	}
	if err := checkStatement(stub, rotation.Channel, rotation.ActionDateTime, now); err != nil {
		return nil, err
	}
	if err := checkWait(rotation.ActionDateTime, now); err != nil {
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
	if err := checkLiveKey(rotation.Statement, party, rotation.KeyUse); err != nil {
		return nil, err
	}
	if !rotation.ShowsNewKey() {
		return nil, bill.Refuse(bill.SignatureInvalid, "the rotation is not signed by the new key")
	}
	if party.HasHad(rotation.NewKeyID) {
		return nil, bill.Refuse(bill.KeyReused, "party %s has had this key before", party.Party)
	}
	party.TakeKey(rotation.KeyUse, rotation.NewPublicKey, bill.PartyKey{
		How: bill.ByRotation, KeyCustody: rotation.KeyCustody, KeyID: rotation.NewKeyID, Since: bill.FormatTime(now),
	})
	stub.StartWriteBatch()
	return writeParty(stub, party)
}

// setPartyStatus lets the organisation that vouches suspend a party, reinstate
// it, or revoke it for good.
func setPartyStatus(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	status, reasonHash := bill.Status(arguments[1]), arguments[2]
	switch status {
	case bill.PartyActive, bill.PartySuspended, bill.PartyRevoked:
	default:
		return nil, bill.Refuse(bill.StatusWrong, "a party is ACTIVE, SUSPENDED or REVOKED, not %q", arguments[1])
	}
	if !act.IsHash(reasonHash) {
		return nil, bill.Refuse(bill.StatusWrong, "the reason is told by its salted hash")
	}
	party, err := readParty(stub, arguments[0])
	if err != nil {
		return nil, err
	}
	submitter, err := submittingOrganisation(stub)
	if err != nil {
		return nil, err
	}
	now, err := transactionTime(stub)
	if err != nil {
		return nil, err
	}
	switch {
	case submitter != party.VouchingOrganisation:
		return nil, bill.Refuse(bill.NotVouchingOrganisation, "%s cannot set the status of a party that %s vouches for", submitter, party.VouchingOrganisation)
	case party.Status == bill.PartyRevoked:
		return nil, bill.Refuse(bill.StatusWrong, "party %s is revoked for good", party.Party)
	case party.Status == status:
		return nil, bill.Refuse(bill.StatusWrong, "party %s is %s already", party.Party, status)
	}
	party.Status = status
	party.StatusChanges = append(party.StatusChanges, bill.StatusChange{
		ReasonHash: reasonHash, Since: bill.FormatTime(now), Status: status,
	})
	stub.StartWriteBatch()
	return writeParty(stub, party)
}

// writeParty records the party and answers with its id.
func writeParty(stub shim.ChaincodeStubInterface, party bill.Party) ([]byte, error) {
	if err := putRecord(stub, partyKey(party.Party), party); err != nil {
		return nil, fmt.Errorf("write party: %w", err)
	}
	return []byte(party.Party), finish(stub, "party", map[string]any{
		"kid":                  party.KeyID,
		"party":                string(party.Party),
		"vouchingOrganisation": party.VouchingOrganisation,
	})
}

// finish tells the event and ends the batch of writes.
func finish(stub shim.ChaincodeStubInterface, name string, told map[string]any) error {
	event, err := jcs.Encode(told)
	if err != nil {
		return err
	}
	if err := stub.SetEvent(name, event); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	if err := stub.FinishWriteBatch(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
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
