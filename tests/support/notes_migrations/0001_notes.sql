-- The smallest schema that a service can have: one table, owned and shared row by row.
CREATE TABLE notes (
    reference text PRIMARY KEY,
    organisation text NOT NULL CHECK (organisation <> ''),
    body text NOT NULL
);
CALL protect('notes', 'reference');
GRANT SELECT, INSERT, UPDATE ON notes TO :role;
