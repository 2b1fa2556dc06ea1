"""Makes docs/compatibility.md of the lines that the checks printed, or compares them with it.

    python page.py write LINES PAGE     a whole run: writes the page
    python page.py same  LINES PAGE     a whole run: the page must be what it gives
    python page.py part  LINES PAGE     a run of some checks: each of its lines must be on the page

Each line of LINES is "SCRIPT<tab>ok   CLIENT [FEATURE]: NAME<tab>(note)"; the mark may also be FAIL or skip. Notes of passed checks differ from run to
run and are left out.
"""

import re
import sys

LINE = re.compile(r"(ok  |FAIL|skip) (.+?) \[(.+?)\]: (.+)")
HEAD = """# Which clients work

Official clients as their authors publish them, unmodified, against a fresh local network. `internal/interop/run.sh --page` writes this page of what its checks
print; nothing here is written by hand, and `make interop` fails when a run gives something else. Versions are pinned by `package-lock.json` and the two
`requirements` files in `internal/interop`.

`@polkadot/api` 16.5.6 is the newest version that installs: 17.0.1 wants `@polkadot/api-augment` 17.0.1, which nobody has published.

A number is how many checks of the feature pass; ✗ that one fails; – that nothing of it is checked with this client. The clients' own sections name every check, and the
script that holds it.
"""


def read(path):
    rows = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            script, text, *note = line.rstrip("\n").split("\t")
            found = LINE.fullmatch(text)
            if not found:
                sys.exit(f"page.py: not a line of a check: {text!r}")
            mark, client, feature, name = found.groups()
            rows.append((client, feature, script, mark.strip(), name, note[0].strip("()") if note and mark != "ok  " else ""))
    return rows


def item(row):
    mark, name, note = row[3:]
    if mark == "ok":
        return f"- {name}"
    return f"- {'fails' if mark == 'FAIL' else 'left out'}: {name}" + (f" ({note})" if note else "")


def page(rows):
    clients = list(dict.fromkeys(r[0] for r in rows))
    features = sorted({r[1] for r in rows})
    out = [HEAD]
    out.append("| | " + " | ".join(clients) + " |\n|---" * 1 + "|---" * len(clients) + "|")
    for feature in features:
        cells = []
        for client in clients:
            marks = [r[3] for r in rows if r[:2] == (client, feature)]
            cells.append("✗" if "FAIL" in marks else str(marks.count("ok")) if "ok" in marks else "–")
        out.append(f"| {feature} | " + " | ".join(cells) + " |")
    for client in clients:
        out.append(f"\n## {client}")
        for feature in sorted({r[1] for r in rows if r[0] == client}):
            own = [r for r in rows if r[:2] == (client, feature)]
            for script in dict.fromkeys(r[2] for r in own):
                mine = [r for r in own if r[2] == script]
                out.append(f"\n### {client}: {feature}\n\nSince `{script}`:\n")
                out += [item(r) for r in mine]
    return "\n".join(out) + "\n"


def main():
    mode, lines, path = sys.argv[1:]
    rows = read(lines)
    if mode == "write":
        with open(path, "w", encoding="utf-8") as out:
            out.write(page(rows))
        return
    try:
        with open(path, encoding="utf-8") as old:
            text = old.read()
    except FileNotFoundError:
        sys.exit(f"page.py: {path} is missing: internal/interop/run.sh --page writes it")
    if mode == "same":
        if text != page(rows):
            sys.exit(f"page.py: {path} is not what this run gives: internal/interop/run.sh --page writes it anew")
        return
    section, listed = None, set()
    for line in text.splitlines():
        if line.startswith("### "):
            section = line[4:]
        elif line.startswith("- "):
            listed.add((section, line))
    missing = [f"{r[0]}: {r[1]}: {item(r)}" for r in rows if r[3] != "FAIL" and (f"{r[0]}: {r[1]}", item(r)) not in listed]
    if missing:
        sys.exit(f"page.py: {path} lacks what this run gives; internal/interop/run.sh --page writes it anew:\n" + "\n".join(missing))


main()
