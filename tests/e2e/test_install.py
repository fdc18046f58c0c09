"""What `cmake --install` puts where, from a build of the program alone."""
import subprocess

from conftest import ROOT


def test_the_broker_is_installed_without_the_library_and_works_from_there(tmp_path):
    done = subprocess.run(
        ["cmake", "--install", str(ROOT / "build" / "release"), "--component", "broker",
         "--prefix", str(tmp_path / "usr")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    there = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert there == {
        "usr/bin/sinyal", "usr/lib/systemd/system/sinyal.service", "usr/share/man/man1/sinyal.1",
        "usr/share/doc/sinyal/sinyal.example.toml",
        "usr/share/bash-completion/completions/sinyal", "usr/share/zsh/site-functions/_sinyal",
        "usr/share/fish/vendor_completions.d/sinyal.fish"}
    version = subprocess.run([tmp_path / "usr" / "bin" / "sinyal", "version"], capture_output=True,
                             text=True, check=True).stdout
    assert version.startswith("sinyal ")
    # what the unit starts is where a prefix of /usr puts it
    unit = (tmp_path / "usr" / "lib" / "systemd" / "system" / "sinyal.service").read_text()
    assert "ExecStart=/usr/bin/sinyal serve" in unit
