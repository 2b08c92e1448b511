-- First answers are kept for repeats, and no longer. The schema's owner may forget what was
-- received more than ninety days ago and answered; the door asks for it by this function and has
-- no right of its own to delete, so nothing younger can go, and nothing without an answer.
CREATE INDEX first_answers_by_age ON first_answers USING brin (received_at);

CREATE POLICY first_answers_old_seen ON first_answers FOR SELECT TO CURRENT_USER
    USING (status IS NOT NULL AND received_at < now() - interval '90 days');
CREATE POLICY first_answers_old_forgotten ON first_answers FOR DELETE TO CURRENT_USER
    USING (status IS NOT NULL AND received_at < now() - interval '90 days');

-- Answers how many of the oldest it forgot, `most` at a time.
CREATE FUNCTION forget_first_answers(older_than_days integer, most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER AS $forget$
DECLARE
    forgotten integer;
BEGIN
    DELETE FROM first_answers WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM first_answers
        WHERE status IS NOT NULL
            AND received_at < now() - make_interval(days => greatest(older_than_days, 90))
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
        'ALTER FUNCTION forget_first_answers(integer, integer) SET search_path = %I, pg_temp',
        current_schema());
    EXECUTE 'REVOKE ALL ON FUNCTION forget_first_answers(integer, integer) FROM PUBLIC';
END
$here$;
GRANT EXECUTE ON FUNCTION forget_first_answers(integer, integer) TO :role;
