"""Payments as shops have them: the notifications of a small sample, and any number of state records
that differ from what Sinyal wrote for the sample only in what differs from payment to payment.
"""
import dataclasses
import json
import random
import re
import uuid

from support import MERCHANT, payment, read

FIRST_NAMES = ["Budi", "Siti", "Agus", "Dewi", "Eko", "Rina", "Joko", "Wahyuni", "Muhammad", "Ayu"]
LAST_NAMES = ["Santoso", "Wijaya", "Lestari", "Pratama", "Hidayat", "Kusuma", "Saputra", "Utami"]
BANKS = ["bca", "bni", "bri", "cimb", "permata"]
TIMES = {"transaction_time": "2026-11-20 09:10:00", "expiry_time": "2026-11-21 09:10:00"}
SETTLED = {**TIMES, "settlement_time": "2026-11-20 09:15:30"}


def digits(chance, count):
    return "".join(chance.choices("0123456789", k=count))


def person(chance):
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    return {"first_name": first, "last_name": last, "phone": "+628" + digits(chance, 10),
            "email": f"{first}.{last}{digits(chance, 3)}@example.com".lower()}


def story(chance, number):
    """(document or None, [notification…]) of one payment; methods and ends as shops see them."""
    order, amount = f"SHOP-{digits(chance, 10)}", f"{chance.randrange(10, 5000)}000.00"
    same = {"amount": amount, "transaction_id": str(uuid.UUID(int=chance.getrandbits(128))),
            "status_message": "midtrans payment notification"}
    method = chance.choices(["va", "qris", "card"], [60, 22, 18])[0]
    if method == "va":
        same["va_numbers"] = [{"va_number": digits(chance, 16), "bank": chance.choice(BANKS)}]
    elif method == "qris":
        same.update(payment_type="qris", acquirer="gopay", issuer="gopay", va_numbers=None)
    else:
        same.update(payment_type="credit_card", masked_card=f"481111-{digits(chance, 4)}",
                    bank=chance.choice(BANKS), va_numbers=None)
    end = chance.choices(["settled", "expired", "refunded"], [86, 10, 4])[0]
    if method == "card":
        told = [payment(order, "capture", **TIMES, **same),
                payment(order, "settlement", **SETTLED, **same)]
    else:
        last = payment(order, "expire", **TIMES, **same) if end == "expired" else \
            payment(order, "settlement", **SETTLED, **same)
        told = [payment(order, "pending", **TIMES, **same), last]
    if end == "refunded" and method != "va":
        back = {"refund_chargeback_id": int(digits(chance, 18)), "refund_amount": amount,
                "created_at": "2026-11-22 10:00:00", "reason": "out of stock",
                "refund_key": f"refund-{order}"}
        told.append(payment(order, "refund", refunds=[back], refund_amount=amount, **SETTLED,
                            **same))
    charged = None
    if number % 5 < 2:  # two in five merchants post their charges too
        charged = {"order_id": order, "gross_amount": amount, "customer_details": person(chance)}
    return charged, told


# Of a state document: a transaction's UUID, a time, an offset, an amount, and texts that are a
# customer's or a payment's own.
VARIES = re.compile(
    r'(?<="t":")[0-9a-f-]{36}(?=")|(?<=:)1[0-9]{12}(?=[,}])|(?<="o":)[0-9]+|'
    r'(?<="(?:va|ce|cp)":")[^"]+|(?<="(?:cf|cl|mc)":")[^"]+|(?<="g":)[0-9]+|'
    r'(?<="m":)[0-9]+|(?<="da":)[0-9]+|(?<="n":")[^"]+|SHOP-[0-9]{10}')


@dataclasses.dataclass
class Template:
    """All state records of one payment of the sample, in order."""
    documents: list  # each [literal, original, literal, original, …, literal]
    headers: list    # of each

    @classmethod
    def of(cls, records):
        documents = []
        for record in records:
            text = record.value.decode()
            parts = [[], *[[m.start(), m.end()] for m in VARIES.finditer(text)]]
            cuts = [0, *[cut for part in parts for cut in part], len(text)]
            documents.append([text[a:b] for a, b in zip(cuts, cuts[1:])])
        return cls(documents, [list(record.headers) for record in records])

    def payment(self, chance):
        """(key, [(document, headers)…]) of another payment with the same history."""
        order, new = f"SHOP-{digits(chance, 10)}", {}
        shift = chance.randrange(-10**7, 10**7) * 1000  # whole seconds, as Midtrans tells them

        def other(old):
            if old.startswith("SHOP-"):
                return order
            if old not in new:
                new[old] = alike(old, chance, shift)
            return new[old]

        made = []
        for parts, headers in zip(self.documents, self.headers):
            text = "".join(part if i % 2 == 0 else other(part) for i, part in enumerate(parts))
            made.append((text.encode(), headers))
        return f"{MERCHANT}:payment:{order}".encode(), made


def alike(old, chance, shift):
    """A value of the same shape and length."""
    if len(old) == 36:
        return str(uuid.UUID(int=chance.getrandbits(128)))
    if len(old) == 13 and old.isdigit():
        return str(int(old) + shift)
    if old in FIRST_NAMES:
        return chance.choice(FIRST_NAMES)
    if old in LAST_NAMES:
        return chance.choice(LAST_NAMES)
    if old.isdigit():
        head = old.rstrip("0")
        return str(chance.randrange(1, 10)) + digits(chance, len(head) - 1) + old[len(head):]
    return re.sub("[0-9]+", lambda found: digits(chance, len(found[0])), old)


def templates(kafka, prefix):
    """One of each payment in the state topic, checked to be whole JSON documents."""
    histories = {}
    for record in read(kafka, f"{prefix}.state"):
        if record.key.startswith(f"{MERCHANT}:payment:"):
            histories.setdefault(record.key, []).append(record)
    made = [Template.of(histories[key]) for key in sorted(histories)]
    chance = random.Random(0)
    for template in made:
        for document, _ in template.payment(chance)[1]:
            assert json.loads(document)["v"] == 1
    return made
