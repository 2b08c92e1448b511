-- The certificate as the underwriter endorsed it to a bill that took another's place: the same
-- number, for another bill and perhaps another place of delivery. Nothing of it ever changes;
-- of several for one bill the latest is in force.
CREATE TABLE endorsements (
    endorsement_number text PRIMARY KEY,
    certificate_number text NOT NULL REFERENCES certificates,
    booking_reference text NOT NULL,
    transport_document_reference text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> '' AND organisation <> 'operator'),
    made_as bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    content text NOT NULL,
    salt text NOT NULL,
    certificate_hash text NOT NULL CHECK (certificate_hash ~ '^[0-9a-f]{64}$')
);
CREATE INDEX endorsements_by_bill ON endorsements (transport_document_reference);
CALL protect('endorsements', 'booking_reference');
CREATE POLICY roles_on_the_bill ON endorsements FOR SELECT
    USING (booking_reference = shown_booking());
REVOKE ALL ON endorsements FROM :role;
GRANT SELECT, INSERT ON endorsements TO :role;
