"""What a user would write in Python: verify, append with acks=all, answer 200 after the ack."""
import hashlib
import hmac
import json
import os
import threading

from confluent_kafka import Producer
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

TOPIC, KEY = os.environ["TOPIC"], os.environ["SERVER_KEY"]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], MIDDLEWARE=[],
                   SECRET_KEY="of no use here")
producer = Producer({"bootstrap.servers": os.environ["KAFKA"], "enable.idempotence": True,
                     "acks": "all", "linger.ms": 1, "partitioner": "murmur2_random"})


def poll():
    while True:
        producer.poll(1)


@csrf_exempt
@require_POST
def notifications(request):
    try:
        body = json.loads(request.body)
        signed = body["order_id"] + body["status_code"] + body["gross_amount"] + KEY
        signature, key = body["signature_key"], "G141532850:payment:" + body["order_id"]
    except (ValueError, KeyError, TypeError):
        return HttpResponse(status=400)
    if not hmac.compare_digest(hashlib.sha512(signed.encode()).hexdigest(), signature):
        return HttpResponse(status=401)
    done, errors = threading.Event(), []

    def delivered(error, _):
        errors.append(error)
        done.set()

    producer.produce(TOPIC, request.body, key, on_delivery=delivered)
    if not done.wait(4) or errors[0] is not None:
        return HttpResponse(status=504)
    return JsonResponse({"status": "ok"})


threading.Thread(target=poll, daemon=True).start()
urlpatterns = [path("notifications", notifications)]
application = get_wsgi_application()
