-- One consignment per booking: whose it is, and which bill it has. A booking given up before
-- anything was known of it leaves a row too, which refuses what comes late.
CREATE TABLE consignments (
    booking_reference text PRIMARY KEY CHECK (booking_reference <> ''),
    organisation text NOT NULL CHECK (organisation <> ''),
    containers integer NOT NULL DEFAULT 0 CHECK (containers >= 0),
    transport_document_reference text UNIQUE,
    is_voided boolean NOT NULL DEFAULT false,
    act_hash text NOT NULL DEFAULT ''
);
CALL protect('consignments', 'booking_reference');
GRANT SELECT, INSERT, UPDATE ON consignments TO :role;
REVOKE DELETE ON consignments FROM :role;

-- Versions of the one bill. The content and its hash never change; state and approval do.
CREATE TABLE versions (
    transport_document_reference text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    booking_reference text NOT NULL REFERENCES consignments,
    organisation text NOT NULL CHECK (organisation <> ''),
    state text NOT NULL CHECK (state IN ('DRAFT', 'APPROVED', 'ISSUED', 'VOIDED')),
    content text NOT NULL,
    salt text NOT NULL,
    document_hash text NOT NULL CHECK (length(document_hash) = 64),
    missing text[] NOT NULL,
    clauses text[] NOT NULL,
    parties text NOT NULL,
    created_at timestamptz NOT NULL,
    approval text NOT NULL,
    PRIMARY KEY (transport_document_reference, version)
);
CALL protect('versions', 'booking_reference');
REVOKE UPDATE, DELETE ON versions FROM :role;
GRANT SELECT, INSERT, UPDATE (state, approval) ON versions TO :role;

-- The papers of the legs, each owned by the carrier that issues it.
CREATE TABLE leg_documents (
    booking_reference text NOT NULL REFERENCES consignments,
    leg_sequence integer NOT NULL CHECK (leg_sequence >= 1),
    equipment_reference text NOT NULL,
    leg_document_type text NOT NULL
        CHECK (leg_document_type IN ('RAIL_WAYBILL', 'SEA_WAYBILL', 'ROAD_NOTE')),
    organisation text NOT NULL CHECK (organisation <> ''),
    consignor_organisation text NOT NULL,
    consignee_organisation text NOT NULL,
    is_sea_leg boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('PLANNED', 'ISSUED', 'CANCELLED')),
    number text NOT NULL,
    seal_numbers text[] NOT NULL,
    issued_at timestamptz,
    PRIMARY KEY (booking_reference, leg_sequence, equipment_reference),
    CHECK ((state = 'ISSUED') = (number <> ''))
);
CALL protect('leg_documents', 'booking_reference');
GRANT SELECT, INSERT, DELETE ON leg_documents TO :role;

-- Containers as their shipper declares them.
CREATE TABLE equipment (
    booking_reference text NOT NULL REFERENCES consignments,
    equipment_reference text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> ''),
    iso_equipment_code text NOT NULL,
    -- Two texts per seal: number and source.
    seals text[] NOT NULL,
    mass_grams bigint NOT NULL CHECK (mass_grams > 0),
    method text NOT NULL CHECK (method IN ('SM1', 'SM2')),
    responsible_person text NOT NULL,
    determined_at timestamptz NOT NULL,
    PRIMARY KEY (booking_reference, equipment_reference)
);
CALL protect('equipment', 'booking_reference');
GRANT SELECT, INSERT, UPDATE ON equipment TO :role;
REVOKE DELETE ON equipment FROM :role;

-- Carriers' signed receipts, with the salts that open them.
CREATE TABLE receipts (
    booking_reference text NOT NULL REFERENCES consignments,
    leg_sequence integer NOT NULL,
    equipment_reference text NOT NULL,
    receipt_type text NOT NULL CHECK (receipt_type IN ('TAKEN_IN_CHARGE', 'LOADED_ON_BOARD')),
    organisation text NOT NULL CHECK (organisation <> ''),
    receipt text NOT NULL,
    salts text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (booking_reference, leg_sequence, equipment_reference, receipt_type)
);
CALL protect('receipts', 'booking_reference');
GRANT SELECT, INSERT ON receipts TO :role;
REVOKE UPDATE, DELETE ON receipts FROM :role;

-- Files, bound by hash and size; one file per name.
CREATE TABLE attachments (
    attachment_reference text PRIMARY KEY,
    booking_reference text NOT NULL REFERENCES consignments,
    organisation text NOT NULL CHECK (organisation <> ''),
    name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL CHECK (size > 0),
    document_checksum text NOT NULL CHECK (length(document_checksum) = 64),
    content bytea NOT NULL,
    UNIQUE (booking_reference, name)
);
CALL protect('attachments', 'booking_reference');
GRANT SELECT, INSERT ON attachments TO :role;
REVOKE UPDATE, DELETE ON attachments FROM :role;

-- What was judged before the operator signed. The operator's alone.
CREATE TABLE judgements (
    judgement_reference text PRIMARY KEY,
    booking_reference text NOT NULL REFERENCES consignments,
    organisation text NOT NULL CHECK (organisation = 'operator'),
    terms text NOT NULL,
    judged_at timestamptz NOT NULL
);
CALL protect('judgements', 'judgement_reference');
GRANT SELECT, INSERT ON judgements TO :role;
REVOKE UPDATE, DELETE ON judgements FROM :role;
