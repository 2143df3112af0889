"""What the tables stand on: the one folding function of search, and the sequence of park codes."""

from django.db import migrations

# Decomposes, drops Latin and Arabic marks, tatweel and zero-width characters, maps the Arabic letters that
# Urdu writes otherwise (yeh, alef maksura, kaf, teh marbuta, heh) and both sets of digits, and turns
# punctuation into spaces. A change here does not recompute stored columns: drop and add them with it.
FOLD = r"""
CREATE FUNCTION stp_fold(t text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
 SELECT translate(
  lower(regexp_replace(normalize(t, NFKD), U&'[\0300-\036f\064b-\065f\0670\0640\200c-\200f]', '', 'g')),
  U&'\064a\0649\0643\0647\0629\06d5\06be٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹-/.,;:()''"&_+#@،۔؟’‘“”–—',
  U&'\06cc\06cc\06a9\06c1\06c1\06c1\06c101234567890123456789                        ')
$$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(FOLD, "DROP FUNCTION stp_fold(text)"),
        migrations.RunSQL("CREATE SEQUENCE parks_park_code", "DROP SEQUENCE parks_park_code"),
    ]
