"""Writes a corpus of tones: each letter is a pitch. It needs nothing but Python."""

import csv
import math
import pathlib
import random
import struct
import sys
import wave

RATE = 16_000
LETTERS = "abcde "


def tones(text):
    samples = []
    for letter in text:
        pitch = 300 * 1.5 ** LETTERS.index(letter)
        for index in range(RATE // 6):
            samples.append(0.3 * math.sin(2 * math.pi * pitch * index / RATE) if letter != " " else 0.0)
    return samples


def main():
    folder = pathlib.Path(sys.argv[1])
    generator = random.Random(1)
    for part, count in (("train", 48), ("dev", 8)):
        with open(folder / f"{part}.csv", "w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["wav_filename", "wav_filesize", "transcript"])
            for number in range(count):
                words = ["".join(generator.choices(LETTERS[:-1], k=generator.randint(2, 4))) for _ in range(generator.randint(1, 3))]
                path = folder / f"{part}-{number}.wav"
                samples = tones(" ".join(words))
                with wave.open(str(path), "wb") as sound:
                    sound.setparams((1, 2, RATE, 0, "NONE", ""))
                    sound.writeframes(struct.pack(f"<{len(samples)}h", *(int(32767 * s + generator.gauss(0, 30)) for s in samples)))
                rows.writerow([path.name, path.stat().st_size, " ".join(words)])


main()
