-- Events as their issuers told them: append-only, each owned by its issuer, seen by whoever has
-- a grant on the booking. Nobody updates or deletes one.
CREATE TABLE events (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation text NOT NULL CHECK (organisation <> ''),
    event_id text NOT NULL CHECK (event_id <> ''),
    event_type text NOT NULL,
    event_code text NOT NULL,
    event_classifier text NOT NULL,
    event_date_time timestamptz NOT NULL,
    booking_reference text NOT NULL CHECK (booking_reference <> ''),
    leg_sequence smallint NOT NULL CHECK (leg_sequence >= 0),
    equipment_reference text NOT NULL,
    un_location_code text NOT NULL,
    facility_code text NOT NULL,
    facility_type text NOT NULL,
    is_laden boolean NOT NULL,
    -- Three texts per seal: number, source, replaced number.
    seals text[] NOT NULL,
    mode_of_transport text NOT NULL,
    vessel_imo_number text NOT NULL,
    vessel_name text NOT NULL,
    voyage_number text NOT NULL,
    retracted_event_id text NOT NULL,
    remark text NOT NULL,
    authority_reference text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organisation, event_id)
);
CREATE INDEX events_by_booking ON events (booking_reference, position);
CALL protect('events', 'booking_reference');
GRANT SELECT, INSERT ON events TO :role;
REVOKE UPDATE, DELETE, TRUNCATE ON events FROM :role;

-- One journey per booking: its plan, and what its events fold to. Owned by the shipper.
CREATE TABLE journeys (
    booking_reference text PRIMARY KEY CHECK (booking_reference <> ''),
    organisation text NOT NULL CHECK (organisation <> ''),
    plan text NOT NULL,
    journey text NOT NULL,
    revision bigint NOT NULL DEFAULT 1
);
CALL protect('journeys', 'booking_reference');
GRANT SELECT, INSERT, UPDATE ON journeys TO :role;
