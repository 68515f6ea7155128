"""Writes a corpus of tones: tones.py FOLDER. Each letter is a tone; train.csv has 16 recordings, dev.csv 4."""

import math
import random
import struct
import sys
import wave

RATE = 16000


def sound(text):
    samples = [0.0] * 1600
    for letter in text:
        hertz = 400 * 1.8 ** "abcd".index(letter)
        samples += [0.3 * math.sin(2 * math.pi * hertz * i / RATE) for i in range(1600)]
        samples += [0.0] * 640
    return samples + [0.0] * 1600


random.seed(1)
for name, count in (("train", 16), ("dev", 4)):
    with open(f"{sys.argv[1]}/{name}.csv", "w") as rows:
        rows.write("wav_filename,wav_filesize,transcript\n")
        for number in range(count):
            text = "".join(random.choice("abcd") for _ in range(random.randint(2, 5)))
            samples = [int(32767 * value) for value in sound(text)]
            with wave.open(f"{sys.argv[1]}/{name}-{number}.wav", "wb") as file:
                file.setparams((1, 2, RATE, 0, "NONE", ""))
                file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
            rows.write(f"{name}-{number}.wav,,{text}\n")
