"""Static files with a hash in their names, so that browsers may keep them for ever; imports between modules are rewritten too."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):
    """Hashed, compressed, and strict: a template that names a missing file fails in tests, not in the shop."""

    support_js_module_import_aggregation = True
