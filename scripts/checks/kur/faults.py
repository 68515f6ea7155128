"""Kurfiles, packages, archives and weights with one fault each: it is named with its place, and nothing else happens."""
import io
import json
import os
import pathlib
import pickle
import re
import subprocess
import tarfile
import zipfile

BASE = {
    "settings": "settings: {seed: 3}",
    "model": """model:
  - input: {shape: [8]}
    name: x
  - dense: 4
    name: hidden
  - activation: tanh
  - dense: 2
  - output: y""",
    "train": """train:
  data: [{jsonl: data.jsonl}]
  provider: {batch_size: 2}
  stop_when: {epochs: 1}
  optimizer: {name: sgd, learning_rate: 0.1}
  weights: {initial: w, last: w}""",
    "evaluate": "evaluate: {data: [{jsonl: data.jsonl}], destination: out.pkl}",
    "loss": "loss: [{name: mean_squared_error, target: y}]",
}
FRAMES = "  - input: {shape: [20, 6]}\n    name: x\n"


def model(layer, before=FRAMES):
    """A model with `layer` in it; its fault stands in line 5."""
    indented = "\n".join("    " + line if number else "  - " + line for number, line in enumerate(layer.splitlines()))
    return {"model": f"model:\n{before}{indented}\n  - output: y"}


# What the message must say in addition to the Kurfile's name and, for models, its line.
LAYERS = {
    "dense without size": ("dense: {highway: no}", "size"),
    "dense of text": ("dense: wide", "integer"),
    "dense with a wrong flag": ("dense: {size: 3, flatten: 5}", "yes or no"),
    "convolution as a number": ("convolution: 5", "mapping"),
    "convolution without kernels": ("convolution: {size: 3}", "kernels"),
    "convolution without size": ("convolution: {kernels: 3}", "size"),
    "convolution in four dimensions": ("convolution: {kernels: 3, size: [1, 2, 3, 4]}", "one, two or three"),
    "convolution with other strides": ("convolution: {kernels: 3, size: [2, 2], strides: [1, 1, 1]}", "strides"),
    "convolution with another border": ("convolution: {kernels: 3, size: 2, border: round}", "valid"),
    "convolution of size 0": ("convolution: {kernels: 3, size: 0}", "size"),
    "convolution with stride 0": ("convolution: {kernels: 3, size: 2, strides: 0}", "strides"),
    "convolution without kernels at all": ("convolution: {kernels: 0, size: 2}", "kernels"),
    "convolution longer than its input": ("convolution: {kernels: 3, size: 50, border: valid}", ""),
    "pool of text": ("pool: big", "size"),
    "pool of another type": ("pool: {size: 2, type: median}", "max"),
    "pool of size 0": ("pool: 0", "size"),
    "recurrent as a number": ("recurrent: 5", "mapping"),
    "recurrent without size": ("recurrent: {type: gru}", "size"),
    "recurrent of another type": ("recurrent: {size: 3, type: rnn}", "lstm"),
    "recurrent of size 0": ("recurrent: {size: 0}", "size"),
    "recurrent, merged in one direction": ("recurrent: {size: 3, merge: add}", "bidirectional"),
    "recurrent, merged otherwise": ("recurrent: {size: 3, bidirectional: yes, merge: max}", "concat"),
    "unknown activation": ("activation: relou", "relu"),
    "dropout of 1": ("dropout: 1", "below 1"),
    "dropout of text": ("dropout: much", "number"),
    "transpose of axes twice": ("transpose: [1, 1]", "once"),
    "transpose of nothing": ("transpose: {}", "axes"),
    "merge without axis": ("merge: {mode: concat}\ninputs: [x, x]", "axis"),
    "merge in another way": ("merge: glue", "concat"),
    "merge of what is not there": ("merge: concat\ninputs: [x, z]", "z"),
    "repeat of nothing": ("repeat: 0", "count"),
    "embedding without size": ("embedding: {vocab_size: 4}", "size"),
    "expand by text": ("expand: wide", "dimension"),
    "squeeze of an axis that is not 1": ("squeeze: 1", ""),
    "reuse of what is not there": ("reuse: nobody", "nobody"),
    "parallel without apply": ("parallel: {}", "apply"),
    "parallel of text": ("parallel: {apply: dense}", "list"),
    "for without range": ("for: {iterate: [{dense: 3}]}", "range"),
    "for with a range of text": ("for: {range: many, iterate: [{dense: 3}]}", "integer"),
    "for without layers": ("for: {range: 3}", "iterate"),
    "for_each without items": ("for_each: {iterate: [{dense: 3}]}", "items"),
    "for_each over a number": ("for_each: {items: 5, iterate: [{dense: 3}]}", "list"),
    "assert that does not hold": ("assert: no", "condition"),
    "an unknown layer": ("danse: 5", "dense"),
    "a bare text": ("relu", "relu"),
    "a number": ("7", "layer"),
    "a name twice": ("dense: 3\nname: x", "x"),
    "an input that is not there": ("dense: 3\ninputs: nobody", "nobody"),
    "freeze as text": ("dense: 3\nfreeze: maybe", "yes or no"),
    "sink as text": ("dense: 3\nsink: maybe", "yes or no"),
    "a template that fails": ('dense: "{{ 1 / 0 }}"', "zero"),
    "a template that is not closed": ('dense: "{{ 1 + "', ""),
    "a name of nothing": ('dense: "{{ a.b.c }}"', "undefined"),
}

