"""Messages go through `clients.Message` alone: what Procrastinate had in the database of an older installation is taken out.

What waited there were telephone codes, good for five minutes.
"""

from django.db import migrations

TAKE_OUT = """
DO $$
DECLARE leaving record;
BEGIN
    FOR leaving IN SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname LIKE 'procrastinate\\_%' LOOP
        EXECUTE format('DROP TABLE %s CASCADE', leaving.name);
    END LOOP;
    FOR leaving IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate\\_%' LOOP
        EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', leaving.name);
    END LOOP;
    FOR leaving IN SELECT oid::regtype AS name FROM pg_type
        WHERE typnamespace = current_schema()::regnamespace AND typtype IN ('e', 'c') AND typname LIKE 'procrastinate\\_%' LOOP
        EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', leaving.name);
    END LOOP;
    DELETE FROM django_migrations WHERE app = 'procrastinate';
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("clients", "0002_messages")]

    operations = [migrations.RunSQL(TAKE_OUT, migrations.RunSQL.noop)]
