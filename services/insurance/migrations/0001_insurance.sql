-- Insurance: quotes, declarations, certificates, incidents, claims. Amounts are minor units.

-- The booking whose certificate this transaction may see because roles on its bill were verified
-- before the call; null otherwise. Set by the service, for one transaction.
CREATE FUNCTION shown_booking() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('onebill.shown_booking', true), '');

-- Bookings whose cover was cancelled: whatever comes late for them is refused. Nothing but the
-- reference stands here, so every caller may look.
CREATE TABLE ended_bookings (
    booking_reference text PRIMARY KEY,
    organisation text NOT NULL DEFAULT caller_organisation(),
    ended_at timestamptz NOT NULL
);
ALTER TABLE ended_bookings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY ended_bookings_of_all ON ended_bookings
    USING (caller_organisation() IS NOT NULL);
REVOKE ALL ON ended_bookings FROM :role;
GRANT SELECT, INSERT ON ended_bookings TO :role;

-- `organisation` is the assured, here and below.
CREATE TABLE quotes (
    quote_reference text PRIMARY KEY,
    booking_reference text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> '' AND organisation <> 'operator'),
    currency_code text NOT NULL,
    insured_amount bigint NOT NULL CHECK (insured_amount > 0),
    valuation_percent integer NOT NULL CHECK (valuation_percent >= 100),
    premium_amount bigint NOT NULL CHECK (premium_amount > 0),
    perils jsonb NOT NULL,
    unverified jsonb NOT NULL,
    valid_until timestamptz NOT NULL
);
CREATE INDEX quotes_by_booking ON quotes (booking_reference);
CALL protect('quotes', 'booking_reference');
REVOKE ALL ON quotes FROM :role;
GRANT SELECT, INSERT ON quotes TO :role;

CREATE TABLE declarations (
    declaration_reference text PRIMARY KEY,
    booking_reference text NOT NULL UNIQUE,
    organisation text NOT NULL CHECK (organisation <> '' AND organisation <> 'operator'),
    open_cover_reference text NOT NULL,
    quote_reference text NOT NULL REFERENCES quotes,
    state text NOT NULL CHECK (state IN ('DECLARED', 'CERTIFIED', 'CANCELLED')),
    declared_at timestamptz NOT NULL
);
CALL protect('declarations', 'booking_reference');
REVOKE ALL ON declarations FROM :role;
GRANT SELECT, INSERT ON declarations TO :role;
GRANT UPDATE (state) ON declarations TO :role;

-- One certificate per booking (invariant 49); nothing of it ever changes.
CREATE TABLE certificates (
    certificate_number text PRIMARY KEY,
    booking_reference text NOT NULL UNIQUE,
    transport_document_reference text NOT NULL UNIQUE,
    organisation text NOT NULL CHECK (organisation <> '' AND organisation <> 'operator'),
    currency_code text NOT NULL,
    insured_amount bigint NOT NULL CHECK (insured_amount > 0),
    event_id text NOT NULL,
    content text NOT NULL,
    salt text NOT NULL,
    certificate_hash text NOT NULL CHECK (certificate_hash ~ '^[0-9a-f]{64}$'),
    issued_at timestamptz NOT NULL
);
CALL protect('certificates', 'booking_reference');
CREATE POLICY roles_on_the_bill ON certificates FOR SELECT
    USING (booking_reference = shown_booking());
REVOKE ALL ON certificates FROM :role;
GRANT SELECT, INSERT ON certificates TO :role;

-- One incident per event.
CREATE TABLE incidents (
    incident_reference text PRIMARY KEY,
    booking_reference text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> ''),
    leg_sequence integer NOT NULL CHECK (leg_sequence >= 0),
    cause text NOT NULL,
    event_id text NOT NULL,
    opened_at timestamptz NOT NULL,
    explanation text NOT NULL,
    UNIQUE (booking_reference, event_id)
);
CALL protect('incidents', 'booking_reference');
CREATE POLICY roles_on_the_bill ON incidents FOR SELECT
    USING (booking_reference = shown_booking());
REVOKE ALL ON incidents FROM :role;
GRANT SELECT, INSERT ON incidents TO :role;

-- When the goods were delivered: the notice clocks run from here.
CREATE TABLE deliveries (
    booking_reference text PRIMARY KEY,
    organisation text NOT NULL CHECK (organisation <> ''),
    delivered_at timestamptz NOT NULL
);
CALL protect('deliveries', 'booking_reference');
CREATE POLICY roles_on_the_bill ON deliveries FOR SELECT
    USING (booking_reference = shown_booking());
REVOKE ALL ON deliveries FROM :role;
GRANT SELECT, INSERT ON deliveries TO :role;

-- `organisation` is the claimant.
CREATE SEQUENCE claim_number;
CREATE TABLE claims (
    claim_reference text PRIMARY KEY,
    certificate_number text NOT NULL REFERENCES certificates,
    booking_reference text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> '' AND organisation <> 'operator'),
    currency_code text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    state text NOT NULL
        CHECK (state IN ('NOTIFIED', 'SURVEYED', 'ADJUSTED', 'PAID', 'DECLINED')),
    explanation text NOT NULL,
    incident_reference text NOT NULL,
    opened_at timestamptz NOT NULL
);
CREATE INDEX claims_by_certificate ON claims (certificate_number);
CALL protect('claims', 'booking_reference');
REVOKE ALL ON claims FROM :role;
GRANT SELECT, INSERT ON claims TO :role;
GRANT UPDATE (state) ON claims TO :role;
GRANT USAGE ON SEQUENCE claim_number TO :role;
