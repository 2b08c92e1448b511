-- What every schema has besides its service's own tables. Run by the schema's owner with
-- search_path set to the schema; the placeholder :role is the service's own login role.

-- The organisation on whose behalf the transaction runs, or null. Set by the runtime at the
-- beginning of every transaction; without it no row is seen.
CREATE FUNCTION caller_organisation() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('onebill.organisation', true), '');

-- Who else may read what: written in the transaction that names the grantee.
CREATE TABLE grants (
    subject text NOT NULL CHECK (subject <> ''),
    organisation text NOT NULL CHECK (organisation <> ''),
    role text NOT NULL CHECK (role <> ''),
    granted_by text NOT NULL CHECK (granted_by <> ''),
    PRIMARY KEY (subject, organisation, role)
);
CREATE INDEX grants_by_organisation ON grants (organisation, subject);
ALTER TABLE grants ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY grants_of_caller ON grants
    USING (caller_organisation() IN (organisation, granted_by, 'operator'))
    WITH CHECK (caller_organisation() IN (granted_by, 'operator'));

-- Row-level security for one business table: the owner (column organisation), whoever has a
-- grant on the subject, and the operator. A grant gives sight and change of that one row, and
-- never lets a row be written for somebody else.
CREATE PROCEDURE protect(table_name text, subject_column text)
    LANGUAGE plpgsql AS $protect$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
    EXECUTE format(
        'CREATE POLICY owner_grantee_operator ON %1$I '
        'USING (caller_organisation() IN (organisation, ''operator'') OR EXISTS ('
        'SELECT FROM grants WHERE grants.subject = %1$I.%2$I '
        'AND grants.organisation = caller_organisation()))',
        table_name, subject_column
    );
END
$protect$;

-- Each write request and its first answer.
CREATE TABLE requests (
    organisation text NOT NULL,
    method text NOT NULL,
    request_id uuid NOT NULL,
    body_hash bytea NOT NULL,
    answer bytea,
    answered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organisation, method, request_id)
);
ALTER TABLE requests ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY requests_of_caller ON requests
    USING (organisation = caller_organisation());

-- The only trace that a refused request leaves. Append-only: no update or delete is granted.
CREATE TABLE refusals (
    refused_at timestamptz NOT NULL DEFAULT now(),
    organisation text NOT NULL,
    method text NOT NULL,
    request_id text NOT NULL,
    reason text NOT NULL
);
ALTER TABLE refusals ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY refusals_of_caller ON refusals
    USING (caller_organisation() IN (organisation, 'operator'));

-- Facts, in the order in which they were committed.
CREATE SEQUENCE outbox_position;
CREATE TABLE outbox (
    position bigint PRIMARY KEY DEFAULT nextval('outbox_position'),
    event_id uuid NOT NULL UNIQUE,
    type text NOT NULL,
    subject text NOT NULL,
    occurred_at timestamptz NOT NULL,
    payload jsonb NOT NULL,
    traceparent text
);
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY outbox_written_by_all ON outbox FOR INSERT
    WITH CHECK (caller_organisation() IS NOT NULL);
CREATE POLICY outbox_read_by_operator ON outbox FOR SELECT
    USING (caller_organisation() = 'operator');

-- How far this process has come in the streams of others.
CREATE TABLE checkpoints (
    stream text PRIMARY KEY,
    position bigint NOT NULL CHECK (position >= 0)
);

GRANT SELECT, INSERT, DELETE ON grants TO :role;
GRANT SELECT, INSERT, UPDATE ON requests TO :role;
GRANT SELECT, INSERT ON refusals TO :role;
GRANT SELECT, INSERT ON outbox TO :role;
GRANT USAGE ON SEQUENCE outbox_position TO :role;
GRANT SELECT, INSERT, UPDATE ON checkpoints TO :role;
