-- Requests and their first answers are kept for repeats, and no longer. The schema's owner may
-- forget what was answered more than a year ago; the service asks for it by this function and
-- has no right of its own to delete, so nothing younger can go, and nothing without an answer.
CREATE INDEX requests_by_age ON requests USING brin (answered_at);

CREATE POLICY requests_long_answered_seen ON requests FOR SELECT TO CURRENT_USER
    USING (answer IS NOT NULL AND answered_at < now() - interval '365 days');
CREATE POLICY requests_long_answered_forgotten ON requests FOR DELETE TO CURRENT_USER
    USING (answer IS NOT NULL AND answered_at < now() - interval '365 days');

-- Answers how many of the oldest it forgot, `most` at a time.
CREATE FUNCTION forget_requests(older_than_days integer, most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER AS $forget$
DECLARE
    forgotten integer;
BEGIN
    DELETE FROM requests WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM requests
        WHERE answer IS NOT NULL
            AND answered_at < now() - make_interval(days => greatest(older_than_days, 365))
        LIMIT most
    ));
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END
$forget$;

-- Names are looked up in this schema first, and among the caller's temporary tables last.
DO $here$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION forget_requests(integer, integer) SET search_path = %I, pg_temp',
        current_schema());
    EXECUTE 'REVOKE ALL ON FUNCTION forget_requests(integer, integer) FROM PUBLIC';
END
$here$;
GRANT EXECUTE ON FUNCTION forget_requests(integer, integer) TO :role;
