-- The checks of the journal run as its owner. Named last, the schema of temporary tables cannot
-- put a table of its own in the place of ours, whatever rights the database was set up with.
DO $pin$
BEGIN
    EXECUTE format(
        'ALTER FUNCTION entry_sums_to_zero() SET search_path = %I, pg_temp', current_schema());
    EXECUTE format(
        'ALTER FUNCTION entry_is_sealed() SET search_path = %I, pg_temp', current_schema());
END
$pin$;
