// The text that is shown: words that play, subtitles, downloads. It is that of one recording, or of all that was spoken.
import { element } from "/sound.js";

const byID = (name) => document.getElementById(name);
const [text, partial, source] = ["transcript", "partial", "file-name"].map(element);
const player = byID("player");
const doneButtons = [element("download-txt"), element("download-srt"), element("download-vtt"), byID("copy")];

/// The words of a recording, or of several that were spoken one after another.
export class Transcript {
  constructor(name) {
    this.name = name;
    this.clear();
  }

  clear() {
    for (const part of this.parts ?? []) URL.revokeObjectURL(part.url);
    this.words = [];
    this.parts = [];
    this.partial = "";
    /// Shown in place of the text as long as there is none.
    this.note = "The text appears here.";
    /// Whether the note says what went wrong.
    this.hasFailed = false;
  }

  get text() { return this.words.map((word) => word.word).join(" "); }

  /// How many seconds all recordings last.
  get seconds() { return this.parts.reduce((sum, part) => Math.max(sum, part.offset + part.seconds), 0); }

  /// Begins a recording, whose words count from `offset` seconds.
  begin(offset) {
    const part = { offset, seconds: 0, url: "" };
    this.parts.push(part);
    return part;
  }

  /// Gives a recording its sound.
  finish(part, blob, seconds) {
    part.seconds = seconds;
    part.url = URL.createObjectURL(blob);
    if (shown === this) load(part);
  }

  /// Adds words that count from the start of `part`.
  add(part, words) {
    for (const word of words) this.words.push({ ...word, start: word.start + part.offset, end: word.end + part.offset, part });
    if (shown === this) refresh();
  }

  setPartial(words) {
    this.partial = words;
    if (shown === this) refresh();
  }

  /// Keeps what is shown of a recording of so many seconds as words, where the server will send no better ones.
  ///
  /// They are spread over the sound since the last word: the server did not say when each was spoken.
  keepPartial(part, seconds) {
    const words = this.partial.split(/\s+/).filter((word) => word !== "");
    this.partial = "";
    const last = this.words.findLast((word) => word.part === part);
    const start = last ? Math.min(last.end - part.offset, seconds) : 0;
    const step = (seconds - start) / Math.max(1, words.length);
    this.add(part, words.map((word, index) => ({ word, start: start + index * step, end: start + (index + 1) * step, conf: 0, isEstimated: true })));
  }

  setNote(note, hasFailed = false) {
    this.note = note;
    this.hasFailed = hasFailed;
    if (shown === this) refresh();
  }
}

let shown = null;
let nowButton = null;

export const isShown = (transcript) => shown === transcript;

/// Shows `transcript` in place of the one before.
export function show(transcript) {
  shown = transcript;
  nowButton = null;
  text.replaceChildren();
  source.textContent = transcript.name;
  byID("word").textContent = "";
  player.hidden = true;
  player.removeAttribute("src");
  const last = transcript.parts.findLast((part) => part.url);
  if (last) load(last);
  refresh();
}

/// Shows what came since the last time.
function refresh() {
  const { words, note } = shown;
  const buttons = text.querySelectorAll(".word");
  if (words.length < buttons.length) text.replaceChildren();
  const first = Math.min(words.length, text.querySelectorAll(".word").length);
  words.slice(first).forEach((word, index) => text.append(...(first + index === 0 ? [] : [" "]), wordButton(word)));
  const stop = text.querySelector("[tabindex='0']") ?? text.querySelector(".word");
  if (stop) stop.tabIndex = 0;
  partial.textContent = shown.partial;
  // Screen readers say a text again whenever it is set.
  if (byID("empty").textContent !== note) byID("empty").textContent = note;
  byID("empty").classList.toggle("failed", shown.hasFailed);
  byID("empty").hidden = words.length > 0 || shown.partial !== "";
  byID("word").hidden = words.length === 0;
  if (words.length > 0 && byID("word").textContent === "") byID("word").textContent = "Underlined words are uncertain. Press a word to listen from there.";
  doneButtons.forEach((button) => { button.disabled = words.length === 0; });
  byID("clear").disabled = words.length === 0 && !shown.parts.length;
}

