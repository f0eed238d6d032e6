"""The payment pages: pay, how it went, and what to do when it did not. Thin: the verbs are in `services` and `payments`."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from payments import PaymentError, PaymentStatus, RedirectNeeded
from payments.core import provider_factory
from payments.dummy import DummyProvider
from payments.urls import process_data, static_callback

from guinda.base import clock
from guinda.base.refusals import Refusal
from guinda.base.secrecy import private
from guinda.orders import queries, services
from guinda.orders.models import Order, Payment
from guinda.orders.payments import can_be_paid, try_again
from guinda.orders.ways_back import remember, way_back

logger = logging.getLogger(__name__)

DEMO_ANSWERS = ("confirmed", "rejected", "error")
"""What the demo's bank may say: anything else a browser sends in its place is refused."""
DEMO_FIELDS = ("status", "fraud_status", "gateway_response", "verification_result")
NO_ANSWER = gettext_noop("The bank could not be reached.")


@private
def pay(request: HttpRequest, token: UUID) -> HttpResponseBase:
    """What is to be paid, and the provider's form; whoever can't pay any more is told how it stands."""
    response = _pay(request, _payment(token), clock.now())
    remember(response, request)
    return response


def _pay(request: HttpRequest, payment: Payment, now: datetime) -> HttpResponseBase:
    token = payment.token
    if payment.variant == Payment.CASH:
        return _after_cash(request, payment)
    if not can_be_paid(payment.order, now=now) or payment.status not in queries.OPEN:
        return redirect("payment_done", token)
    try:
        demo = isinstance(provider_factory(payment.variant, payment), DummyProvider)
        form = payment.get_form(data=_posted(request, demo=demo))
    except RedirectNeeded as needed:
        return HttpResponseRedirect(str(needed))
    except Refusal:
        raise
    except Exception:
        logger.exception("Payment %s: the provider failed", payment.pk)
        payment.change_status(PaymentStatus.ERROR, NO_ANSWER)
        return redirect("payment_done", token)
    facts = {"form": form, "demo": demo, "ours": not form.action or form.action.startswith("/")}
    return render(request, "orders/pay.html", {**_facts(request, payment, now), **facts})


@private
@require_safe
def payment_done(request: HttpRequest, token: UUID) -> HttpResponse:
    """How the payment stands, and what can be done now."""
    now = clock.now()
    payment = _payment(token)
    facts = {**_facts(request, payment, now), "standing": queries.standing(payment, now=now)}
    response = render(request, "orders/done.html", facts)
    remember(response, request)
    return response


@private
def pay_again(request: HttpRequest, token: UUID) -> HttpResponse:
    """Try the card once more."""
    payment = _payment(token)
    if request.method != "POST":
        return redirect("payment_done", token)
    return redirect("pay", try_again(order=payment.order, now=clock.now()).token)


@private
def pay_cash(request: HttpRequest, token: UUID) -> HttpResponse:
    """The courier takes the money instead. Tapped twice it is done once."""
    payment = _payment(token)
    if request.method != "POST":
        return redirect("payment_done", token)
    try:
        services.pay_cash_instead(order=payment.order, now=clock.now())
    except Refusal:
        if not queries.pays_cash(payment.order):
            raise
    return _after_cash(request, payment)


def _after_cash(request: HttpRequest, payment: Payment) -> HttpResponse:
    """On to the client's own page; at a public screen, which must not show it, to how the payment stands."""
    return redirect("payment_done", payment.token) if way_back(request) else redirect(payment.order)


@csrf_exempt
@private
def process_payment(request: HttpRequest, token: UUID) -> HttpResponseBase:
    """Where a provider, or the payer coming back from one, brings the answer; what nobody can read is a 400."""
    payment = Payment.objects.filter(token=str(token)).only("pk", "variant").first()
    answer = request.GET.get("verification_result", "")
    if payment and answer not in (*DEMO_ANSWERS, "") and _is_demo(payment):
        raise _unreadable()
    return _answered(process_data, request, str(token))


@csrf_exempt
@private
@require_POST
def static_process_payment(request: HttpRequest, variant: str) -> HttpResponseBase:
    """The same for providers that know one address for all payments."""
    return _answered(static_callback, request, variant)


def _answered(handle: Any, request: HttpRequest, name: str) -> HttpResponseBase:
    """Let django-payments read the answer; providers raise whatever their parsing raises."""
    try:
        response: HttpResponseBase = handle(request, name)
    except (ValueError, KeyError, TypeError, NotImplementedError, PaymentError) as error:
        logger.warning("An answer to %s could not be read: %s", request.path, type(error).__name__)
        raise _unreadable() from error
    return response


def _unreadable() -> Refusal:
    return Refusal(
        "bad_answer", _("This answer about a payment could not be read; nothing was changed."), status=400
    )


def _is_demo(payment: Payment) -> bool:
    try:
        return isinstance(provider_factory(payment.variant, payment), DummyProvider)
    except ValueError:
        return False


def _posted(request: HttpRequest, *, demo: bool) -> dict[str, str] | Any:
    """The form's data, or None; the demo's bank hears only what its two buttons can say."""
    if request.method != "POST":
        return None
    if not demo:
        return request.POST
    if request.POST.get("status") not in DEMO_ANSWERS:
        raise _unreadable()
    return {name: request.POST.get(name, "") for name in DEMO_FIELDS}


def _payment(token: UUID) -> Payment:
    payment: Payment = get_object_or_404(Payment.objects.select_related("order__city"), token=str(token))
    return payment


def _facts(request: HttpRequest, payment: Payment, now: datetime) -> dict[str, Any]:
    order: Order = payment.order
    return {
        "payment": payment,
        "order": order,
        "money": queries.money(order),
        "held": queries.held(order, now=now),
        "back": way_back(request),
    }
