"""The results as one table, ratios first. A figure beyond its target is said to be, no more."""

NAMES = {"lean": "leanest Beast server, no work", "sinyal": "Sinyal",
         "go": "Go: net/http, franz-go", "java": "Java: Vert.x, kafka-clients",
         "django": "Python: Django, gunicorn", "copy": "copy loop, no work"}
WIDTH = 100


def row(figure, ratio, target, at_most=True):
    kept = ratio <= target if at_most else ratio >= target
    sign = "≤" if at_most else "≥"
    return f"{figure:<64} {ratio:>7.2f}   {sign} {target:<6g} {'met' if kept else 'MISSED'}"


def ingest_ratios(part):
    ratios = part["ratios"]
    yield row("ingest: CPU each, to the leanest Beast server's", ratios["cpu_to_lean"], 2.2)
    for name, each in ratios["rivals"].items():
        yield row(f"ingest: notifications/s, to {NAMES[name]}", each["rate"], 1.3, at_most=False)
        yield row(f"ingest: CPU each, to {NAMES[name]}", each["cpu"], 0.75)


def lifecycle_ratios(part):
    yield row("lifecycle: notifications/s, to the copy loop's", part["ratios"]["rate"], 0.7,
              at_most=False)


def decide_ratios(part):
    yield row("lifecycle: decide + encode, to simdjson parsing the same", part["ratio"], 6)


def latency_ratios(part):
    for key, target in (("p50_ms", 1.3), ("p99_ms", 1.3)):
        yield row(f"answered → signal readable at {part['rate']}/s, {key[:3]}, to the copy loop's",
                  part["ratios"][key], target)


def memory_ratios(part):
    yield row("memory: bytes a payment, to its record's key and value", part["ratio"], 1.0)
    yield row("memory: resident when idle, MiB", part["idle_mib"], 32)


def ingest_figures(part):
    yield f"{'ingest, 64 connections, closed loop':<36}{'each s':>9}{'CPU µs':>9}" \
          f"{'broker µs':>11}{'MiB':>7}{'p50 ms':>9}{'p99 ms':>9}"
    for name, each in part["contenders"].items():
        broker = f"{each['broker_cpu_us']:.1f}" if name != "lean" else "–"
        yield f"  {NAMES[name]:<34}{each['rate']:>9.0f}{each['cpu_us']:>9.1f}{broker:>11}" \
              f"{each['memory_mib']:>7.0f}{each['p50_ms']:>9.2f}{each['p99_ms']:>9.2f}"


def lifecycle_figures(part):
    yield f"{'lifecycle, a backlog of ' + str(part['backlog']):<36}{'each s':>9}{'CPU µs':>9}" \
          f"{'MiB':>18}"
    for name, each in part["contenders"].items():
        yield f"  {NAMES[name]:<34}{each['rate']:>9.0f}{each['cpu_us']:>9.1f}" \
              f"{each['memory_mib']:>18.0f}"


def decide_figures(part):
    yield f"decide + encode {part['decide_ns'] / 1e3:.2f} µs, DOM parse " \
          f"{part['parse_ns'] / 1e3:.2f} µs a notification; " \
          f"{part['records_out'] / part['notifications']:.2f} records out of each"


def latency_figures(part):
    title = f"answered → readable, at {part['rate']}/s"
    yield f"{title:<36}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>11}"
    for name, each in part["contenders"].items():
        yield latency_line(NAMES[name], each)
    answers = sorted((each["answer"] for turns in part["rounds"].values() for each in turns),
                     key=lambda each: each["p50_ms"])
    yield latency_line("posted → answered, by ingest", answers[len(answers) // 2])


def latency_line(name, seen):
    return f"  {name:<34}{seen['p50_ms']:>9.1f}{seen['p99_ms']:>9.1f}{seen['max_ms']:>11.1f}"


def memory_figures(part):
    large = part["large"]
    yield f"memory: {part['bytes_a_payment']:.0f} bytes a payment; its record has " \
          f"{large['record_bytes']:.0f} of key and value and {large['header_bytes']:.0f} of " \
          f"headers; {large['payments']} payments restored at {part['restored_per_s']:.0f}/s"


RATIOS = {"ingest": ingest_ratios, "lifecycle": lifecycle_ratios, "decide": decide_ratios,
          "latency": latency_ratios, "memory": memory_ratios}
FIGURES = {"ingest": ingest_figures, "lifecycle": lifecycle_figures, "decide": decide_figures,
           "latency": latency_figures, "memory": memory_figures}


def render(results):
    about = results["machine"]
    lines = [f"{about['cpu']}, {about['cores']} cores, {about['memory_gib']} GiB, Linux "
             f"{about['kernel']}; Sinyal {about['sinyal']}, Kafka {about['kafka']} on the same "
             "machine",
             f"librdkafka {about['librdkafka']}, Boost {about['boost']}, simdjson "
             f"{about['simdjson']}, {about['compiler']}",
             f"{about['java']}; {about['go']}; Python {about['python']}; load at the start "
             f"{about['load_at_start']}; took {results['seconds']} s", ""]
    if results["quick"]:
        lines += ["--quick: too short for figures that one could quote", ""]
    lines += [f"{'figure (medians of paired rounds)':<64} {'ratio':>7}   target", "-" * WIDTH]
    for name, part in results["parts"].items():
        lines += RATIOS[name](part)
    for name, part in results["parts"].items():
        lines += ["", *FIGURES[name](part)]
    return "\n".join(lines)
