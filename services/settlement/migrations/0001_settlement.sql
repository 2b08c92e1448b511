-- Settlement: ratings, invoices, payables, payments, and the journal. Amounts are minor units.

-- Bookings that ended before performance: whatever comes late for them is refused. Nothing but
-- the reference stands here, so every caller may look.
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

-- `organisation` is the payer.
CREATE TABLE ratings (
    rating_reference text PRIMARY KEY,
    booking_reference text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> ''),
    currency_code text NOT NULL,
    total_amount bigint NOT NULL CHECK (total_amount >= 0),
    lines jsonb NOT NULL,
    unverified jsonb NOT NULL,
    rated_at timestamptz NOT NULL
);
CREATE INDEX ratings_by_booking ON ratings (booking_reference);
CALL protect('ratings', 'booking_reference');
REVOKE ALL ON ratings FROM :role;
GRANT SELECT, INSERT ON ratings TO :role;

-- One invoice to the shipper per consignment (invariant 48): the unique booking keeps it.
CREATE TABLE invoices (
    listed_as bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    invoice_number text PRIMARY KEY,
    booking_reference text NOT NULL UNIQUE,
    organisation text NOT NULL CHECK (organisation <> ''),
    payment_term text NOT NULL CHECK (payment_term IN ('PRE', 'COL')),
    currency_code text NOT NULL,
    total_amount bigint NOT NULL CHECK (total_amount > 0),
    lines jsonb NOT NULL,
    state text NOT NULL
        CHECK (state IN ('OPEN', 'PAYMENT_PENDING', 'PAID', 'CREDITED', 'ON_CREDIT')),
    was_on_credit boolean NOT NULL,
    issued_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    paid_at timestamptz CHECK (state <> 'PAID' OR paid_at IS NOT NULL)
);
CALL protect('invoices', 'booking_reference');
REVOKE ALL ON invoices FROM :role;
GRANT SELECT, INSERT ON invoices TO :role;
GRANT UPDATE (state, was_on_credit, paid_at) ON invoices TO :role;

-- `organisation` is the carrier: it sees its own and nobody else's.
CREATE TABLE payables (
    listed_as bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    payable_reference text PRIMARY KEY,
    booking_reference text NOT NULL,
    leg_sequence integer NOT NULL CHECK (leg_sequence >= 1),
    organisation text NOT NULL CHECK (organisation <> ''),
    currency_code text NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    basis text NOT NULL CHECK (basis IN ('BUY_RATE', 'POOL_SHARE')),
    terms text NOT NULL
        CHECK (terms IN ('AT_ACCEPTANCE_OF_LOAD', 'BEFORE_MASTER_RELEASE', 'ON_STATEMENT')),
    explanation text NOT NULL,
    pool text NOT NULL,
    brings_in_amount bigint,
    fixed_amount bigint,
    weight bigint,
    state text NOT NULL CHECK (state IN ('AGREED', 'DUE', 'PAID', 'REVERSED')),
    event_id text NOT NULL,
    cost_amount bigint,
    cost_currency_code text,
    due_at timestamptz,
    paid_at timestamptz CHECK (state <> 'PAID' OR paid_at IS NOT NULL),
    UNIQUE (booking_reference, leg_sequence),
    CHECK ((basis = 'POOL_SHARE') = (pool <> '')),
    CHECK (pool = '' OR (brings_in_amount IS NOT NULL AND fixed_amount IS NOT NULL
        AND weight IS NOT NULL))
);
-- No grants by booking here: a grant would show one carrier what another is paid.
CALL protect('payables', 'payable_reference');
REVOKE ALL ON payables FROM :role;
GRANT SELECT, INSERT ON payables TO :role;
GRANT UPDATE (state, explanation, event_id, cost_amount, cost_currency_code, due_at, paid_at)
    ON payables TO :role;

-- Orders to a rail, written before the rail is told. `organisation` is the other side.
CREATE TABLE payments (
    payment_reference text PRIMARY KEY,
    subject text NOT NULL,
    booking_reference text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> ''),
    direction text NOT NULL CHECK (direction IN ('COLLECT', 'PAY_OUT')),
    rail text NOT NULL,
    account text NOT NULL,
    currency_code text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    request_id text NOT NULL,
    state text NOT NULL CHECK (state IN ('INTENDED', 'SETTLED', 'REFUSED')),
    rail_reference text NOT NULL,
    explanation text NOT NULL,
    intended_at timestamptz NOT NULL,
    answered_at timestamptz CHECK ((state = 'INTENDED') = (answered_at IS NULL))
);
-- Nothing is ever paid twice: of one subject at most one payment is under way or done.
CREATE UNIQUE INDEX payments_once ON payments (subject) WHERE state <> 'REFUSED';
CREATE INDEX payments_by_subject ON payments (subject);
CALL protect('payments', 'payment_reference');
REVOKE ALL ON payments FROM :role;
GRANT SELECT, INSERT ON payments TO :role;
GRANT UPDATE (state, rail_reference, explanation, answered_at) ON payments TO :role;

