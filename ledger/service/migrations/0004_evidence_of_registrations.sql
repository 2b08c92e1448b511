-- What this organisation saw before it vouched: the evidence behind the two salted hashes that a
-- registration carries. Never on the channel.
CREATE TABLE registration_evidence (
    party text PRIMARY KEY CHECK (party ~ '^P[A-Z2-7]{26}$'),
    identity text NOT NULL,
    identity_salt text NOT NULL,
    screening text NOT NULL,
    screening_salt text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> ''),
    kept_at timestamptz NOT NULL DEFAULT now()
);
CALL protect('registration_evidence', 'party');
GRANT SELECT, INSERT ON registration_evidence TO :role;

-- A registration that the ledger refused gives way to the next that the party signs.
GRANT UPDATE ON registrations TO :role;
