-- A bill in another's place: to whom it goes, and the approval of who surrendered that one.
ALTER TABLE versions
    ADD COLUMN replaces text NOT NULL DEFAULT '',
    ADD COLUMN issue_to text NOT NULL DEFAULT '',
    ADD COLUMN holder_approval text NOT NULL DEFAULT '';
GRANT UPDATE (state, approval, holder_approval) ON versions TO :role;

-- Which bill is to take the place of which, and what was asked for. The reference is allotted
-- before the underwriter endorses the certificate to it; what is asked comes with the draft.
CREATE TABLE amendments (
    replaces text PRIMARY KEY,
    transport_document_reference text NOT NULL UNIQUE,
    booking_reference text NOT NULL REFERENCES consignments,
    organisation text NOT NULL CHECK (organisation <> ''),
    reason_code text NOT NULL CHECK (reason_code IN ('', 'COD', 'SWI', 'OTHER')),
    surrender_request_reference text NOT NULL,
    surrendered_by text NOT NULL,
    surrendering_organisation text NOT NULL,
    -- What was asked for, in the protobuf JSON of onebill.documents.v1.WantedChange.
    wanted jsonb NOT NULL,
    CHECK (replaces <> transport_document_reference)
);
CREATE INDEX amendments_by_booking ON amendments (booking_reference);
CALL protect('amendments', 'booking_reference');
GRANT SELECT, INSERT, UPDATE ON amendments TO :role;
REVOKE DELETE ON amendments FROM :role;
