"""Of an operator's accounts that buy nothing from us any more it is written down that they left, today: when that was, nobody wrote."""

from django.db import migrations

LEFT = """
UPDATE clients_supply s SET left_date = CURRENT_DATE FROM offers_account a
WHERE a.client_id = s.company_id AND s.competitor_id IS NOT NULL AND s.left_date IS NULL
  AND NOT EXISTS (SELECT FROM clients_supply own WHERE own.company_id = s.company_id AND own.competitor_id IS NULL)
"""


class Migration(migrations.Migration):
    dependencies = [("clients", "0008_left"), ("offers", "0003_law")]
    operations = [migrations.RunSQL(LEFT, migrations.RunSQL.noop)]
