package bill

import "fmt"

// Reason is the stable word of a refusal. It is an interface: never renamed.
type Reason string

func (r Reason) Error() string { return string(r) }

// The reasons for which an act is refused.
const (
	ActMalformed             Reason = "ACT_MALFORMED"
	WrongChannel             Reason = "WRONG_CHANNEL"
	PartyUnknown             Reason = "PARTY_UNKNOWN"
	PartyNotActive           Reason = "PARTY_NOT_ACTIVE"
	KeyUnknown               Reason = "KEY_UNKNOWN"
	SignatureInvalid         Reason = "SIGNATURE_INVALID"
	CountersignatureRequired Reason = "COUNTERSIGNATURE_REQUIRED"
	CountersignatureInvalid  Reason = "COUNTERSIGNATURE_INVALID"
	ActExpired               Reason = "ACT_EXPIRED"
	ActFromTheFuture         Reason = "ACT_FROM_THE_FUTURE"
	TimeBeforePrevious       Reason = "TIME_BEFORE_PREVIOUS"
	WrongSequence            Reason = "WRONG_SEQUENCE"
	WrongPreviousHash        Reason = "WRONG_PREVIOUS_HASH"
	Unknown                  Reason = "BILL_UNKNOWN"
	Exists                   Reason = "BILL_EXISTS"
	ContainerUnderAnother    Reason = "CONTAINER_UNDER_ANOTHER_BILL"
	WrongState               Reason = "WRONG_STATE"
	Closed                   Reason = "BILL_CLOSED"
	NotPossessor             Reason = "NOT_POSSESSOR"
	NotTitleHolder           Reason = "NOT_TITLE_HOLDER"
	NotIssuer                Reason = "NOT_ISSUER"
	NotDeliveryAgent         Reason = "NOT_DELIVERY_AGENT"
	NotCarriersAgent         Reason = "NOT_CARRIERS_AGENT"
	NotTerminal              Reason = "NOT_TERMINAL"
	NotCustoms               Reason = "NOT_CUSTOMS"
	NotHoldAuthority         Reason = "NOT_HOLD_AUTHORITY"
	RoleMissing              Reason = "ROLE_MISSING"
	RecipientIsActor         Reason = "RECIPIENT_IS_ACTOR"
	RecipientWrong           Reason = "RECIPIENT_WRONG"
	NotNegotiable            Reason = "NOT_NEGOTIABLE"
	NothingToReject          Reason = "NOTHING_TO_REJECT"
	NotEntitledToSurrender   Reason = "NOT_ENTITLED_TO_SURRENDER"
	SurrenderReferenceUsed   Reason = "SURRENDER_REFERENCE_USED"
	SurrenderReferenceWrong  Reason = "SURRENDER_REFERENCE_WRONG"
	ReceiptInvalid           Reason = "RECEIPT_INVALID"
	ReceiptMissing           Reason = "RECEIPT_MISSING"
	ApprovalInvalid          Reason = "APPROVAL_INVALID"
	WrongDate                Reason = "WRONG_DATE"
	AlreadyNoted             Reason = "ALREADY_NOTED"
	AlreadyConfirmed         Reason = "ALREADY_CONFIRMED"
	HoldExists               Reason = "HOLD_EXISTS"
	HoldUnknown              Reason = "HOLD_UNKNOWN"
	PassUsed                 Reason = "PASS_USED"
	PassWrong                Reason = "PASS_WRONG"
	GateClosed               Reason = "GATE_CLOSED"
	NotEndorsable            Reason = "NOT_ENDORSABLE"
	NothingPresented         Reason = "NOTHING_PRESENTED"
	PresentationOpen         Reason = "PRESENTATION_OPEN"
	Pledged                  Reason = "BILL_PLEDGED"
	NotPledgee               Reason = "NOT_PLEDGEE"
	GoodsPledged             Reason = "GOODS_PLEDGED"
	TrustEnded               Reason = "TRUST_ENDED"
	DefaultNotRecorded       Reason = "DEFAULT_NOT_RECORDED"
	AmendmentWrong           Reason = "AMENDMENT_WRONG"
	HoldInForce              Reason = "HOLD_IN_FORCE"
	DeliveredWithoutBill     Reason = "DELIVERED_AGAINST_INDEMNITY"
	ReplacesWrong            Reason = "REPLACES_WRONG"
	ContainersDiffer         Reason = "CONTAINERS_DIFFER"
	NotAuthority             Reason = "NOT_AUTHORITY"
	OrderExists              Reason = "ORDER_EXISTS"
	OrderUnknown             Reason = "ORDER_UNKNOWN"
	OrderInForce             Reason = "ORDER_IN_FORCE"
	RegistrationMalformed    Reason = "REGISTRATION_MALFORMED"
	RotationMalformed        Reason = "ROTATION_MALFORMED"
	RecoveryMalformed        Reason = "RECOVERY_MALFORMED"
	RecoveryAsked            Reason = "RECOVERY_ASKED"
	RecoveryUnknown          Reason = "RECOVERY_UNKNOWN"
	RecoveryNotDue           Reason = "RECOVERY_NOT_DUE"
	StatusWrong              Reason = "STATUS_WRONG"
	RulesMalformed           Reason = "RULES_MALFORMED"
	RulesMissing             Reason = "RULES_MISSING"
	RulebookNotInForce       Reason = "RULEBOOK_NOT_IN_FORCE"
	NotFounder               Reason = "NOT_FOUNDER"
	PartyExists              Reason = "PARTY_EXISTS"
	NotVouchingOrganisation  Reason = "NOT_VOUCHING_ORGANISATION"
	ApproverMissing          Reason = "APPROVER_MISSING"
	KeyReused                Reason = "KEY_REUSED"
	NonceMalformed           Reason = "NONCE_MALFORMED"
	RequestMalformed         Reason = "REQUEST_MALFORMED"
)

// Refusal says which rule an act would break. A refused act changes nothing.
type Refusal struct {
	Reason  Reason
	Message string
}

func (r *Refusal) Error() string {
	return string(r.Reason) + ": " + r.Message
}

// Is lets errors.Is ask a refusal for its reason.
func (r *Refusal) Is(target error) bool {
	reason, ok := target.(Reason)
	return ok && reason == r.Reason
}

// Refuse makes a refusal with one clear sentence.
func Refuse(reason Reason, format string, values ...any) *Refusal {
	return &Refusal{Reason: reason, Message: fmt.Sprintf(format, values...)}
}
