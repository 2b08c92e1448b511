-- The chain as tables. Every row belongs to a generation: a rebuild folds the whole chain into a
-- new one beside that which is read, and then changes over in one statement, so that nobody sees
-- half of it. Rows belong to the organisation whose peer they come from; others see the bills on
-- which one of their parties has or had a role.

-- Which parties the present caller is, as the door was told by who knows it.
CREATE FUNCTION caller_parties() RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN string_to_array(nullif(current_setting('onebill.parties', true), ''), ',');

CREATE TABLE generations (
    generation integer PRIMARY KEY,
    is_live boolean NOT NULL,
    -- The checkpoint: the block that comes next, and the hash of the one before, which it names.
    next_block bigint NOT NULL CHECK (next_block >= 0),
    head_hash bytea NOT NULL,
    folded_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX one_generation_is_live ON generations (is_live) WHERE is_live;
INSERT INTO generations (generation, is_live, next_block, head_hash) VALUES (1, true, 0, '');
GRANT SELECT, INSERT, UPDATE, DELETE ON generations TO :role;

CREATE FUNCTION live_generation() RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (SELECT generation FROM generations WHERE is_live);

-- Every role that a party has or had on a bill.
CREATE TABLE bill_roles (
    generation integer NOT NULL,
    reference text NOT NULL,
    party text NOT NULL,
    role text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> ''),
    PRIMARY KEY (generation, reference, party, role)
);
CREATE INDEX bill_roles_by_party ON bill_roles (generation, party, reference);
ALTER TABLE bill_roles ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation_or_party ON bill_roles
    USING (caller_organisation() = organisation OR party = ANY (caller_parties()))
    WITH CHECK (caller_organisation() = organisation);
GRANT SELECT, INSERT, DELETE ON bill_roles TO :role;

-- Every bill as its last act left it.
CREATE TABLE bills (
    generation integer NOT NULL,
    reference text NOT NULL,
    -- Where it was issued, block and place in it: the order of lists, the same in every rebuild.
    number bigint NOT NULL,
    state text NOT NULL,
    type_code text NOT NULL,
    is_to_order boolean NOT NULL,
    possessor text NOT NULL,
    title_holder text NOT NULL,
    flags text[] NOT NULL,
    holds text[] NOT NULL,
    sequence bigint NOT NULL CHECK (sequence >= 1),
    head_act_hash text NOT NULL,
    issued_at timestamptz NOT NULL,
    last_act_at timestamptz NOT NULL,
    block_number bigint NOT NULL,
    -- The whole record, canonical JSON.
    record text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> ''),
    PRIMARY KEY (generation, reference),
    UNIQUE (generation, number)
);
CREATE INDEX bills_by_state ON bills (generation, state, number);

CREATE TABLE acts (
    generation integer NOT NULL,
    reference text NOT NULL,
    sequence bigint NOT NULL,
    act_hash text NOT NULL,
    action_code text NOT NULL,
    actor text NOT NULL,
    recipient text NOT NULL,
    recorded_at timestamptz NOT NULL,
    transaction_id text NOT NULL,
    block_number bigint NOT NULL,
    organisation text NOT NULL CHECK (organisation <> ''),
    PRIMARY KEY (generation, reference, sequence)
);

-- Under which bills a container lies or lay, by its blinded number.
CREATE TABLE bill_containers (
    generation integer NOT NULL,
    container_key text NOT NULL,
    reference text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> ''),
    PRIMARY KEY (generation, container_key, reference)
);

DO $protect$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['bills', 'acts', 'bill_containers'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_organisation_or_party ON %1$I '
            'USING (caller_organisation() = organisation OR EXISTS ('
            'SELECT FROM bill_roles WHERE bill_roles.generation = %1$I.generation '
            'AND bill_roles.reference = %1$I.reference '
            'AND bill_roles.party = ANY (caller_parties()))) '
            'WITH CHECK (caller_organisation() = organisation)',
            name
        );
    END LOOP;
END
$protect$;
GRANT SELECT, INSERT, UPDATE, DELETE ON bills TO :role;
GRANT SELECT, INSERT, DELETE ON acts, bill_containers TO :role;

-- Parties as the channel has them.
CREATE TABLE parties (
    generation integer NOT NULL,
    party text NOT NULL,
    kid text NOT NULL,
    vouching_organisation text NOT NULL,
    status text NOT NULL,
    record text NOT NULL,
    recorded_at timestamptz NOT NULL,
    block_number bigint NOT NULL,
    organisation text NOT NULL CHECK (organisation <> ''),
    PRIMARY KEY (generation, party)
);
ALTER TABLE parties ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_organisation ON parties USING (caller_organisation() = organisation);
GRANT SELECT, INSERT, UPDATE, DELETE ON parties TO :role;
