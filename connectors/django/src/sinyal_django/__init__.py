"""Sinyal's signals in Django: connect receivers to `sinyal_django.signals`, run
`manage.py sinyal_receive`, and each event reaches them with its effects applied once.
"""
