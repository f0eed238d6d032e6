"""Search inside words without pg_trgm: an immutable function that gives a text's three-letter pieces, and core GIN indexes over it."""

from django.db import migrations

GRAMS = """
CREATE FUNCTION clients_grams(said text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT substr(said, n, 3)), '{}') FROM generate_series(1, length(said) - 2) n
$$;
CREATE INDEX clients_client_grams ON clients_client
    USING gin (clients_grams(lower(name || ' ' || coalesce(phone, '') || ' ' || email))) WITH (fastupdate = off);
CREATE INDEX clients_contact_grams ON clients_contact
    USING gin (clients_grams(lower(name || ' ' || phone || ' ' || email))) WITH (fastupdate = off);
"""
BACK = """
DROP INDEX clients_contact_grams;
DROP INDEX clients_client_grams;
DROP FUNCTION clients_grams(text);
"""


class Migration(migrations.Migration):
    dependencies = [("clients", "0005_consent")]

    operations = [migrations.RunSQL(GRAMS, BACK)]
