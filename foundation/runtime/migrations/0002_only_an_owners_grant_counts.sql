-- A grant opens a row only if the row's owner or the operator gave it. Until now any
-- organisation's grant in its own name counted, and only our code stood before that.
CREATE OR REPLACE PROCEDURE protect(table_name text, subject_column text)
    LANGUAGE plpgsql AS $protect$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
    EXECUTE format('DROP POLICY IF EXISTS owner_grantee_operator ON %I', table_name);
    EXECUTE format(
        'CREATE POLICY owner_grantee_operator ON %1$I '
        'USING (caller_organisation() IN (organisation, ''operator'') OR EXISTS ('
        'SELECT FROM grants WHERE grants.subject = %1$I.%2$I '
        'AND grants.organisation = caller_organisation() '
        'AND grants.granted_by IN (%1$I.organisation, ''operator'')))',
        table_name, subject_column
    );
END
$protect$;

-- A schema that is older than this file has tables with the former policy.
DO $again$
DECLARE
    old record;
BEGIN
    FOR old IN
        SELECT tablename,
               substring(qual FROM 'grants\.subject = (?:\w+\.)?(\w+)') AS subject_column
        FROM pg_policies
        WHERE schemaname = current_schema() AND policyname = 'owner_grantee_operator'
    LOOP
        CALL protect(old.tablename::text, old.subject_column);
    END LOOP;
END
$again$;
