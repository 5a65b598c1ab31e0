# SPDX-License-Identifier: Apache-2.0
"""Tables in plain text."""


def format_number(value):
    if value is None:
        return "-"
    if value == 0:
        return "0"
    if abs(value) < 10:
        return f"{value:.3g}" if abs(value) < 0.1 else f"{value:.2f}"
    return f"{value:.1f}" if abs(value) < 100 else f"{value:,.0f}"


def print_table(title, columns, rows):
    """`rows` are (name, values); numbers are formatted, text is kept, None prints as a dash."""
    if not rows:
        return
    texts = [[name, *(value if isinstance(value, str) else format_number(value) for value in values)]
             for name, values in rows]
    table = [["", *columns], *texts]
    widths = [max(len(line[i]) for line in table) for i in range(len(columns) + 1)]
    print(f"\n{title}")
    for line in table:
        cells = [line[0].ljust(widths[0])] + [text.rjust(width) for text, width in zip(line[1:], widths[1:])]
        print("  ".join(cells).rstrip())
