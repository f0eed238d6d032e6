"""Django's settings. Everything that differs between installations is an environment variable named `GUINDA_*` (see docs/settings.md)."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import time
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from guinda.base import files, postgres
from guinda.config import admin_menu


def _flag(name: str) -> bool:
    return os.environ.get(name, "").lower() in {"1", "yes", "true", "on"}


def _choice(name: str, **meanings: str) -> str:
    """What the variable's word stands for; the first word is the default."""
    word = os.environ.get(name) or next(iter(meanings))
    if word not in meanings:
        raise ImproperlyConfigured(f"{name} is {word!r}; it may be one of: {', '.join(meanings)}.")
    return meanings[word]


def _secret(name: str) -> str:
    """A secret from the environment, else one kept in the data folder, made on first use."""
    given = os.environ.get(name)
    if given:
        return given
    import secrets  # deferred: only a first start needs it

    file = postgres.home() / "secret-key"
    if not file.exists():
        mine = file.with_name(f".secret-key.{secrets.token_hex(8)}")
        files.write(mine, secrets.token_urlsafe(48), mode=0o600)
        with suppress(FileExistsError):  # another process was first: its key is everybody's
            os.link(mine, file)
        mine.unlink()
    return file.read_text()


def _hours(name: str, usual: str) -> tuple[time, time]:
    """From when until when, over midnight: `21:00-09:00`."""
    said = os.environ.get(name, usual)
    try:
        begin, end = map(time.fromisoformat, said.split("-"))
    except ValueError:
        begin = end = time.min
    if begin <= end:
        raise ImproperlyConfigured(
            f"{name} is two times over midnight, for example {usual}; it says {said!r}."
        )
    return begin, end


def _caps(name: str, usual: str) -> dict[str, tuple[int, int]]:
    """How many contacts in how many days, by channel and in all: `all=4/7 call=1/7`."""
    said = os.environ.get(name, usual)
    caps: dict[str, tuple[int, int]] = {}
    for each in said.split():
        channel, _equals, most = each.partition("=")
        number, _slash, days = most.partition("/")
        if not (number.isdecimal() and days.isdecimal() and 1 <= int(days) <= MOST_CAP_DAYS):
            raise ImproperlyConfigured(
                f"{name} is {usual!r} or the like, with windows of 1 to {MOST_CAP_DAYS} days; it says {said!r}."
            )
        caps[channel] = int(number), int(days)
    return caps


MOST_CAP_DAYS = 28
"""Messages are forgotten after thirty days, so a longer window would miss some."""
PACKAGE = Path(__file__).resolve().parent.parent

DEMO = _flag("GUINDA_DEMO")
DEBUG = _flag("GUINDA_DEBUG")
SECRET_KEY = _secret("GUINDA_SECRET_KEY")
SITE_URL = os.environ.get("GUINDA_SITE_URL", "http://localhost:8000").rstrip("/")
HTTPS = SITE_URL.startswith("https://")
BEHIND_PROXY = _flag("GUINDA_BEHIND_PROXY")
ALLOWED_HOSTS = os.environ.get("GUINDA_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

INSTALLED_APPS = [
    "guinda.twin",
    "guinda.planner",
    "guinda.plays",
    "guinda.offers",
    "guinda.stores",
    "guinda.delivery",
    "guinda.panels",
    "guinda.stalls",
    "guinda.orders",
    "guinda.stock",
    "guinda.clients",
    "guinda.catalog",
    "guinda.places",
    "guinda.tables",
    "guinda.journal",
    "guinda.base",
    "guinda.config",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "payments",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "guinda.config.admin_policy.Policies",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
    "guinda.config.admin_policy.office_clock",
    # Innermost and synchronous: so the whole chain runs in one thread per request, with one hop from the event loop.
    "guinda.base.middleware.refusals",
]

ROOT_URLCONF = "guinda.config.urls"
ASGI_APPLICATION = "guinda.config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    # A connection lasts as long as its thread; one that broke is replaced at the next request.
    "default": postgres.django_settings(
        os.environ.get("DATABASE_URL") or f"postgresql:///{postgres.DATABASE}"
    ),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- languages and time -------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español"), ("ru", "Русский")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_COOKIE_SAMESITE = "Lax"

# -- files the browser gets -----------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = postgres.home() / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or _flag("GUINDA_PLAIN_STATIC")
        else "guinda.base.storage.HashedStatic",
    },
}
WHITENOISE_USE_FINDERS = DEBUG or _flag("GUINDA_PLAIN_STATIC")
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS

