-- What is owed for a leg is paid in one statement, whether the leg is paid by itself or netted at
-- the close. The statement is named with the intent and never changes, so that the two ways to a
-- payment cannot both be gone.
ALTER TABLE payables ADD COLUMN statement text NOT NULL DEFAULT '';
GRANT UPDATE (statement) ON payables TO :role;

CREATE FUNCTION statement_is_final() RETURNS trigger
    LANGUAGE plpgsql AS $check$
BEGIN
    IF OLD.statement <> '' AND NEW.statement <> OLD.statement THEN
        RAISE EXCEPTION '% is in statement % and cannot move to another',
            OLD.payable_reference, OLD.statement USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$check$;
CREATE TRIGGER statement_is_final BEFORE UPDATE OF statement ON payables
    FOR EACH ROW EXECUTE FUNCTION statement_is_final();
