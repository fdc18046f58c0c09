"""For schemathesis: three of four requests are made genuine (merchant, token, signature), so that
they get past the door; the others stay as they were generated.
"""
import hashlib
import zlib

import schemathesis

from support import API_TOKEN, MERCHANT, RECURRING_TOKEN, SERVER_KEY

SIGNED = [("order_id", "status_code", "gross_amount"), ("account_id", "account_status",
                                                        "status_code")]


def stays_as_it_is(case):
    return zlib.crc32(repr((case.path_parameters, case.body)).encode()) % 4 == 0


def sign(body):
    """The signature of what the body says, where it says all that is signed."""
    fields = SIGNED[0] if "order_id" in body else SIGNED[1]
    texts = [body.get(field) for field in fields]
    if any(not isinstance(text, (str, int)) or isinstance(text, bool) for text in texts):
        return
    try:
        signed = "".join([*map(str, texts), SERVER_KEY]).encode()
    except UnicodeEncodeError:
        return  # half of a surrogate pair: no UTF-8 has it
    body["signature_key"] = hashlib.sha512(signed).hexdigest()


@schemathesis.hook
def before_call(context, case, kwargs):
    if stays_as_it_is(case):
        return
    path = dict(case.path_parameters or {})
    if "merchant" in path:
        path["merchant"] = MERCHANT
    if "token" in path:
        path["token"] = RECURRING_TOKEN
    case.path_parameters = path
    if case.operation.path.endswith(("/payments", "/invoices", "/subscriptions")):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {API_TOKEN}"}
    if isinstance(case.body, dict) and "signature_key" in case.body:
        sign(case.body)