# -- safety ---------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [
            SELF,
            *os.environ.get("GUINDA_PAYMENT_HOSTS", "").split(),
        ],  # a provider's own page, if it has one
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SILENCED_SYSTEM_CHECKS = [
    # The house speaks for its own name alone: what else the owner serves under the domain is theirs to promise.
    "security.W005",  # HSTS without includeSubDomains
    "security.W021",  # HSTS without preload
]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024  # no form or JSON of ours is larger

# -- staff sign-in --------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/admin/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "guinda.config.accounts.StaffOnly"
ACCOUNT_RATE_LIMITS = {
    # Of guesses at the second factor. Wrong passwords are counted by axes, which shuts the door before this: in the database, over all
    # processes.
    "login_failed": "30/m/ip,10/300s/key",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "guinda.config.addresses.client_ip"
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_ENABLE_ADMIN = False  # config/admin_accounts.py shows the failures in the house's look
SESSION_COOKIE_AGE = 14 * 24 * 3600  # a courier's telephone stays signed in over two weeks of shifts

# -- money and messages -----------------------------------------------------------
PAYMENT_MODEL = "orders.Payment"
PAYMENT_HOST = SITE_URL.split("://", 1)[1]
PAYMENT_USES_SSL = HTTPS
PAYMENT_VARIANTS: dict[str, tuple[str, dict[str, object]]] = {}
"""No card without a provider: the one that accepts whatever the payer says is for the demo and for developing alone."""
if os.environ.get("GUINDA_PAYMENT_PROVIDER"):
    import json

    PAYMENT_VARIANTS = {
        "card": (
            os.environ["GUINDA_PAYMENT_PROVIDER"],
            json.loads(os.environ.get("GUINDA_PAYMENT_OPTIONS", "{}")),
        ),
    }
elif DEMO or DEBUG:
    PAYMENT_VARIANTS = {"card": ("payments.dummy.DummyProvider", {})}
MESSAGE_URL = os.environ.get("GUINDA_MESSAGE_URL", "")  # an Apprise address with {phone}, or: console
QUIET_HOURS = _hours("GUINDA_QUIET_HOURS", "21:00-09:00")
CONTACT_CAPS = _caps("GUINDA_CONTACT_CAPS", "all=4/7 message=2/7 email=2/7 call=1/7 visit=1/28")
SELLER_HOURS = float(os.environ.get("GUINDA_SELLER_HOURS", "7"))  # of a day, for the steps of plays
MARGIN_PERCENT = int(os.environ.get("GUINDA_MARGIN_PERCENT", "30"))  # of what clients pay, what is left to us
ASSUMED_ADDED_PERCENT = float(
    os.environ.get("GUINDA_ASSUMED_ADDED_PERCENT", "2")
)  # what an offer adds while nothing is known
REST_MONTHS = 24  # how far ahead a client's remaining life is reckoned

# -- the promise ------------------------------------------------------------------
PROMISER = "guinda.delivery.promises.FleetPromiser"
PROMISE_AIM = float(os.environ.get("GUINDA_PROMISE_AIM", "0.95"))  # the share of promises to keep
TRAVEL_TIMES = _choice(
    "GUINDA_TRAVEL_TIMES",
    detour="guinda.places.travel.Detour",
    streets="guinda.places.streets.travel.StreetTimes",
    osrm="guinda.places.osrm.Osrm",
)
OSRM_URL = os.environ.get("GUINDA_OSRM_URL", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {
        "faults": {  # 503 is an answer of ours (no courier just now, too many streams), not a fault
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: getattr(record, "status_code", None) != 503,
        },
        "secrets": {"()": "guinda.base.logs.WithoutSecrets"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["faults", "secrets"],
            "level": os.environ.get("GUINDA_LOG", "WARNING"),  # also for loggers with levels of their own
        },
    },
    "root": {"handlers": ["console"], "level": os.environ.get("GUINDA_LOG", "WARNING")},
}

UNFOLD = admin_menu.UNFOLD
