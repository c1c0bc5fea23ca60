"""Text packed into few bytes: what is written often and is larger than a write unit (1 KB) costs less so."""

import zlib
from typing import Final

_DICTIONARY_1: Final = b"""\
"promise_broken","promise_confirmed","card_expiring","action_required","tells":[{"attempt_id":"dunwell-001"
"state":"processing","succeeded","declined","unknown","disputed_at":"","paused_until":"","promised_for":""
"subscription_id":"sub_1","billing_reason":"subscription_cycle","subscription_create","collection_method":
"send_invoice","due_at":"2026-01-01T00:00:00+00:00","uncollectible","void","usd","gbp","jpy","mastercard"
"basis":"even 8 in 14 days|","custom","the network asks","so that it does not fall on a day without banks
"paid_at":"2026-","payment_method":{"attempted_at":["brand":"visa","country":"US","exp_month":1,
"exp_year":203,"fingerprint":"","funding":"debit","credit","prepaid","id":"pm_1","issuer":"4","kind":"card",
"last4":"4","reason":"the account probably lacked money (100%): Sun 01 Mar 10:00 their time succeeds with 1%,
 the first of 4 retries that together succeed with 4%; considered to begin with: Fri 06 Mar 10:00 (9%, then
 4%), Sat Mon Tue Wed Thu Jan Feb Apr May Jun Jul Aug Sep Oct Nov Dec "payment_received","invoice_finalized",
"reminder_before_due","reminder_on_due","reminder_overdue","key":"in_1:payment_failed:dunwell-00",\
{"invoice":{"amount_due":{"amount":0,"currency":"eur"},"amount_paid":{"amount":0,"currency":"eur"},\
"amount_remaining":{"amount":0,"currency":"eur"},"attempted":true,"auto_advance":false,\
"billing_reason":"manual","collection_method":"charge_automatically","created_at":"2026-01-01T00:00:00+00:00",\
"customer_id":"cus_","finalized_at":"2026-01-01T00:00:00+00:00",\
"hosted_invoice_url":"https://invoice.stripe.com/i/acct_1","id":"in_1","number":"",\
"planned_retry":{"at":"2026-","basis":"smart 8 in 14 days|smart|","foresight":{"by":"lessons-",\
"considered":[{"at":"2026-01-01T00:00:00+00:00","chance":0.,"propensity":0.},"processor_attempt_count":1,\
"read_at":"2026-01-01T00:00:00+00:00","status":"open"},"wanted":[{"attempt_id":"dunwell-00",\
"expires_at":"2026-01-01T00:00:00+00:00","invoice_id":"in_1","key":"in_1:","kind":"payment_failed",\
"not_before":"2026-01-01T00:00:00+00:00"}]}"""
"""What invoices' facts often contain, what is likeliest last (zlib.net/manual.html, deflateSetDictionary).
Rows can be read only with the very bytes that they were packed with: for others make a second dictionary."""

_DICTIONARIES: Final = {1: _DICTIONARY_1}
_NEWEST: Final = max(_DICTIONARIES)


def pack(text: str) -> bytes:
    """A byte that names the dictionary, then the text, deflated with it (RFC 1951)."""
    deflating = zlib.compressobj(9, wbits=-zlib.MAX_WBITS, zdict=_DICTIONARIES[_NEWEST])
    return bytes([_NEWEST]) + deflating.compress(text.encode()) + deflating.flush()


def unpack(packed: bytes) -> str:
    """The text that was packed. Raises `ValueError` for what newer code packed, or what is no whole text."""
    dictionary = _DICTIONARIES.get(packed[0]) if packed else None
    if dictionary is None:
        raise ValueError("packed by a newer version of Dunwell, or by something else: deploy the newer one")
    inflating = zlib.decompressobj(wbits=-zlib.MAX_WBITS, zdict=dictionary)
    try:
        text = (inflating.decompress(packed[1:]) + inflating.flush()).decode()
    except zlib.error as error:
        raise ValueError(f"a row that cannot be unpacked: {error}") from error
    if inflating.unused_data or not inflating.eof:
        raise ValueError("a row that cannot be unpacked: it is not whole")
    return text
