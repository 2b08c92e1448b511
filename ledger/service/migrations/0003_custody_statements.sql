-- What ports and terminals signed about containers in their yards. Kept where it was handed in,
-- for the parties to the bill; no part of the ledger, and no release.
CREATE TABLE custody_statements (
    statement_hash text PRIMARY KEY CHECK (statement_hash ~ '^[0-9a-f]{64}$'),
    reference text NOT NULL,
    statement text NOT NULL,
    organisation text NOT NULL CHECK (organisation <> ''),
    kept_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX custody_statements_by_reference ON custody_statements (reference, kept_at);
CALL protect('custody_statements', 'reference');
GRANT SELECT, INSERT ON custody_statements TO :role;
REVOKE UPDATE, DELETE ON custody_statements FROM :role;
