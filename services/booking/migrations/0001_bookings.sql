-- Bookings, their legs, and tombstones of requests that were cancelled before they came.

CREATE TABLE bookings (
    booking_reference text PRIMARY KEY,
    -- The shipper's organisation: the owner of the row.
    organisation text NOT NULL CHECK (organisation <> ''),
    -- The person who booked, or the organisation where no person was told (invariant 68).
    booked_by text NOT NULL,
    -- The request as it was asked, in the protobuf JSON of onebill.booking.v1.BookingRequest.
    request jsonb NOT NULL,
    state text NOT NULL CHECK (state IN (
        'RECEIVED', 'CONFIRMED', 'REJECTED', 'DECLINED', 'CANCELLED', 'COMPLETED'
    )),
    state_reason text NOT NULL DEFAULT '',
    -- The offer: both amounts in minor units of one currency.
    total bigint CHECK (total >= 0),
    premium bigint CHECK (premium BETWEEN 0 AND total),
    currency text,
    rating_reference text,
    quote_reference text,
    acceptance_deadline timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    revision bigint NOT NULL CHECK (revision > 0),
    CHECK (num_nulls(total, premium, currency, rating_reference, quote_reference) IN (0, 5))
);
CREATE INDEX bookings_newest ON bookings (received_at DESC, booking_reference DESC);
CALL protect('bookings', 'booking_reference');

CREATE TABLE legs (
    -- What a grant names: `<booking_reference>/<leg_sequence>`.
    leg_reference text PRIMARY KEY,
    booking_reference text NOT NULL REFERENCES bookings,
    leg_sequence integer NOT NULL CHECK (leg_sequence > 0),
    organisation text NOT NULL CHECK (organisation <> ''),
    carrier_organisation text NOT NULL CHECK (carrier_organisation <> ''),
    mode_of_transport text NOT NULL CHECK (
        mode_of_transport IN ('VESSEL', 'RAIL', 'TRUCK', 'BARGE')
    ),
    departure_location text NOT NULL,
    departure_facility text NOT NULL,
    arrival_location text NOT NULL,
    arrival_facility text NOT NULL,
    planned_departure timestamptz NOT NULL,
    planned_arrival timestamptz NOT NULL CHECK (planned_arrival > planned_departure),
    transport_plan_stage text NOT NULL CHECK (transport_plan_stage IN ('PRC', 'MNC', 'ONC')),
    consignee_organisation text NOT NULL,
    state text NOT NULL CHECK (
        state IN ('PLANNED', 'REQUESTED', 'ACCEPTED', 'DECLINED', 'RELEASED')
    ),
    state_reason text NOT NULL DEFAULT '',
    carrier_booking_reference text NOT NULL DEFAULT '',
    revision bigint NOT NULL CHECK (revision > 0),
    -- What the carrier needs of a booking it may not see.
    acceptance_deadline timestamptz NOT NULL,
    requested_equipments jsonb NOT NULL,
    is_dangerous_goods boolean NOT NULL,
    UNIQUE (booking_reference, leg_sequence)
);
CREATE INDEX legs_of_carrier ON legs (carrier_organisation, planned_departure DESC);
CALL protect('legs', 'leg_reference');

CREATE TABLE screening_hits (
    booking_reference text NOT NULL REFERENCES bookings,
    list_entry text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> ''),
    pointer text NOT NULL,
    lifted_by text NOT NULL DEFAULT '',
    lift_reason text NOT NULL DEFAULT '',
    PRIMARY KEY (booking_reference, list_entry)
);
CALL protect('screening_hits', 'booking_reference');

CREATE TABLE tombstones (
    booking_reference text PRIMARY KEY,
    organisation text NOT NULL CHECK (organisation <> ''),
    buried_at timestamptz NOT NULL
);
CALL protect('tombstones', 'booking_reference');

GRANT SELECT, INSERT, UPDATE ON bookings TO :role;
GRANT SELECT, INSERT, UPDATE ON legs TO :role;
GRANT SELECT, INSERT, UPDATE, DELETE ON screening_hits TO :role;
GRANT SELECT, INSERT ON tombstones TO :role;
