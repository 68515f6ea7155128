"""All verbs compared with what Kur 0.7 printed and wrote for a corpus of twelve clips."""
import csv
import json
import pathlib
import re
import shutil
import subprocess

import numpy

from . import files

# What Kur reports about Python's libraries, which are not used here.
LIBRARIES = re.compile(
    r"Creating backend|backend for Keras|Requesting CPU|Keras is loaded|Waiting for model|Model is ready|Trying to build")
# What only Parla tells.
ADVICE = re.compile(r"since nothing is left to train\.$")
TEXTS_OF_PARLA = {"17_no_arguments", "18_unknown_verb", "19_version", "26_help"}


def lines(text):
    """Lines of a result: without times, without empty ones."""
    text = re.sub(r"\d+h \d+m \d+s", "TIME", text)
    return [line for line in text.splitlines() if line.strip()]


def told(text):
    """The output besides a result: [INFO] lines, and progress at its end."""
    found = []
    for line in text.replace("\r", "\n").splitlines():
        info = re.search(r"\[(INFO|WARNING|ERROR)[^\]]*\] (.*)", line)
        progress = re.match(r"(.*): 100%\|.*?\| (\d+/\d+)", line)
        if info and not LIBRARIES.search(info[2]) and not ADVICE.search(info[2]):
            found.append(info[2])
        elif progress:
            found.append(f"{progress[1]} {progress[2]}")
    return found


class Verbs:
    def __init__(self, golden, program, scratch):
        self.golden = pathlib.Path(golden) / "verbs"
        self.program = str(pathlib.Path(program).resolve())
        self.folder = pathlib.Path(scratch) / "verbs"
        self.problems, self.count = [], 0
        self.folder.mkdir()
        for name in ["corpus", "w.initial"]:
            shutil.copytree(self.golden / name, self.folder / name)
        for path in self.golden.glob("*.yml"):
            shutil.copyfile(path, self.folder / path.name)

    def check(self, name, problems):
        self.count += 1
        self.problems += [f"{name}: {problem}" for problem in problems]

    def run(self, arguments, *options):
        words = arguments.split()
        verb = next((i for i, word in enumerate(words) if not word.startswith("-")), None)
        if options and verb is not None:
            words[verb + 1:verb + 1] = options
        return subprocess.run([self.program, "kur"] + words, cwd=self.folder, capture_output=True, text=True)

    def texts(self, label, run):
        def expected(kind):
            path = self.golden / "transcripts" / f"{label}.{kind}.txt"
            return path.read_text() if path.exists() else ""

        recordings = list((self.golden / "transcripts").glob(f"{label}.*"))
        if label in TEXTS_OF_PARLA or not recordings:
            return []
        if "dump" in label:
            return [] if json.loads(run.stdout) == json.loads(expected("stdout")) else ["other JSON"]
        problems = []
        for name, found, wanted in [("output", lines(run.stdout), lines(expected("stdout"))),
                                    ("told", told(run.stderr), told(expected("stderr")))]:
            if run.returncode == 0 and found != wanted:
                problems.append(f"{name}: found {found}, expected {wanted}")
        return problems

    def weights(self, name, expected):
        self.check(name, files.different(
            files.folder(self.folder / name, ".kur"), files.folder(self.golden / expected, ".kur"), 1e-6))

    def log(self, expected):
        self.check("log", files.different(
            files.folder(self.folder / "log"), files.folder(self.golden / expected), 1e-6,
            ignored=lambda name: name.endswith("_time")))
        counts = [dict(re.findall(r"(\w+): (\d+)$", (folder / "summary.yml").read_text(), re.M))
                  for folder in (self.folder / "log", self.golden / expected)]
        self.check("summary.yml", [] if counts[0] == counts[1] else [f"{counts[0]}, expected {counts[1]}"])

    def all(self):
        self.normalisation()
        for entry in json.loads((self.golden / "summary.json").read_text()):
            label, arguments = entry["label"], entry["command"].removeprefix("kur").strip()
            if label == "00_initialise":
                continue  # Its random weights are Keras'.
            options = ["--as-kur-did"] if label in ("01_train", "02_train_again") else []
            run = self.run(arguments, *options)
            self.check(label, [] if run.returncode == entry["exit"] else
                       [f"status {run.returncode}, expected {entry['exit']}: {run.stderr.strip()}"])
            self.check(label, self.texts(label, run))
            if label == "01_train":
                self.log("after_train1/log")
                self.weights("w.last", "after_train1/w.last")
            elif label == "02_train_again":
                self.log("after_train2/log")
        for name in ["w.best_train", "w.best_valid", "w.checkpoint"]:
            self.weights(name, name)
        self.results()
        self.without_hidden_step()
        return self.count, self.problems

    def results(self):
        golden = numpy.load(self.golden / "result_pickle_as_arrays.npz")
        found = files.result(self.folder / "result.pkl")["asr"]
        expected = numpy.stack([golden[name] for name in golden.files])
        self.check("result.pkl", files.different({"asr": numpy.asarray(found)}, {"asr": expected}, 1e-6))
        rows = [list(csv.reader((folder / "result.csv").open())) for folder in (self.folder, self.golden)]
        numbers = [numpy.array([cell.strip("[]").split() for row in table[1:] for cell in row], dtype=float)
                   for table in rows]
        self.check("result.csv", ([] if rows[0][0] == rows[1][0] else ["other names"])
                   + files.different({"numbers": numbers[0]}, {"numbers": numbers[1]}, 1e-6))

    def normalisation(self):
        """What is learnt of the recordings; then Kur's own file takes its place."""
        (self.folder / "norm.yml").unlink()
        run = self.run("data -n 1 speech.yml")
        self.check("data that learns", [] if run.returncode == 0 else [run.stderr])
        norms = [(folder / "norm.yml").read_text() for folder in (self.folder, self.golden)]
        means = [numpy.array(re.findall(r"-?\d+\.\d+(?:e[-+]\d+)?", text), dtype=float) for text in norms]
        # Directions of variance may point the other way.
        self.check("norm.yml", files.different(
            {"numbers": numpy.sort(abs(means[0]))}, {"numbers": numpy.sort(abs(means[1]))}, 1e-6))
        shutil.copyfile(self.golden / "norm.yml", self.folder / "norm.yml")

    def without_hidden_step(self):
        for path in [self.folder / "log", *self.folder.glob("w.[bcl]*")]:
            shutil.rmtree(path)
        run = self.run("-v train speech.yml")
        self.check("train without the hidden step", [] if run.returncode == 0 else [run.stderr])
        self.log("after_train1_without_warm_up/log")
        self.weights("w.last", "after_train1_without_warm_up/w.last")


def check(golden, program, scratch):
    return Verbs(golden, program, scratch).all()