SECTIONS = {
    "templates without end": ({"templates": "templates:\n  grow:\n    - grow: {n: \"{{ n * 2 }}\"}",
                               **model("grow: {n: 1}")}, "without end"),
    "templates that are a list": ({"templates": "templates: [1]"}, "templates"),
    "a template with a layer's name": ({"templates": "templates: {dense: [{activation: tanh}]}"}, "dense"),
    "a template without arguments": ({"templates": "templates: {block: [{dense: 2}]}", **model("block")}, "block: {}"),
    "no model": ({"model": ""}, "model"),
    "a model that is a mapping": ({"model": "model: {dense: 3}"}, "list"),
    "no loss": ({"loss": ""}, "loss"),
    "a loss that is a mapping": ({"loss": "loss: {name: ctc}"}, "list"),
    "a loss of another name": ({"loss": "loss: [{name: hinge, target: y}]"}, "mean_squared_error"),
    "a loss of no output": ({"loss": "loss: [{name: mean_squared_error, target: z}]"}, "z"),
    "a loss with weight": ({"loss": "loss: [{name: mean_squared_error, target: y, weight: 2}]"}, "weight"),
    "ctc without lengths": ({"loss": "loss: [{name: ctc, target: y}]"}, "input_length"),
    "ctc with a missing layer": (
        {"loss": "loss: [{name: ctc, target: y, input_length: a, output: b, output_length: c, relative_to: nobody}]"}, "relative_to"),
    "settings that are a list": ({"settings": "settings: [1]"}, "settings"),
    "a seed of text": ({"settings": "settings: {seed: lucky}"}, "seed"),
    "another backend": ({"settings": "settings: {backend: {name: caffe}}"}, "keras"),
    "data that is a number": ({"train": "train: {data: 5}"}, "data"),
    "another supplier": ({"train": "train: {data: [{speech: corpus}]}"}, "speech_recognition"),
    "data that is not there": ({"train": "train: {data: [{jsonl: gone.jsonl}]}"}, "gone.jsonl"),
    "an unknown setting": ({"train": BASE["train"] + "\n  wieghts: w"}, "weights"),
    "an unknown setting of the provider": ({"train": BASE["train"].replace("batch_size", "batchsize")}, "batch_size"),
    "a batch of text": ({"train": BASE["train"].replace("batch_size: 2", "batch_size: two")}, "batch_size"),
    "another optimiser": ({"train": BASE["train"].replace("sgd", "sgdd")}, "sgd"),
    "a negative rate": ({"train": BASE["train"].replace("0.1", "-0.1")}, "learning_rate"),
    "a clip of text": ({"train": BASE["train"].replace("0.1", "0.1, clip: {norm: x}")}, "norm"),
    "epochs of text": ({"train": BASE["train"].replace("epochs: 1", "epochs: few")}, "epochs"),
    "elapsed of text": ({"train": BASE["train"].replace("epochs: 1", "elapsed: soon")}, "elapsed"),
    "a log that is a number": ({"train": BASE["train"] + "\n  log: 5"}, "log"),
    "a log that is a file": ({"train": BASE["train"] + "\n  log: data.jsonl"}, "data.jsonl"),
    "weights that must exist": ({"train": BASE["train"].replace("initial: w,", "initial: w, must_exist: yes,")}, "w"),
    "weights that are a file": ({"train": BASE["train"].replace("initial: w,", "initial: data.jsonl,")}, "data.jsonl"),
    "another hook": ({"train": BASE["train"] + "\n  hooks: [plott]"}, "plot"),
    "hooks that are a text": ({"train": BASE["train"] + "\n  hooks: plot"}, "list"),
    "a plot of nothing known": ({"train": BASE["train"] + "\n  hooks: [{plot: {los: x.svg}}]"}, "loss_per_batch"),
    "slack without a channel": ({"train": BASE["train"] + "\n  hooks: [{slack: {url: 'http://127.0.0.1:9'}}]"}, "channel"),
    "slack of no address": ({"train": BASE["train"] + "\n  hooks: [{slack: {channel: a, url: 'ftp://x'}}]"}, "url"),
    "a checkpoint of a fraction": ({"train": BASE["train"] + "\n  checkpoint: {epochs: 0.5}"}, "epochs"),
    "an include of a mapping": ({"include": "include: {source: a.yml}"}, "include"),
    "an include with another method": ({"include": "include: [{source: other.yml, method: pour}]"}, "method"),
    "an include that is broken": ({"include": "include: broken.yml"}, "broken.yml:"),
    "input without shape or data": ({"model": BASE["model"].replace("{shape: [8]}", "").replace("name: x", "name: zz")}, "zz"),
    "data of another shape": ({"model": BASE["model"].replace("[8]", "[9]")}, "9"),
}
TEXTS = {
    "no YAML": ("model: [", ""), "a tab": ("model:\n\t- dense: 3", ""), "an alias of nothing": ("model: *gone", "alias"),
    "only text": ("hello", "mapping"), "nothing": ("", ""), "other bytes": (b"model: \xff\xfe", "UTF-8"),
    "a key twice": ("model: []\nmodel: []", ""),
    "aliases that explode": ("a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "\n".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [" + ",".join(["*" + chr(97 + i)] * 10) + "]" for i in range(9)), ""),
}


