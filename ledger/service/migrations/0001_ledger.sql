-- What one organisation's ledger service keeps beside the ledger: who is who among the parties
-- it knows, the details that travel beside acts, envelopes under way, and which bills it has
-- seen. Rows belong to the organisation that runs the service; who may read a bill besides is a
-- row in grants.

-- Which organisation is behind an opaque party id. Never on the channel.
CREATE TABLE known_parties (
    party text PRIMARY KEY CHECK (party ~ '^P[A-Z2-7]{26}$'),
    member text NOT NULL CHECK (member <> ''),
    organisation text NOT NULL CHECK (organisation <> ''),
    known_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX known_parties_by_member ON known_parties (member, known_at);
CALL protect('known_parties', 'party');
GRANT SELECT, INSERT ON known_parties TO :role;

-- Registrations that this organisation vouches for, kept before they are submitted, so that a
-- repeat registers the same party id and not a second one.
CREATE TABLE registrations (
    kid text PRIMARY KEY,
    party text NOT NULL UNIQUE,
    registration text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> '')
);
CALL protect('registrations', 'party');
GRANT SELECT, INSERT ON registrations TO :role;

-- Every party of the channel by its live key, as the contract's events tell.
CREATE TABLE channel_parties (
    party text PRIMARY KEY,
    kid text NOT NULL,
    vouching_organisation text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> '')
);
CREATE INDEX channel_parties_by_kid ON channel_parties (kid);
CALL protect('channel_parties', 'party');
GRANT SELECT, INSERT, UPDATE ON channel_parties TO :role;

-- Signed envelopes, stored before Submit. `code` is Fabric's validation code, null while the
-- outcome is not known.
CREATE TABLE envelopes (
    transaction_id text PRIMARY KEY,
    subject text NOT NULL,
    payload bytea NOT NULL,
    signature bytea NOT NULL,
    -- Of an act: the bill, and the details that are kept once the act is recorded.
    reference text,
    details text,
    details_salt text,
    code integer,
    organisation text NOT NULL CHECK (organisation <> ''),
    kept_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz
);
-- At most one envelope per subject is under way.
CREATE UNIQUE INDEX envelopes_under_way ON envelopes (subject) WHERE code IS NULL;
CALL protect('envelopes', 'subject');
GRANT SELECT, INSERT, UPDATE ON envelopes TO :role;

-- Details and salts of acts that were submitted here.
CREATE TABLE details (
    act_hash text PRIMARY KEY CHECK (act_hash ~ '^[0-9a-f]{64}$'),
    reference text NOT NULL,
    details text NOT NULL,
    details_salt text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> '')
);
CREATE INDEX details_by_reference ON details (reference);
CALL protect('details', 'reference');
GRANT SELECT, INSERT ON details TO :role;

-- The first answer to each act, by who asked.
CREATE TABLE act_answers (
    act_hash text NOT NULL,
    asker text NOT NULL,
    reference text NOT NULL,
    answer bytea NOT NULL,
    organisation text NOT NULL CHECK (organisation <> ''),
    PRIMARY KEY (act_hash, asker)
);
CALL protect('act_answers', 'reference');
GRANT SELECT, INSERT ON act_answers TO :role;

-- Every bill of the channel, as its latest event left it.
CREATE SEQUENCE bill_numbers;
CREATE TABLE bills (
    reference text PRIMARY KEY CHECK (reference ~ '^OB[A-Z2-7]{16}$'),
    -- In the order in which this service saw them first.
    number bigint NOT NULL UNIQUE DEFAULT nextval('bill_numbers'),
    sequence bigint NOT NULL CHECK (sequence >= 1),
    record text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> '')
);
CALL protect('bills', 'reference');
GRANT SELECT, INSERT, UPDATE ON bills TO :role;
GRANT USAGE ON SEQUENCE bill_numbers TO :role;

-- Every role that a party has or had on a bill.
CREATE TABLE bill_roles (
    reference text NOT NULL,
    party text NOT NULL,
    role text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> ''),
    PRIMARY KEY (reference, party, role)
);
CREATE INDEX bill_roles_by_party ON bill_roles (party);
CALL protect('bill_roles', 'reference');
GRANT SELECT, INSERT ON bill_roles TO :role;