CREATE TABLE closures (
    booking_reference text PRIMARY KEY,
    organisation text NOT NULL CHECK (organisation <> ''),
    margin_amount bigint NOT NULL,
    currency_code text NOT NULL,
    closed_at timestamptz NOT NULL
);
CALL protect('closures', 'booking_reference');
REVOKE ALL ON closures FROM :role;
GRANT SELECT, INSERT ON closures TO :role;

-- The journal: double entry, append-only. A posting is two lines, a debit below zero and a
-- credit above. Whoever settles something writes; only the operator reads.
CREATE SEQUENCE journal_entry_number;
CREATE TABLE journal_entries (
    entry_number bigint PRIMARY KEY,
    entry_key text NOT NULL UNIQUE,
    entry_type text NOT NULL,
    booking_reference text NOT NULL,
    posted_at timestamptz NOT NULL,
    reverses text NOT NULL,
    -- The transaction that wrote it; later ones may not add lines.
    written_by xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX journal_entries_by_booking ON journal_entries (booking_reference, entry_number);
CREATE TABLE journal_lines (
    entry_number bigint NOT NULL REFERENCES journal_entries,
    posting_number integer NOT NULL CHECK (posting_number >= 1),
    account text NOT NULL CHECK (account <> ''),
    currency_code text NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
    amount bigint NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (entry_number, posting_number, account)
);
ALTER TABLE journal_entries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE journal_lines ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY entries_written_by_all ON journal_entries FOR INSERT
    WITH CHECK (caller_organisation() IS NOT NULL);
CREATE POLICY lines_written_by_all ON journal_lines FOR INSERT
    WITH CHECK (caller_organisation() IS NOT NULL);
CREATE POLICY entries_read_by_operator ON journal_entries FOR SELECT
    USING (caller_organisation() = 'operator');
CREATE POLICY lines_read_by_operator ON journal_lines FOR SELECT
    USING (caller_organisation() = 'operator');
-- The checks below run as the owner of the tables, whoever writes.
CREATE POLICY entries_checked ON journal_entries FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY lines_checked ON journal_lines FOR SELECT TO CURRENT_USER USING (true);

CREATE FUNCTION entry_sums_to_zero() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $check$
DECLARE
    unbalanced text;
BEGIN
    SELECT string_agg(currency_code || ' ' || difference, ', ') INTO unbalanced
    FROM (
        SELECT currency_code, sum(amount) AS difference FROM journal_lines
        WHERE entry_number = NEW.entry_number GROUP BY currency_code HAVING sum(amount) <> 0
    ) AS sums;
    IF unbalanced IS NOT NULL THEN
        RAISE EXCEPTION 'journal entry % does not sum to zero: %', NEW.entry_number, unbalanced
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM journal_lines WHERE entry_number = NEW.entry_number) THEN
        RAISE EXCEPTION 'journal entry % has no lines', NEW.entry_number
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$check$;
CREATE CONSTRAINT TRIGGER entry_sums_to_zero AFTER INSERT ON journal_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION entry_sums_to_zero();
CREATE CONSTRAINT TRIGGER line_sums_to_zero AFTER INSERT ON journal_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION entry_sums_to_zero();

CREATE FUNCTION entry_is_sealed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $check$
BEGIN
    IF NOT EXISTS (
        SELECT FROM journal_entries
        WHERE entry_number = NEW.entry_number AND written_by = pg_current_xact_id()
    ) THEN
        RAISE EXCEPTION 'journal entry % was written before and is sealed', NEW.entry_number
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$check$;
CREATE TRIGGER entry_is_sealed BEFORE INSERT ON journal_lines
    FOR EACH ROW EXECUTE FUNCTION entry_is_sealed();

CREATE FUNCTION journal_is_append_only() RETURNS trigger
    LANGUAGE plpgsql AS $check$
BEGIN
    RAISE EXCEPTION 'the journal is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$check$;
CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entries
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
CREATE TRIGGER lines_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_lines
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();

REVOKE ALL ON journal_entries, journal_lines FROM :role;
GRANT SELECT, INSERT ON journal_entries, journal_lines TO :role;
GRANT USAGE ON SEQUENCE journal_entry_number TO :role;

-- The books of the SANDBOX bank, which stands in for a real one: it moves no money. Apart from
-- everything above, as another bank's books would be.
CREATE TABLE sandbox_bank_payments (
    payment_reference text PRIMARY KEY,
    direction text NOT NULL,
    account text NOT NULL,
    currency_code text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    settled boolean NOT NULL,
    sandbox_reference text NOT NULL CHECK (sandbox_reference LIKE 'SANDBOX-%'),
    explanation text NOT NULL
);
ALTER TABLE sandbox_bank_payments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY sandbox_bank_of_operator ON sandbox_bank_payments
    USING (caller_organisation() = 'operator');
REVOKE ALL ON sandbox_bank_payments FROM :role;
GRANT SELECT, INSERT ON sandbox_bank_payments TO :role;
