-- Keys that sign acts, and everything that was signed with them.

-- The private half is sealed under a key that the database never sees (AES-256-GCM, bound to
-- the kid). One live key per organisation.
CREATE TABLE keys (
    kid text PRIMARY KEY CHECK (length(kid) = 43),
    organisation text NOT NULL UNIQUE CHECK (organisation <> ''),
    public_key text NOT NULL,
    sealed_key bytea NOT NULL,
    created_at timestamptz NOT NULL
);
CALL protect('keys', 'kid');
GRANT SELECT, INSERT ON keys TO :role;

-- Append-only: what was signed, when, and on whose judgement.
CREATE TABLE signatures (
    act_hash text PRIMARY KEY CHECK (act_hash ~ '^[0-9a-f]{64}$'),
    organisation text NOT NULL CHECK (organisation <> ''),
    kid text NOT NULL REFERENCES keys (kid),
    reference text NOT NULL,
    sequence bigint NOT NULL CHECK (sequence >= 1),
    action_code text NOT NULL,
    signed_act text NOT NULL,
    judgement_reference text,
    signed_at timestamptz NOT NULL,
    -- The operator signs no bill into being that documents has not judged.
    CHECK (action_code <> 'ISSUE' OR judgement_reference <> '')
);
CREATE INDEX signatures_by_reference ON signatures (reference, sequence);
CALL protect('signatures', 'reference');
GRANT SELECT, INSERT ON signatures TO :role;
