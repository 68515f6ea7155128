"""Packages from a server of this machine that breaks off, and messages to a webhook of its."""
import hashlib
import http.server
import io
import json
import math
import pathlib
import re
import struct
import subprocess
import tarfile
import threading
import wave

KURFILE = """---
settings: {seed: 1, clips: &clips {max_frequency: 2000, normalization: norm.yml, vocab: [a, b]}}
model:
  - input: utterance
  - convolution: {kernels: 4, size: 5, strides: 2, border: valid}
  - activation: relu
  - parallel: {apply: [{dense: 3}]}
  - activation: softmax
  - output: asr
train:
  data: [{speech_recognition: {<<: *clips, url: "URL", path: got, checksum: CHECKSUM}}]
  provider: {batch_size: 4}
  weights: {initial: w, last: w}
  stop_when: {epochs: 2}
  hooks: [{slack: {channel: "#train", url: "HOOK", title: "the \\"new\\" one"}}]
test:
  data: [{speech_recognition: {<<: *clips, url: "URL", path: got}}]
  weights: w
  hooks: [transcript, {slack: {channel: "#test", url: "HOOK"}}]
loss:
  - {name: ctc, target: asr, input_length: utterance_length, relative_to: utterance, output: transcript, output_length: transcript_length}
"""
TEXTS = """---
model:
  - input: words
  - parallel: {apply: [{dense: 3}]}
  - activation: softmax
  - output: letters
test:
  data: [{text: {path: t.jsonl, seq_len: 3, vocabs: {words: [a, b, c], letters: [a, b, c]}}}]
  hooks: [text]
loss: [{name: categorical_crossentropy, target: letters}]
"""


