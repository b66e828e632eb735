#!/usr/bin/env python3
"""Speak every row of lines.txt into a clip of mu-law, 8 kHz, mono, without a header.

Needs flite, espeak-ng and sox (Debian: apt-get install flite espeak-ng sox). Deterministic: the same rows give the same bytes.
Clips whose row is gone are deleted. Usage: ./make.py
"""

import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
BYTES_MAX = 3 * 1024 * 1024
FRAME = 160

# (voice, manner) -> (flite voice, stretch, pitch in Hz)
VOICES = {
    ("coach", "plain"): ("rms", 1.0, None),
    ("coach", "word"): ("rms", 1.0, None),
    ("sleeper", "plain"): ("slt", 1.05, None),
    ("sleeper", "word"): ("slt", 1.15, None),
    ("sleeper", "drowsy"): ("slt", 1.25, 150),
    ("sleeper", "robot"): ("kal16", 1.0, None),
}

# Flite speaks English only. (voice, manner) -> (espeak-ng voice, words a minute, pitch from 0 to 99)
FOREIGN_VOICES = {
    ("coach", "french"): ("fr+m3", 165, 35),
    ("coach", "french-word"): ("fr+m3", 150, 35),
    ("sleeper", "french"): ("fr+f2", 160, 60),
    ("sleeper", "french-word"): ("fr+f2", 140, 60),
    ("sleeper", "french-drowsy"): ("fr+f2", 120, 45),
}


def rows():
    for number, line in enumerate((HERE / "lines.txt").read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 4 or tuple(cells[1:3]) not in VOICES | FOREIGN_VOICES:
            sys.exit(f"lines.txt:{number}: expected file | voice | manner | words")
        yield cells


def synthesis(words, voice, manner, wav):
    if foreign := FOREIGN_VOICES.get((voice, manner)):
        name, speed, pitch = foreign
        return ["espeak-ng", "-v", name, "-s", str(speed), "-p", str(pitch), "-w", wav, words]
    name, stretch, pitch = VOICES[voice, manner]
    settings = ["--setf", f"duration_stretch={stretch}"]
    if pitch:
        settings += ["--setf", f"int_f0_target_mean={pitch}"]
    return ["flite", "-voice", name, *settings, "-t", words, "-o", wav]


def speak(words, voice, manner, target):
    with tempfile.TemporaryDirectory() as directory:
        wav = pathlib.Path(directory) / "speech.wav"
        subprocess.run(synthesis(words, voice, manner, wav), check=True)
        # Without dither (-D), so that the same words give the same bytes; silence is cut at both ends.
        subprocess.run(
            ["sox", "-D", wav, "-t", "ul", "-r", "8000", "-c", "1", target,
             "gain", "-3", "highpass", "200", "rate", "8000", "silence", "1", "0.02", "0.6%", "reverse", "silence", "1", "0.02", "0.6%",
             "reverse", "gain", "-n", "-3", "pad", "0.02", "0.06"],
            check=True)
    clip = target.read_bytes()
    target.write_bytes(clip + b"\xff" * (-len(clip) % FRAME))


def main():
    made = set()
    for file, voice, manner, words in rows():
        target = HERE / f"{file}.ul"
        if target.name in made:
            sys.exit(f"lines.txt: {file} stands there twice")
        made.add(target.name)
        speak(words, voice, manner, target)
    for stale in HERE.glob("*.ul"):
        if stale.name not in made:
            stale.unlink()
    total = sum((HERE / name).stat().st_size for name in made)
    print(f"{len(made)} clips, {total} bytes, {total / 8000:.0f} s")
    if total > BYTES_MAX:
        sys.exit(f"more than {BYTES_MAX} bytes: leave some lines out")


main()