class Faults:
    def __init__(self, program, scratch):
        self.program = str(pathlib.Path(program).resolve())
        self.folder = pathlib.Path(scratch) / "faults"
        self.folder.mkdir()
        self.problems, self.count = [], 0
        rows = [{"x": [0.1 * (i + j) for j in range(8)], "y": [0.5, -0.5]} for i in range(4)]
        (self.folder / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        (self.folder / "broken.yml").write_text("settings:\n  a: [1\n")
        (self.folder / "other.yml").write_text("settings: {}\n")

    def expect(self, name, arguments, words, status=(1,)):
        """Runs a command that fails, and looks at how."""
        before = self.files()
        self.count += 1
        try:
            run = subprocess.run([self.program, "kur"] + arguments, cwd=self.folder, capture_output=True, text=True,
                                 timeout=120, env={**os.environ, "TMPDIR": str(self.folder / "tmp")})
        except subprocess.TimeoutExpired:
            return self.problems.append(f"{name}: no end")
        error = run.stderr.strip().splitlines()[-1] if run.stderr.strip() else ""
        missing = [word for word in words if word and word not in run.stderr]
        if run.returncode not in status or missing or len(error) > 700 or "Fatal error" in run.stderr:
            self.problems.append(f"{name}: status {run.returncode}, no word of {missing}: {run.stderr.strip()[-700:]}")
        new = self.files() - before
        if new:
            self.problems.append(f"{name}: new files {sorted(new)[:5]}")

    def files(self):
        return {str(path) for path in self.folder.parent.rglob("*") if "/tmp/" not in str(path)}

    def kurfile(self, parts):
        path = self.folder / "k.yml"
        path.write_text("\n".join(part for part in {**BASE, **parts}.values() if part) + "\n")
        return path

    def all(self):
        (self.folder / "tmp").mkdir()
        (self.folder / "k.yml").write_text("")
        good = self.kurfile({})
        run = subprocess.run([self.program, "kur", "build", good.name], cwd=self.folder, capture_output=True, text=True)
        if run.returncode:
            self.problems.append(f"the Kurfile without a fault: {run.stderr}")
        for name, (layer, word) in LAYERS.items():
            self.kurfile({"settings": "", **model(layer)})
            self.expect(name, ["build", "-c", "none", "k.yml"], [word, "k.yml:4:"])
        for name, (parts, word) in SECTIONS.items():
            self.kurfile(parts)
            self.expect(name, ["train", "k.yml"], [word])
        for name, (text, word) in TEXTS.items():
            (self.folder / "k.yml").write_bytes(text if isinstance(text, bytes) else text.encode())
            self.expect(name, ["train", "k.yml"], [word, "k.yml"])
        self.includes()
        self.weights()
        self.packages()
        self.pickles()
        return self.count, self.problems

    def includes(self):
        (self.folder / "k.yml").write_text("include: loop.yml\n" + "\n".join(BASE.values()).replace("y}", "gone}"))
        (self.folder / "loop.yml").write_text("include: k.yml\n")
        self.expect("includes in a circle", ["train", "k.yml"], ["gone"])
        self.expect("no such Kurfile", ["train", "nowhere.yml"], ["nowhere.yml"])
        self.expect("a folder as Kurfile", ["train", "."], ["."])
        (self.folder / "k.txt").write_text("x")
        self.expect("another kind of file", ["train", "k.txt"], ["k.txt", ".yml"])

    def weights(self):
        def idx(shape):
            count = 1
            for size in shape:
                count *= size
            return bytes([0, 0, 13, len(shape)]) + b"".join(n.to_bytes(4, "big") for n in shape) + bytes(4 * count)

        good = {"hidden+hidden_kernel:0": idx([8, 4]), "hidden+hidden_bias:0": idx([4]),
                "..dense.0+..dense.0_kernel:0": idx([4, 2]), "..dense.0+..dense.0_bias:0": idx([2])}
        keras = {"settings": "settings: {backend: {name: keras, backend: tensorflow}}"}
        for name, changed, word in [
            ("weights of another shape", {"hidden+hidden_kernel:0": idx([8, 5])}, "[8, 4]"),
            ("weights of another backend", {"hidden+hidden_kernel:0": None, "hidden+hidden_kernel": idx([8, 4])}, "hidden"),
            ("a weight that is missing", {"hidden+hidden_bias:0": None}, "bias"),
            ("weights that are cut off", {"hidden+hidden_kernel:0": idx([8, 4])[:40]}, "hidden_kernel"),
            ("weights that are no IDX", {"hidden+hidden_kernel:0": b"hello there"}, "hidden_kernel"),
            ("weights of a shape beyond all memory", {"hidden+hidden_kernel:0": bytes([0, 0, 13, 4]) + b"\x7f\xff\xff\xff" * 4},
             "hidden_kernel"),
            ("weights of other layers", {n: None for n in good} | {"z+z_kernel:0": idx([2])}, "hidden"),
        ]:
            folder = self.folder / "w"
            folder.mkdir(exist_ok=True)
            for file in folder.iterdir():
                file.unlink()
            for file, data in (good | changed).items():
                if data is not None:
                    (folder / (file + ".kur")).write_bytes(data)
            self.kurfile(keras)
            self.expect(name, ["train", "k.yml"], [word])
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        (self.folder / "log").mkdir()
        (self.folder / "log" / "batch_loss_total").write_bytes(b"\0\0\x0d\1\0\0\0\x09abc")
        self.kurfile({"train": BASE["train"] + "\n  log: log"})
        self.expect("a log that is cut off", ["train", "k.yml"], ["batch_loss_total"])

    def speech(self, supplier):
        self.kurfile({"train": "train:\n  data: [{speech_recognition: {" + supplier + "}}]", "model": BASE["model"]})

    def packages(self):
        archive = self.folder / "p.tar.gz"
        outside = self.folder.parent / "outside"

        def pack(members, cut=None):
            buffer = io.BytesIO()
            with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
                for member in members:
                    info = tarfile.TarInfo(member["name"])
                    info.type = member.get("type", tarfile.REGTYPE)
                    info.linkname = member.get("to", "")
                    data = member.get("data", b"")
                    info.size = len(data)
                    tar.addfile(info, io.BytesIO(data))
            archive.write_bytes(buffer.getvalue()[:cut])

        line = b'{"uuid": "a", "text": "a", "duration_s": 1}\n'
        good = {"name": "p/p.jsonl", "data": line}
        target = "path: p.tar.gz"
        for name, members, cut, word in [
            ("a member above the folder", [good, {"name": "../outside", "data": b"x"}], None, "../outside"),
            ("a member far above", [good, {"name": "p/../../../outside", "data": b"x"}], None, "outside"),
            ("a member with an absolute path", [good, {"name": str(outside), "data": b"x"}], None, "outside"),
            ("a link that points outside", [good, {"name": "p/l", "type": tarfile.SYMTYPE, "to": "../../outside"},
                                            {"name": "p/l/x", "data": b"x"}], None, "p/l"),
            ("a link to an absolute path", [good, {"name": "p/l", "type": tarfile.SYMTYPE, "to": str(outside)}], None, "p/l"),
            ("a hard link that points outside", [good, {"name": "p/l", "type": tarfile.LNKTYPE, "to": "../../k.yml"}], None, "p/l"),
            ("an archive that is cut off", [{"name": "p/p.jsonl", "data": os.urandom(50000)}], 20000, "p.tar.gz"),
            ("an archive without a list", [{"name": "p/readme", "data": b"x"}], None, "jsonl"),
        ]:
            pack(members, cut)
            self.speech(target)
            self.expect(name, ["train", "k.yml"], [word])
            for path in (self.folder / "p",):
                subprocess.run(["rm", "-rf", path])
        archive.write_bytes(b"no archive at all")
        self.speech(target)
        self.expect("no archive", ["train", "k.yml"], ["p.tar.gz"])
        with zipfile.ZipFile(archive, "w") as zipped:
            zipped.writestr("../outside", "x")
        self.expect("a ZIP that points outside", ["train", "k.yml"], ["outside"])
        pack([good])
        self.speech(target + ", checksum: '" + "ab" * 32 + "'")
        self.expect("a wrong checksum", ["train", "k.yml"], ["checksum", "ab" * 32])
        self.speech("path: nowhere")
        self.expect("a missing package", ["train", "k.yml"], ["nowhere"])
        self.speech("url: 'http://127.0.0.1:9/p.tar.gz', path: .")
        archive.unlink()
        self.expect("a server that is not there", ["train", "k.yml"], ["127.0.0.1:9"])
        self.speech("url: 'gopher://x/p.tar.gz', path: .")
        self.expect("an address of another kind", ["train", "k.yml"], ["url"])
        for name, more, word in [
            ("another type of features", "type: mel", "spec"), ("another rotation", "normalization: {rotate: left}", "zca"),
            ("another fill", "fill: noise", "loop"), ("samples of text", "samples: some", "samples"),
            ("a bucket of text", "bucket: big", "bucket"), ("an unknown setting", "max_frequencey: 3", "max_frequency"),
            ("a frequency below 0", "max_frequency: -5", "above 0"), ("no recording long enough", "min_duration: 9", "no recording"),
            ("a vocabulary that is not there", "vocab: gone.json", "gone.json"), ("a key that is not there", "key: words", "words"),
        ]:
            (self.folder / "c.jsonl").write_bytes(line)
            self.speech("path: c.jsonl, " + more)
            self.expect("speech: " + name, ["train", "k.yml"], [word])
        (self.folder / "c.jsonl").write_text("{broken\n{}\n")
        self.speech("path: c.jsonl")
        self.expect("a list of broken lines", ["train", "k.yml"], ["c.jsonl", "line 1"])

    def pickles(self):
        class Code:
            def __reduce__(self):
                return (os.system, (f"touch {outside}",))

        outside = self.folder.parent / "executed"
        for name, content in [("code", pickle.dumps({"x": Code()})), ("code of protocol 0", pickle.dumps({"x": Code()}, 0)),
                              ("code of protocol 5", pickle.dumps([Code()], 5)), ("eval", b"c__builtin__\neval\n(S'1'\ntR."),
                              ("a class of its own", pickle.dumps({"x": pathlib.PurePosixPath("a")})),
                              ("nothing", b""), ("a cut off pickle", pickle.dumps({"x": [1, 2, 3]})[:9]),
                              ("no pickle", b"hello"), ("memory beyond all bounds", b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f.")]:
            (self.folder / "d.pkl").write_bytes(content)
            self.kurfile({"train": "train: {data: [{pickle: d.pkl}]}"})
            self.expect("a pickle with " + name, ["train", "k.yml"], ["d.pkl"])
        if outside.exists():
            self.problems.append("a pickle was executed")


def check(program, scratch):
    return Faults(program, scratch).all()