def package():
    """An archive of a list and eight tones."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as tar:
        def add(name, data):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))

        lines = []
        for index in range(8):
            sound = io.BytesIO()
            with wave.open(sound, "wb") as file:
                file.setparams((1, 2, 16000, 0, "NONE", ""))
                file.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(i * (index + 3) / 40) + 50 * ((i * 7919) % 97)))
                                          for i in range(8000)))
            add(f"tones/audio/t{index}.wav", sound.getvalue())
            lines.append(json.dumps({"uuid": f"t{index}", "text": "ab"[index % 2], "duration_s": 0.5}))
        add("tones/tones.jsonl", ("\n".join(lines) + "\n").encode())
    return buffer.getvalue()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, address):
        """A client that has gone is none of ours."""

    def __init__(self, data):
        super().__init__(("127.0.0.1", 0), Handler)
        self.data, self.ranges, self.messages, self.status = data, [], [], 200
        self.breaks, self.knows_ranges = 0, True
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        server, start = self.server, 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        server.ranges.append(int(asked[1]) if asked else None)
        if self.path.endswith("/gone.tar.gz"):
            return self.send_error(404)
        if asked and server.knows_ranges:
            start = int(asked[1])
            if start >= len(server.data):
                return self.send_error(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(server.data) - 1}/{len(server.data)}")
        else:
            self.send_response(200)
        rest = server.data[start:]
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if server.breaks > 0:
            server.breaks -= 1
            self.wfile.write(rest[:len(rest) // 3])
            self.wfile.flush()
            self.close_connection = True
            return
        self.wfile.write(rest)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.messages.append((self.headers["Content-Type"], json.loads(body)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()


class Web:
    def __init__(self, program, scratch):
        self.program = str(pathlib.Path(program).resolve())
        self.folder = pathlib.Path(scratch) / "web"
        self.folder.mkdir()
        self.data = package()
        self.checksum = hashlib.sha256(self.data).hexdigest()
        self.problems, self.count = [], 0

    def expect(self, name, condition, run):
        self.count += 1
        if not condition:
            self.problems.append(f"{name}: status {run.returncode}: {run.stdout[-300:]} {run.stderr[-500:]}")

    def run(self, server, verb="train", name="p.tar.gz", checksum=None):
        port = server.server_address[1]
        text = KURFILE.replace("URL", f"http://127.0.0.1:{port}/{name}").replace("HOOK", f"http://127.0.0.1:{port}/hook")
        (self.folder / "k.yml").write_text(text.replace("CHECKSUM", checksum or self.checksum))
        return subprocess.run([self.program, "kur", "-v", verb, "k.yml"], cwd=self.folder, capture_output=True, text=True)

    def clean(self):
        subprocess.run("rm -rf got w norm.yml", shell=True, cwd=self.folder)

    def all(self):
        server = Server(self.data)
        run = self.run(server)
        self.expect("a package is fetched and trained on", run.returncode == 0 and "Completed 2 epochs." in run.stdout, run)
        texts = [message["text"] for kind, message in server.messages if kind == "application/json"]
        self.expect("messages of a training", len(texts) == 4 and texts[0] == 'the "new" one: Started training.'
                    and 'the "new" one: Finished epoch 1 of 2.' in texts[1] and "Training loss = " in texts[1]
                    and 'Training has ended.' in texts[3] and server.messages[0][1]["channel"] == "#train"
                    and server.messages[0][1]["icon_emoji"] == ":dragon:", run)
        asked = len(server.ranges)
        run = self.run(server)
        self.expect("what is there is not fetched again", run.returncode == 0 and len(server.ranges) == asked, run)
        server.messages.clear()
        run = self.run(server, "test")
        self.expect("a message of a test", run.returncode == 0 and len(server.messages) == 1
                    and re.match(r'Truth = "[ab]", Prediction = "', server.messages[0][1]["text"]), run)
        server.status = 500
        run = self.run(server)
        self.expect("a webhook that refuses", run.returncode == 0 and "refused" in run.stderr, run)
        server.status = 200

        self.clean()
        server.ranges.clear()
        server.breaks = 100
        run = self.run(server)
        part = self.folder / "got" / "p.tar.gz.part"
        self.expect("a server that breaks off again and again", run.returncode == 1 and "continues" in run.stderr
                    and part.exists() and not (self.folder / "got" / "p.tar.gz").exists(), run)
        before = part.stat().st_size if part.exists() else 0
        server.breaks = 0
        server.ranges.clear()
        run = self.run(server)
        self.expect("the same command continues", run.returncode == 0 and before > 0 and server.ranges == [before], run)

        self.clean()
        server.breaks = 1
        server.ranges.clear()
        run = self.run(server)
        self.expect("one break is made good at once", run.returncode == 0 and len(server.ranges) == 2
                    and server.ranges[1], run)

        self.clean()
        server.knows_ranges = False
        server.breaks = 100
        self.run(server)
        server.breaks = 0
        run = self.run(server)
        self.expect("a server that cannot continue is asked for the whole", run.returncode == 0, run)
        server.knows_ranges = True

        self.clean()
        run = self.run(server, checksum="ab" * 32)
        self.expect("a wrong checksum", run.returncode == 1 and self.checksum in run.stderr and "ab" * 32 in run.stderr, run)
        self.expect("nothing of it is unpacked", not (self.folder / "got" / "tones").exists(), run)
        run = self.run(server)
        self.expect("the right checksum", run.returncode == 0, run)
        (self.folder / "got" / "p.tar.gz").write_bytes(b"damaged")
        run = self.run(server)
        self.expect("a damaged file is fetched again", run.returncode == 0 and "fetched again" in run.stderr, run)
        self.clean()
        run = self.run(server, name="gone.tar.gz")
        self.expect("a file that is not there", run.returncode == 1 and "404" in run.stderr and "gone.tar.gz" in run.stderr, run)
        server.shutdown()
        self.texts()
        return self.count, self.problems

    def texts(self):
        (self.folder / "t.yml").write_text(TEXTS)
        (self.folder / "t.jsonl").write_text("".join(
            json.dumps({"words": list("abc"), "letters": list("cab")}) + "\n" for _ in range(4)))
        run = subprocess.run([self.program, "kur", "test", "t.yml"], cwd=self.folder, capture_output=True, text=True)
        self.expect("the hook text", run.returncode == 0 and re.search(
            r'Input:\nwords: "abc"\nPrediction:\nletters: "[abc]{3}"\nTruth:\nletters: "cab"\n', run.stdout), run)


def check(program, scratch):
    return Web(program, scratch).all()
