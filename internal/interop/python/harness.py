"""What the Python scripts of checks share: one printed line for each check, keys and wallets of the development accounts, and small helpers.

A line reads "ok   CLIENT [FEATURE]: NAME", or FAIL, or skip; behind a tab follows what was seen, or why it failed or was left out. run.sh counts
the lines, and page.py makes docs/compatibility.md of them, so CLIENT, FEATURE and NAME must be the same in every run.
"""

import asyncio
import importlib.metadata
import inspect
import json
import os
import subprocess
import sys
import traceback

SHORT = os.environ.get("MYELIN_INTEROP") == "short"

# The secret seeds of //Alice and //Bob, which every development chain endows, for clients that take no URI.
SEEDS = {
    "alice": "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a",
    "bob": "0x398f0c28f98885e046333d4a41c19cee4c37368a9832c6502f6cfd182e2aef89",
}


def version(package):
    return importlib.metadata.version(package)


class Checks:
    """Runs checks in the order of the text. Those behind a failed one still run; without needed ones the script ends."""

    def __init__(self, client):
        self.client = client
        self.failed = 0

    def _print(self, mark, feature, name, note):
        note = " ".join(str(note).split())[:600] if note else ""
        line = f"{mark} {self.client} [{feature}]: {name}" + (f"\t({note})" if note else "")
        sys.stdout.write(line + "\n")  # at once: a client's log, which another thread writes, must not come between
        sys.stdout.flush()

    def run(self, feature, name, fn):
        """Runs fn as a check, also when it is a coroutine function, and tells whether it passed."""
        try:
            note = asyncio.run(fn()) if inspect.iscoroutinefunction(fn) else fn()
            self._print("ok  ", feature, name, note)
            return True
        except Exception as err:  # whatever the client raises is the finding
            self.failed += 1
            self._print("FAIL", feature, name, f"{type(err).__name__}: {err}")
            if os.environ.get("MYELIN_INTEROP_TRACE"):
                traceback.print_exc()
            return False

    def __call__(self, feature, name, full=False, needed=False):
        """Runs the decorated function as a check, at once. full ones are left out of the short run; without a needed one the rest has no sense."""

        def decorate(fn):
            if full and SHORT:
                return fn
            if not self.run(feature, name, fn) and needed:
                self.end()
            return fn

        return decorate

    def skip(self, feature, name, reason):
        """Notes what is not checked, and why."""
        self._print("skip", feature, name, reason)

    def end(self):
        sys.stdout.flush()
        os._exit(1 if self.failed else 0)  # clients leave threads behind


class Walk(Checks):
    """Checks of a program of many commands, which keep the commands that were run by checks that passed."""

    def __init__(self, client):
        super().__init__(client)
        self.ran, self.worked = set(), set()

    def runs(self, args):
        """Notes that a check runs a command: the first words of its arguments."""
        words = [a for a in args[:3] if isinstance(a, str) and not a.startswith("-")]
        self.ran |= {tuple(words[:n]) for n in (1, 2, 3)}

    def run(self, feature, name, fn):
        self.ran = set()
        passed = super().run(feature, name, fn)
        if passed:
            self.worked |= self.ran
        return passed

    def walk(self, program, left_out):
        """One line for each command of program, a click group: whether a check that passed has run it, or why none did. An alias counts as its command."""
        names = {}
        for callback, name in commands(program):
            names.setdefault(callback, []).append(name)
        for known in names.values():
            short = [name for name in known if len(name) == min(map(len, known))]
            title = " ".join(next((name for name in short if len(name[0]) > 4), short[0]))  # not "c set" where it may be called "config set"
            reasons = [left_out[text] for text in (" ".join(name) for name in known) if text in left_out] + [
                left_out[name[0]] for name in known if name[0] in left_out]
            if reasons:
                self.skip("commands", title, reasons[0])
            else:
                self.run("commands", title, lambda known=known: same(bool(self.worked & set(known)), True, "whether a check that passed has run it"))


def commands(group, path=()):
    """Yields each command of a click group by its callback and its name, a tuple of words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield getattr(command.callback, "__wrapped__", command.callback), (*path, name)


def same(got, want, what):
    assert got == want, f"{what} is {got}, want {want}"


def command(argv, env=None, cwd=None, timeout=180, stdin=None):
    """Runs a program and returns its exit code, output and errors."""
    done = subprocess.run(argv, capture_output=True, text=True, env=env, cwd=cwd, timeout=timeout, input=stdin, check=False)
    return done.returncode, done.stdout, done.stderr


def last_json(text):
    """The last JSON value of an output that may hold other lines before it."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    decoder = json.JSONDecoder()
    for start in (i for i, c in enumerate(text) if c in "{["):
        try:
            value, end = decoder.raw_decode(text, start)
        except ValueError:
            continue
        if not text[end:].strip():
            return value
    raise AssertionError(f"no JSON in {text[-400:]!r}")
