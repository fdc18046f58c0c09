"""What each alert of deploy/prometheus-rules.yml is to say to a series of minutes: a table, made
into the unit tests of promtool.
"""
import json

QUIET = {  # a process that does its work; alerts see it for an hour
    'sinyal_build_info{version="1"}': "1x60",
    'sinyal_kafka_up': "1x60",
    'sinyal_notifications_total{merchant="G1",result="accepted"}': "0+5x60",
    'sinyal_notifications_total{merchant="G1",result="not_stored"}': "3x60",
    'sinyal_notifications_total{merchant="G1",result="bad_signature"}': "2x60",
    'sinyal_notifications_total{merchant="",result="unknown_merchant"}': "0+9x60",
    'sinyal_quarantined_total{reason="bad_field",money="yes"}': "1x60",
    'sinyal_quarantined_total{reason="bad_field",money="no"}': "0 0 0+1x5",
    'sinyal_consumer_lag_seconds{partition="0"}': "2x60",
    'sinyal_consumer_lag_records{partition="0"}': "1x60",
    'sinyal_transactions_total{result="committed"}': "0+4x60",
    'sinyal_transactions_total{result="aborted"}': "1x60",
    'sinyal_config_last_reload_successful': "1x60",
}

CASES = [  # name, what is other than QUIET (None: it is not there), alert, labels that it has
    ("nothing is wrong", {}, None, {}),
    ("nothing comes at night", {
        'sinyal_notifications_total{merchant="G1",result="accepted"}': "7x60"}, None, {}),
    ("strangers alone come", {
        'sinyal_notifications_total{merchant="G1",result="accepted"}': "7x60",
        'sinyal_notifications_total{merchant="",result="unknown_merchant"}': "0+99x60"}, None, {}),
    ("no process", {series: None for series in QUIET}, "SinyalAway", {}),
    ("a token was changed", {
        'sinyal_notifications_total{merchant="G1",result="accepted"}': "7x60",
        'sinyal_notifications_total{merchant="G1",result="bad_token"}': "0+5x60"},
     "SinyalAcceptsNothing", {}),
    ("some are not stored", {
        'sinyal_notifications_total{merchant="G1",result="not_stored"}': "0+1x60"},
     "SinyalNotStored", {}),
    ("one of two has no Kafka", {'sinyal_kafka_up{instance="2"}': "0x60"}, "SinyalKafkaDown", {}),
    ("one payment is put aside", {
        'sinyal_quarantined_total{reason="bad_field",money="yes"}': "0x55 1x5"},
     "SinyalMoneyInQuarantine", {"reason": "bad_field"}),
    ("much is put aside", {
        'sinyal_quarantined_total{reason="unknown_event",money="no"}': "0+1x60"},
     "SinyalQuarantineGrows", {"reason": "unknown_event"}),
    ("a key was changed for one of two", {
        'sinyal_notifications_total{merchant="G2",result="bad_signature"}': "0+1x60"},
     "SinyalBadSignatures", {"merchant": "G2"}),
    ("a partition has stopped", {'sinyal_consumer_lag_seconds{partition="7"}': "0+60x60"},
     "SinyalLate", {"partition": "7"}),
    ("lifecycle commits nothing", {
        'sinyal_transactions_total{result="committed"}': "9x60"}, "SinyalStandsStill", {}),
    ("nobody has a partition", {
        'sinyal_consumer_lag_records{partition="0"}': None}, "SinyalProcessesNothing", {}),
    ("every batch is aborted first", {
        'sinyal_transactions_total{result="aborted"}': "0+1x60"}, "SinyalTransactionsFail", {}),
    ("a reload failed", {'sinyal_config_last_reload_successful': "1x50 0x10"},
     "SinyalReloadFailed", {}),
]


def unit_tests(rules, names):
    """A document for `promtool test rules`. Every other alert is to be silent in each case, but for
    those that follow: without a process nobody has a partition either."""
    tests = []
    for name, other, alert, labels in CASES:
        series = {**QUIET, **other}
        expected = {alert} | ({"SinyalProcessesNothing"} if alert == "SinyalAway" else set())
        labelled = "".join(f',{label}="{value}"' for label, value in labels.items())
        tests.append({
            "name": name, "interval": "1m",
            "input_series": [{"series": each, "values": values}
                             for each, values in series.items() if values],
            # what fires is asked for by labels: annotations are for people
            "promql_expr_test": [{
                "eval_time": "60m",
                "expr": f'count by (alertname) (ALERTS{{alertstate="firing",alertname="{each}"'
                        + (labelled if each == alert else "") + "})",
                "exp_samples": [{"labels": f'{{alertname="{each}"}}', "value": 1}]
                               if each in expected else [],
            } for each in names]})
    return json.dumps({"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": tests})
