"""The real Kur 0.7 reads what parla kur wrote, and parla kur what it wrote: weights, logs, norm.yml, results."""
import pathlib
import re
import shutil
import subprocess

import numpy

from . import files

THEANO = """---
settings:
  backend: {name: keras, backend: theano}
model:
  - input: {shape: [30, 5]}
    name: frames
  - convolution: {kernels: 6, size: 3, border: valid}
    name: front
  - activation: relu
  - recurrent: {size: 4, type: lstm, outer_activation: tanh}
    name: memory
  - parallel: {apply: [{dense: 3}]}
    name: letters
  - activation: softmax
  - output: labels
evaluate:
  data: [{pickle: data.pkl}]
  weights: w.theano
  destination: out.pkl
"""


class Program:
    def __init__(self, golden, kur, program, scratch):
        self.golden = pathlib.Path(golden) / "verbs"
        self.kur, self.program = kur, str(pathlib.Path(program).resolve())
        self.scratch = pathlib.Path(scratch)
        self.problems, self.count = [], 0

    def folder(self, name):
        folder = self.scratch / name
        folder.mkdir()
        for part in ["corpus", "w.initial"]:
            shutil.copytree(self.golden / part, folder / part)
        for path in self.golden.glob("*.yml"):
            if path.name != "norm.yml":
                shutil.copyfile(path, folder / path.name)
        return folder

    def run(self, who, folder, arguments):
        program = [self.program, "kur"] if who == "parla" else [self.kur]
        run = subprocess.run(program + arguments.split(), cwd=folder, capture_output=True, text=True)
        if run.returncode:
            self.check(f"{who} {arguments} in {folder.name}", [run.stderr.strip()[-600:]])
        return re.sub(r"\[(INFO|WARNING|ERROR)[^\]]*\]", r"[\1]", run.stderr.replace("\r", "\n"))

    def check(self, name, problems):
        self.count += 1
        self.problems += [f"{name}: {problem}" for problem in problems]

    def same(self, name, pattern, first, second):
        found = [re.findall(pattern, text) for text in (first, second)]
        self.check(name, [] if found[0] and found[0] == found[1] else [f"{found[0]} and {found[1]}"])

    def handed_on(self, first, second):
        """What `first` trained is tested, evaluated and trained on by `second`."""
        folder = self.folder(f"{first}-{second}")
        self.run(first, folder, "-v train speech.yml")
        losses = [self.run(who, folder, "-v test speech.yml") for who in (first, second)]
        self.same(f"test of {first}'s weights and norm.yml", r"Test loss: ([\d.]+)", *losses)
        results = []
        for who in (first, second):
            self.run(who, folder, "evaluate evaluate_pickle.yml")
            results.append(numpy.asarray(files.result(folder / "result.pkl")["asr"]))
        self.check(f"evaluation of {first}'s weights", files.different(
            {"asr": results[1]}, {"asr": results[0]}, 1e-5))
        before = files.folder(folder / "log")
        told = self.run(second, folder, "-v train speech.yml")
        least = float(before["validation_loss_total"].min())
        wanted = [f"Best historical training loss: {before['training_loss_total'].min():.3f}",
                  f"Best historical validation loss: {least:.3f}", "Restarting from epoch 3."]
        self.check(f"{first}'s log", [f"{second} did not say: {text}" for text in wanted if text not in told])
        after = files.folder(folder / "log")
        self.check(f"{first}'s log, continued", files.different(
            {name: values[:len(before.get(name, []))] for name, values in after.items()}, before, 1e-6)
            + [f"{name} has {len(values)} entries" for name, values in after.items()
               if len(values) != 2 * len(before.get(name, []))])
        summary = (folder / "log" / "summary.yml").read_text()
        self.check("summary.yml", [f"no {text}: {summary}" for text in ("epochs: 4", "sessions: 2", "batches: 8")
                                   if text not in summary])
        told = self.run(first, folder, "-v train total.yml")
        self.check(f"{first} reads the log again", [] if "Restarting from epoch 5." in told else [told])

    def theano(self):
        """Weights written for another backend, whose names and kernels differ."""
        folder = self.scratch / "theano"
        folder.mkdir()
        (folder / "k.yml").write_text(THEANO)
        script = ("import numpy, pickle; r = numpy.random.RandomState(1); "
                  "pickle.dump({'frames': r.randn(4, 30, 5).astype('float32')}, open('data.pkl', 'wb'))")
        subprocess.run([pathlib.Path(self.kur).parent / "python", "-c", script], cwd=folder, check=True)
        (folder / "train.yml").write_text(THEANO.replace("evaluate:", "train:\n  epochs: 0\n  data: [{pickle: data.pkl}]\n"
            "  weights: {last: w.theano}\nloss:\n  - {name: mean_squared_error, target: labels}\nevaluate:"))
        self.run("parla", folder, "train train.yml")
        results = []
        for who in ("parla", "kur"):
            self.run(who, folder, "evaluate k.yml")
            results.append(numpy.asarray(files.result(folder / "out.pkl")["labels"]))
        self.check("weights for Theano", files.different({"labels": results[1]}, {"labels": results[0]}, 1e-5))

    def all(self):
        self.handed_on("parla", "kur")
        self.handed_on("kur", "parla")
        self.theano()
        return self.count, self.problems


def check(golden, kur, program, scratch):
    return Program(golden, kur, program, scratch).all()
