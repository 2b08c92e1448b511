-- Each write by its Idempotency-Key: stored before anything is called, answered once. The
-- booking's reference is allotted here, so that a request sent again after a crash books again
-- under the same reference.
CREATE TABLE first_answers (
    organisation text NOT NULL CHECK (organisation <> ''),
    idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 64),
    body_hash bytea NOT NULL,
    request_id uuid NOT NULL,
    booking_reference text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    -- Until then another copy of the request is told that the first is under way.
    leased_until timestamptz NOT NULL,
    status smallint,
    content_type text,
    location text,
    answer bytea,
    PRIMARY KEY (organisation, idempotency_key)
);
ALTER TABLE first_answers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY first_answers_of_tenant ON first_answers
    USING (organisation = caller_organisation())
    WITH CHECK (organisation = caller_organisation());
GRANT SELECT, INSERT, UPDATE ON first_answers TO :role;
