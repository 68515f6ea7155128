// The page for a corpus: sentences to read, and recording them. What was recorded is reviewed in review.js, trained on in training.js.
import { Microphone, ask, element, isField, oneAtATime, wav, withToken } from "/sound.js";
import { Review } from "/review.js";
import { showChoices, watch } from "/training.js";

const byID = (name) => document.getElementById(name);
const [error, promptText, recordButton, keepButton, count, prompts] = ["error", "prompt", "record", "keep", "count", "prompts"].map(element);
const [warning, skipButton, backButton] = ["warning", "skip", "previous"].map(byID);
const say = (message) => { error.textContent = message; };

/// The sentences, with how often each was recorded, and the recordings, the newest first.
let state = { prompts: [], clips: [] };
let promptLetters = new Set();
let recordedCount = 0;
let savedPrompts = "";
let place = 0;
let recording = null;
let recorded = null;
/// Runs work without overlap, and shows errors.
const alone = oneAtATime((problem) => say(problem.message));
const guarded = (work) => alone(() => { say(""); return work(); });

/// The most that the server takes as one recording, in seconds.
const longest = 119;

const review = new Review({ say, changed: ({ clip, removed, former, warning }) => {
  const number = removed ?? clip.number;
  const index = state.clips.findIndex((one) => one.number === number);
  if (index < 0) return;
  if (clip) state.clips[index] = clip; else state.clips.splice(index, 1);
  countSentence(former.prompt, -1);
  if (clip) countSentence(clip.prompt, 1);
  state.warning = warning;
  show();
} });

/// Takes what the server has, also from other pages.
async function refresh() {
  state = await (await ask("/corpus/state")).json();
  const text = state.prompts.map((prompt) => prompt.text).join("\n");
  // What somebody is writing is theirs.
  if (prompts.value === savedPrompts) prompts.value = text;
  savedPrompts = text;
  promptLetters = new Set();
  for (const prompt of state.prompts) for (const letter of letters(prompt.text)) promptLetters.add(letter);
  recordedCount = state.prompts.filter((prompt) => prompt.clips > 0).length;
  review.setClips(state.clips);
  showChoices(state);
}

async function load() {
  await refresh();
  const first = state.prompts.findIndex((prompt) => prompt.clips === 0);
  place = first < 0 ? state.prompts.length : first;
  show();
}

/// Notes that a sentence has one recording more, or less.
function countSentence(text, step) {
  for (const prompt of state.prompts) {
    if (prompt.text !== text) continue;
    if (prompt.clips === 0 || prompt.clips + step === 0) recordedCount += step;
    prompt.clips += step;
  }
}

const letters = (text) => [...text.toLowerCase()].filter((letter) => /\p{L}|\p{M}/u.test(letter));

/// Which letters of the sentences were recorded, and which are still to come.
function showLetters() {
  const there = new Set(state.clips.filter((clip) => clip.accepted !== false).flatMap((clip) => letters(clip.transcript)));
  const sorted = [...promptLetters].sort((one, other) => one.localeCompare(other));
  byID("letters-details").hidden = sorted.length === 0;
  byID("letters-summary").textContent = `${sorted.filter((letter) => there.has(letter)).length} of ${sorted.length} letters recorded`;
  byID("letters").replaceChildren(...sorted.map((letter) => {
    const item = document.createElement("li");
    item.textContent = letter;
    item.className = there.has(letter) ? "there" : "";
    if (!there.has(letter)) item.title = "not recorded yet";
    return item;
  }));
}

function show() {
  const prompt = state.prompts[place];
  const isDone = state.prompts.length > 0 && recordedCount === state.prompts.length;
  promptText.textContent = prompt ? prompt.text : isDone ? "All sentences are recorded. Add more, or train." : state.prompts.length ? "That was the last sentence. Some before it are not recorded yet." : "Save sentences to read first.";
  promptText.classList.toggle("note", !prompt);
  byID("progress").value = state.prompts.length ? recordedCount / state.prompts.length : 0;
  byID("place").textContent = prompt ? `Sentence ${place + 1} of ${state.prompts.length}` + (prompt.clips ? (prompt.clips === 1 ? ", recorded once" : `, recorded ${prompt.clips} times`) : "") : "";
  recordButton.disabled = !prompt;
  keepButton.disabled = !recorded || !prompt;
  backButton.disabled = Boolean(recording) || place === 0;
  skipButton.disabled = Boolean(recording) || !prompt;
  count.textContent = String(state.clips.length);
  byID("count-unit").textContent = state.clips.length === 1 ? "recording" : "recordings";
  const seconds = state.clips.reduce((sum, clip) => sum + clip.seconds, 0);
  byID("length").textContent = seconds < 60 ? `${seconds.toFixed(0)} seconds` : `${(seconds / 60).toFixed(1)} minutes`;
  const speakers = [...new Set(state.clips.map((clip) => clip.speaker))].filter((speaker) => speaker !== "").sort();
  byID("speakers").replaceChildren(...speakers.map((speaker) => new Option(speaker)));
  byID("table-warning").textContent = state.warning ?? "";
  showLetters();
}

// MARK: Recording

function setRecorded(value) {
  recorded = value;
  const player = byID("listen");
  if (player.src) URL.revokeObjectURL(player.src);
  player.hidden = !value;
  if (value) player.src = URL.createObjectURL(value.blob); else player.removeAttribute("src");
  keepButton.disabled = !value;
}