function wordButton(word) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "word" + (word.conf < 0.6 ? " unsure" : "");
  button.textContent = word.word;
  button.title = about(word);
  // The words are one stop of the Tab key; arrows lead from one to the next.
  button.tabIndex = -1;
  button.word = word;
  button.addEventListener("focus", () => {
    text.querySelectorAll("[tabindex='0']").forEach((other) => { other.tabIndex = -1; });
    button.tabIndex = 0;
    tell(word);
  });
  button.addEventListener("click", () => {
    tell(word);
    if (!word.part.url) return;
    load(word.part);
    player.currentTime = Math.max(0, word.start - word.part.offset);
    // Pressing another word before this one plays ends its attempt.
    player.play().catch(({ name }) => { if (name !== "AbortError") byID("word").textContent = "The browser cannot play this recording."; });
  });
  return button;
}

text.addEventListener("keydown", (event) => {
  const buttons = [...text.querySelectorAll(".word")];
  const place = buttons.indexOf(document.activeElement);
  const isRight = getComputedStyle(text).direction === "rtl" ? -1 : 1;
  const next = { ArrowRight: place + isRight, ArrowLeft: place - isRight, ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (place < 0 || next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  buttons[Math.max(0, Math.min(buttons.length - 1, next))].focus();
});

/// When a word was said, and its confidence.
function about(word) {
  const time = [word.start, word.end].map((seconds) => (seconds - word.part.offset).toFixed(2)).join(" to ") + " s";
  return word.isEstimated ? `about ${time}, not confirmed` : `${time}, ${Math.round(word.conf * 100)} % sure`;
}

function tell(word) { byID("word").textContent = `“${word.word}”: ${about(word)}`; }

/// Gets a recording ready to be played.
function load(part) {
  if (player.src !== part.url) player.src = part.url;
  player.hidden = false;
}

player.addEventListener("timeupdate", () => {
  const now = player.currentTime;
  const isNow = ({ word }) => word.part.url === player.src && now >= word.start - word.part.offset && now < word.end - word.part.offset + 0.05;
  if (nowButton && !player.paused && isNow(nowButton)) return;
  nowButton?.classList.remove("now");
  nowButton = player.paused ? null : [...text.querySelectorAll(".word")].find(isNow) ?? null;
  nowButton?.classList.add("now");
  if (nowButton) tell(nowButton.word);
});

// MARK: Files

/// Subtitles of at most 42 letters and seven seconds, which end at pauses.
function cues(words) {
  const groups = [];
  for (const word of words) {
    const last = groups.at(-1);
    const length = last ? last.map((one) => one.word).join(" ").length + 1 + word.word.length : 0;
    if (last && word.start - last.at(-1).end < 0.5 && word.end - last[0].start <= 7 && length <= 42) last.push(word);
    else groups.push([word]);
  }
  return groups.map((group) => ({ start: group[0].start, end: group.at(-1).end, text: group.map((word) => word.word).join(" ") }));
}

function clock(seconds, point) {
  const whole = Math.round(seconds * 1000);
  const pad = (number, count) => String(number).padStart(count, "0");
  return [whole / 3600000, whole / 60000 % 60, whole / 1000 % 60].map((part) => pad(Math.floor(part), 2)).join(":") + point + pad(whole % 1000, 3);
}

const forms = {
  txt: ({ text }) => text + "\n",
  srt: ({ words }) => cues(words).map((cue, index) => `${index + 1}\n${clock(cue.start, ",")} --> ${clock(cue.end, ",")}\n${cue.text}\n\n`).join(""),
  vtt: ({ words }) => "WEBVTT\n\n" + cues(words).map((cue) => `${clock(cue.start, ".")} --> ${clock(cue.end, ".")}\n${cue.text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}\n\n`).join(""),
};

/// Lets the browser save `content`.
export function download(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "text/plain;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

for (const [kind, make] of Object.entries(forms)) {
  const name = () => (shown.name.replace(/\.[^.]{1,5}$/, "") || "speech") + "." + kind;
  element("download-" + kind).addEventListener("click", () => download(name(), make(shown)));
}
