"""Prove a telephone, remember who lives where."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from hashlib import sha256

import phonenumbers
from django.conf import settings
from django.core import signing
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import override

from guinda.base import codes
from guinda.base.refusals import Refusal
from guinda.clients.messages import enqueue
from guinda.clients.models import Address, Client, Message, PhoneCode

CODE_HOLDS_S = 5 * 60
GUESSES = 5
"""Wrong guesses before a code is dead. With six digits and five codes an hour a stranger's chance is 1 in 40,000 an hour."""
CODES_AN_HOUR = 5
"""Codes one telephone may be sent in an hour, from all devices."""
ASKS_AN_HOUR = 40
"""Codes one device may ask for in an hour, for all telephones."""
PROOF_HOLDS_S = 15 * 60
SALT = "guinda.clients.proof"


def e164(text: str, *, country: str) -> str:
    """A telephone as people type it -> E.164; a number that can't exist is refused."""
    try:
        number = phonenumbers.parse(text[:40], country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise Refusal(
            "bad_phone",
            _("This does not look like a telephone number. Check the digits, please."),
            status=422,
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def send_code(*, phone: str, asked_from: str, language: str, now: datetime) -> None:
    """Send a code to `phone` (E.164). Does the same whether or not we know the number, and says nothing of it.

    Over a limit nothing is sent and 429 is refused, again the same for known and unknown numbers.
    """
    hour_ago, expires_at = now - timedelta(hours=1), now + timedelta(seconds=CODE_HOLDS_S)
    with transaction.atomic():
        _one_at_a_time(f"device:{asked_from}", f"phone:{phone}")
        sent = PhoneCode.objects.filter(phone=phone, sent_at__gt=hour_ago).count()
        asked = PhoneCode.objects.filter(asked_from=asked_from, sent_at__gt=hour_ago).count()
        if sent >= CODES_AN_HOUR or asked >= ASKS_AN_HOUR:
            raise Refusal(
                "too_many_codes",
                _("Too many codes were asked for. Wait an hour, or order without a number."),
                status=429,
            )
        code = codes.telephone_code()
        sent_code = PhoneCode.objects.create(
            phone=phone,
            digest=_digest(phone, code),
            asked_from=asked_from,
            sent_at=now,
            expires_at=expires_at,
        )
        with override(language):
            text = _("Your Guinda code: %(code)s. Nobody of ours ever asks for it by telephone.") % {
                "code": code
            }
        enqueue(
            key=f"code:{sent_code.pk}",
            purpose=Message.Purpose.CODE,
            phone=phone,
            language=language,
            text=text,
            lapses_at=expires_at,
            now=now,
        )


def confirm_code(*, phone: str, code: str, now: datetime) -> str:
    """Check a code and return a signed proof that the telephone is this person's, good for a quarter of an hour.

    Every guess is counted before it is compared, in one statement, so that guesses sent at once don't share a count.
    """
    with transaction.atomic():
        newest = (
            PhoneCode.objects.filter(phone=phone, used_at=None).order_by("-sent_at", "-pk").values("pk")[:1]
        )
        counted = PhoneCode.objects.filter(
            pk__in=list(newest.values_list("pk", flat=True)), attempts__lt=GUESSES, expires_at__gt=now
        )
        row = counted.select_for_update().first()
        if row is not None:
            PhoneCode.objects.filter(pk=row.pk).update(attempts=F("attempts") + 1)
    if row is None or not hmac.compare_digest(row.digest, _digest(phone, code)):
        raise Refusal(
            "wrong_code",
            _("This code is not right or has lapsed. Look at the newest message, or ask for another code."),
            status=403,
        )
    if not PhoneCode.objects.filter(pk=row.pk, used_at=None).update(used_at=now):
        raise Refusal("wrong_code", _("This code was used already. Ask for another one."), status=403)
    return signing.dumps([phone, now.isoformat()], salt=SALT)


def proved_phone(proof: str, *, now: datetime) -> str:
    """The telephone a proof stands for; a lapsed or false proof is refused."""
    phone, at = _read(proof) or (None, "")
    if phone is None or now - datetime.fromisoformat(at) > timedelta(seconds=PROOF_HOLDS_S):
        raise Refusal(
            "proof_lapsed", _("Confirm your telephone again, please: it has been a while."), status=403
        )
    return phone


def phone_of(proof: str) -> str | None:
    """The telephone of a proof of ours, lapsed or not: opens nothing, but finds the answer to an order sent before."""
    found = _read(proof)
    return found[0] if found else None


def _read(proof: str) -> tuple[str, str] | None:
    try:
        phone, at = signing.loads(proof, salt=SALT)
    except (signing.BadSignature, UnicodeError):
        return None
    return str(phone), str(at)


def known(*, phone: str, language: str, now: datetime) -> Client:
    """The client with this proved telephone, made on first use; where two telephones turned out to be one client's, the one kept."""
    found = Client.objects.select_related("merged_into").get_or_create(
        phone=phone, defaults={"language": language, "since_at": now}
    )[0]
    return found.merged_into or found


def client_id_of(phone: str) -> int | None:
    """Whose telephone it is, if anybody's we know."""
    kept = Coalesce("merged_into", "pk")
    return Client.objects.filter(phone=phone).values_list(kept, flat=True).first()


def remember_address(
    *, client_id: int, lat: float, lon: float, street: str, flat: str, note: str, now: datetime
) -> None:
    """Keep where the client had a bag brought, newest use first; the same street and flat is one address."""
    Address.objects.update_or_create(
        client_id=client_id,
        street=street,
        flat=flat,
        defaults={"lat": lat, "lon": lon, "note": note, "used_at": now},
    )


def _one_at_a_time(*names: str) -> None:
    """Until the transaction ends nobody else counts these; always the device before the telephone, so nobody waits in a circle."""
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _digest(phone: str, code: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{phone}:{code}".encode(), sha256).hexdigest()
