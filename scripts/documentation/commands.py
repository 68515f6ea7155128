"""Runs the command lines of a page: each line of its ```sh blocks, in order, in one folder.

usage: commands.py PAGE FOLDER

A ```yaml block below a line that names a `NAME.yml` is that file. FOLDER holds what the commands read, and in `bin` a `parla` that makes trainings short. Lines that need what a test has not (a microphone,
other hosts, an hour, the network) are listed in SKIPPED, and printed. Ends with status 1 at the first line that fails.
"""

import csv
import pathlib
import re
import subprocess
import sys

SKIPPED = {
    r"^\./(quickstart|test)\b": "has a test of its own",
    r"^git clone |^cd |^swift |^alias |^make ": "builds",
    r"^scripts/|^Benchmarks/": "builds, measures or downloads",
    r"^(sudo )?apt-get |^pip |^curl |^pip3 ": "downloads",
    r"parla import asterisk|parla import .*--download": "downloads",
    r"\barecord\b|\bpw-record\b|parla corpus play": "needs a sound device",
    r"--hosts|^mpirun|^srun": "needs other hosts or MPI",
    r"--processes": "has a test of its own",
    r"libdeepspeech|libstt|^deepspeech |deepspeech-client": "needs the official programs",
    r"--hot-words gregson": "needs a corpus with these words",
    r"…": "is shortened",
}
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
CHANGES = re.compile(r"^parla corpus merge (\S+) --changes (\S+)")
DESCRIPTION = re.compile(r"`(\w+\.yml)`[^\n]*\n\n```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)


def command_lines(text):
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            line = re.sub(r"\s+#\s.*$", "", re.sub(r"\s+", " ", line)).strip()
            if line and not line.startswith("#"):
                yield line


def save_changes(corpus, changes):
    """What a browser downloads from the page of `parla corpus clean`: the first sample left out."""
    with open(corpus, encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    with open(changes, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["wav_filename", "wav_filesize", "transcript", "before", "left_out"])
        recording = corpus.parent / row["wav_filename"]
        writer.writerow([recording, "", row["transcript"], row["transcript"], "yes"])


def main():
    page, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    environment = {"PATH": f"{folder}/bin:/usr/local/bin:/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    ran = skipped = 0
    text = page.read_text(encoding="utf-8")
    for name, description in DESCRIPTION.findall(text):
        (folder / name).write_text(description, encoding="utf-8")
    for line in command_lines(text):
        reason = next((reason for pattern, reason in SKIPPED.items() if re.search(pattern, line)), None)
        if reason:
            skipped += 1
            print(f"  not run, {reason}: {line}")
            continue
        if match := CHANGES.match(line):
            save_changes(folder / match[1], folder / match[2])
        result = subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            print(f"{page}: status {result.returncode} of: {line}\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
            sys.exit(1)
        ran += 1
    print(f"{page}: {ran} command lines ran, {skipped} did not")


if __name__ == "__main__":
    main()
