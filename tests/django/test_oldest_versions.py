"""What the wheel says it needs is enough: its unit tests on the oldest versions that it allows."""
import importlib.metadata
import pathlib
import subprocess

HERE = pathlib.Path(__file__).parent
PYTHON = HERE.parent.parent / "build" / "venv-django-oldest" / "bin" / "python"


def test_the_oldest_versions_are_those_that_the_wheel_asks_for():
    needs = {each.replace(">=", "==").lower() for each in importlib.metadata.requires(
        "sinyal-django")}
    pinned = (HERE / "requirements-oldest.txt").read_text().split()
    assert all(any(each.startswith(need) for each in pinned) for need in needs), needs


def test_the_unit_tests_pass_on_the_oldest_versions():
    done = subprocess.run([str(PYTHON), "-m", "pytest", "-q", "-p", "no:cacheprovider",
                           str(HERE / "unit")],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout.splitlines()[-1])