async function start() {
  setRecorded(null);
  warning.textContent = "";
  const taken = { pieces: [], loudest: 0, clipped: 0, count: 0, rate: 48000 };
  const microphone = new Microphone((samples) => {
    taken.pieces.push(samples);
    taken.count += samples.length;
    for (const sample of samples) if (sample >= 32700 || sample <= -32700) taken.clipped += 1;
    const seconds = taken.count / taken.rate;
    byID("place").textContent = `Recording: ${seconds.toFixed(0)} s`;
    if (seconds >= longest && recording === taken) guarded(stop);
  }, (loudest) => {
    byID("level").value = loudest;
    taken.loudest = Math.max(taken.loudest, loudest);
  });
  // Unprocessed sound: the processing that browsers apply for calls is harmful in training.
  taken.rate = await microphone.start(false);
  microphone.open();
  taken.microphone = microphone;
  recording = taken;
  backButton.disabled = skipButton.disabled = true;
  byID("record-section").dataset.listening = "";
  recordButton.setAttribute("aria-pressed", "true");
  recordButton.textContent = "Stop";
}

async function stop() {
  const taken = recording;
  recording = null;
  await taken.microphone.stop();
  delete byID("record-section").dataset.listening;
  recordButton.setAttribute("aria-pressed", "false");
  recordButton.textContent = "Record again";
  byID("level").value = 0;
  show();
  if (taken.count === 0) throw new Error("The microphone delivered no sound.");
  setRecorded({ blob: wav(taken.pieces, taken.rate) });
  warning.textContent =
    taken.count / taken.rate >= longest ? "Stopped after two minutes, the most that a recording may last."
    : taken.clipped > 10 ? "Too loud: the recording is distorted. Step back a little and record again."
    : taken.loudest < 0.02 ? "Nearly silent. Is the right microphone selected?"
    : taken.loudest < 0.08 ? "Rather quiet. Move closer to the microphone."
    : "";
}

/// Sends the recording; it stays here until the server has it.
async function keep() {
  if (!recorded) return;
  const query = new URLSearchParams({ transcript: state.prompts[place].text, speaker: byID("speaker").value.trim() });
  let answer;
  try {
    answer = await ask("/corpus/clips?" + query, { method: "POST", body: recorded.blob, headers: { "Content-Type": "audio/wav" } });
  } catch (problem) {
    throw new Error(problem.message + " The recording stays on this page: press Keep to try again.");
  }
  const { clip, warning: problem, count: total } = await answer.json();
  setRecorded(null);
  warning.textContent = "";
  recordButton.textContent = "Record";
  state.clips.unshift(clip);
  state.warning = problem;
  countSentence(clip.prompt, 1);
  review.add(clip);
  // Others record on pages of their own.
  if (total !== state.clips.length) await refresh();
  place = Math.min(place + 1, state.prompts.length);
  show();
  recordButton.focus();
}

function move(step) {
  if (recording) return;
  setRecorded(null);
  warning.textContent = "";
  recordButton.textContent = "Record";
  place = Math.max(0, Math.min(state.prompts.length, place + step));
  show();
}

recordButton.addEventListener("click", () => guarded(() => recording ? stop() : start()));
keepButton.addEventListener("click", () => guarded(keep));
skipButton.addEventListener("click", () => move(1));
backButton.addEventListener("click", () => move(-1));

/// The Latin letter of a key; where the keyboard has other letters (Greek, Arabic), the one that stands there on a Latin one.
const latinLetter = ({ key, code }) => (/^[a-z]$/i.test(key) ? key : /^Key[A-Z]$/.test(code) ? code.at(-1) : "").toLowerCase();

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (isField(event.target) || isField(document.activeElement)) return;
  const button = { r: recordButton, k: keepButton, s: skipButton }[latinLetter(event)];
  if (button && !button.disabled) { event.preventDefault(); button.click(); }
});

byID("speaker").value = localStorage.getItem("parla-speaker") ?? "";
byID("speaker").addEventListener("change", () => localStorage.setItem("parla-speaker", byID("speaker").value.trim()));

// MARK: Sentences

element("prompts-save").addEventListener("click", () => guarded(async () => {
  const order = byID("spread").checked ? "?order=spread" : "";
  const sent = prompts.value;
  if (sent.trim() === "") {
    if (state.prompts.length === 0) throw new Error("There are no sentences to save. Write or paste some first.");
    if (!confirm("Remove all sentences from the list? The recordings stay.")) {
      prompts.value = savedPrompts;
      return;
    }
  }
  await ask("/corpus/prompts" + order, { method: "POST", body: sent, headers: { "Content-Type": "text/plain" } });
  if (prompts.value === sent) prompts.value = savedPrompts;
  await load();
  // Newly saved sentences come next, even if they were recorded before.
  if (place === state.prompts.length) place = 0;
  show();
}));

const readSentences = (file) => guarded(async () => { if (file) prompts.value = await file.text(); });
byID("prompts-file").addEventListener("change", ({ target }) => {
  readSentences(target.files[0]);
  target.value = "";
});

// A dropped file has sentences; the browser would leave the page for it.
for (const kind of ["dragover", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (![...event.dataTransfer?.types ?? []].includes("Files")) return;
    event.preventDefault();
    if (kind === "drop") readSentences(event.dataTransfer.files[0]);
  });
}

// What is not saved yet is not to be lost by a slip.
window.addEventListener("beforeunload", (event) => {
  if (recording || recorded || review.isUnsaved || prompts.value !== savedPrompts) event.preventDefault();
});

byID("download-sentences").href = withToken("/corpus/sentences.tsv");
element("download-csv").href = withToken("/corpus/clips.csv");
guarded(async () => {
  await load();
  // With sentences, recording comes first on a narrow screen.
  if (state.prompts.length > 0) byID("first").append(byID("prompts-section"));
  byID("first").dataset.ready = "";
  await watch();
});
