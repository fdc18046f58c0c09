"""The results as an SVG that reads on a light and on a dark page: four groups of bars."""
import html

BAR, GAP, LEFT, WIDTH, VALUE = 18, 8, 250, 820, 90
STYLE = """
  text { font: 13px sans-serif; fill: #24292f }
  .title { font-weight: bold }
  .ours { fill: #1a7f64 } .other { fill: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .ours { fill: #3fb68b } .other { fill: #6e7681 }
  }
"""
NAMES = {"lean": "leanest Beast server (no work)", "sinyal": "Sinyal", "go": "Go, franz-go",
         "java": "Java, Vert.x", "django": "Python, Django", "copy": "copy loop (no work)"}


def groups(parts):
    """(title, unit, bars): a bar is (name, value)."""
    def bars(part, key, without=()):
        return [(name, each[key]) for name, each in parts[part]["contenders"].items()
                if name not in without]
    if "ingest" in parts:
        yield "Ingest: notifications acknowledged a second", "/s", bars("ingest", "rate", {"lean"})
        yield "Ingest: CPU for each, µs", " µs", bars("ingest", "cpu_us")
    if "lifecycle" in parts:
        yield "Lifecycle: notifications a second, exactly once", "/s", bars("lifecycle", "rate")
    if "latency" in parts:
        yield ("Answered → signal readable at 500/s, median, ms", " ms",
               bars("latency", "p50_ms"))
        yield "… 99th percentile, ms", " ms", bars("latency", "p99_ms")


def draw(results):
    body, y = [], 10
    for title, unit, bars in groups(results["parts"]):
        y += 20
        body.append(f'<text class="title" x="10" y="{y}">{html.escape(title)}</text>')
        y += 8
        most = max(value for _, value in bars)
        for name, value in bars:
            size = max(1, (WIDTH - LEFT - VALUE) * value / most)
            middle = y + BAR * 0.72
            number = f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
            body += [f'<text x="{LEFT - 10}" y="{middle:.0f}" text-anchor="end">'
                     f'{html.escape(NAMES[name])}</text>',
                     f'<rect class="{"ours" if name == "sinyal" else "other"}" x="{LEFT}" y="{y}" '
                     f'width="{size:.0f}" height="{BAR}" rx="3"/>',
                     f'<text x="{LEFT + size + 6:.0f}" y="{middle:.0f}">{number}{unit}</text>']
            y += BAR + GAP
    about = results["machine"]
    y += 20
    body.append(f'<text x="10" y="{y}">{html.escape(about["cpu"])}, {about["cores"]} cores shared '
                f'with Kafka {html.escape(about["kafka"])} and the load</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 14}" '
            f'width="{WIDTH}" height="{y + 14}" role="img" aria-label="Sinyal measured">\n'
            f'<style>{STYLE}</style>\n' + "\n".join(body) + "\n</svg>\n")
