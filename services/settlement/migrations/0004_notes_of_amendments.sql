-- Beside the one invoice for the agreed journey (invariant 48), whoever has a bill amended may be
-- invoiced for what that costs: once per bill that takes another's place.
ALTER TABLE invoices ADD COLUMN transport_document_reference text NOT NULL DEFAULT '';
ALTER TABLE invoices DROP CONSTRAINT invoices_booking_reference_key;
CREATE UNIQUE INDEX invoices_once ON invoices (booking_reference, transport_document_reference);
