"""What a merchant knows and a generator does not, put into the requests that are meant to be right."""

import itertools

import schemathesis
from schemathesis import GenerationMode

BUSINESS = "SANDBOXHIRE"
CARDS = ["4242424242424242", "5163200000000008", "370000000201048", "4111111111444496"]
NUMBERS = itertools.count(1)

# One value for each field of this name.
KNOWN = {
    "supplierBusinessCode": lambda value: BUSINESS,
    "cardNumber": lambda value: CARDS[len(str(value)) % len(CARDS)],
    "expiryDateMonth": lambda value: "12",
    "expiryDateYear": lambda value: "2035",
    "startDate": lambda value: "2031-03-31",
    "endDate": lambda value: "2032-03-31",
    "emailAddress": lambda value: "sam@example.com",
    "ipAddress": lambda value: "203.0.113.7",
    "customerNumber": lambda value: f"CUST-{next(NUMBERS)}",
}


def dollars(value):
    """An amount of at most two decimals and some thousands of dollars."""
    if isinstance(value, str):
        return f"{1 + len(value)}.50"
    return round(1 + abs(value) % 5000, 2)


def fill(value):
    if isinstance(value, list):
        return [fill(item) for item in value]
    if not isinstance(value, dict):
        return value
    filled = {}
    for name, item in value.items():
        if item is not None and name in KNOWN:
            filled[name] = KNOWN[name](item)
        elif name.endswith("Amount") and isinstance(item, (int, float, str)) and item not in (0, True, False):
            filled[name] = dollars(item)
        else:
            filled[name] = fill(item)
    return filled


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = case.headers or {}
    for name, value in list(headers.items()):
        # A key that was used would be answered as the first time, whatever else is sent.
        if name.lower() == "idempotency-key" and 1 <= len(value) <= 60 and value.isascii():
            headers[name] = f"case-{next(NUMBERS)}"
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if isinstance(case.body, dict) and not case.media_type.startswith("multipart"):
        case.body = fill(case.body)
