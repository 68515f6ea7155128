// The page for recording, reviewing, training and trying a corpus.
import { Microphone, ask, element, listen, wav, withToken } from "/sound.js";

const byID = (name) => document.getElementById(name);
const [error, promptText, recordButton, keepButton, count] = ["error", "prompt", "record", "keep", "count"].map(element);
const say = (message) => { error.textContent = message; };

let state = { prompts: [], clips: [], count: 0 };
let place = 0;
let recording = null;
let recorded = null;
let isBusy = false;
let shownClips = 20;

/// Runs `work` without overlap, and shows errors.
async function guarded(work) {
  if (isBusy) return;
  isBusy = true;
  say("");
  try { await work(); } catch (problem) { say(problem.message); }
  isBusy = false;
}

async function load() {
  state = await (await ask("/corpus/state")).json();
  if (byID("prompts").value === "") byID("prompts").value = state.prompts.map((prompt) => prompt.text).join("\n");
  const first = state.prompts.findIndex((prompt) => prompt.clips === 0);
  place = first < 0 ? state.prompts.length : first;
  show();
}

/// Which letters of the sentences were recorded, and which are still to come.
function showLetters() {
  const letters = (text) => [...text.toLowerCase()].filter((letter) => /\p{L}|\p{M}/u.test(letter));
  const all = new Set(state.prompts.flatMap((prompt) => letters(prompt.text)));
  const there = new Set(state.clips.filter((clip) => clip.accepted !== false).flatMap((clip) => letters(clip.transcript)));
  const sorted = [...all].sort((one, other) => one.localeCompare(other));
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
  promptText.textContent = prompt ? prompt.text : state.prompts.length ? "All sentences are recorded. Add more, or train." : "Save sentences to read first.";
  byID("progress").value = state.prompts.length ? state.prompts.filter((one) => one.clips > 0).length / state.prompts.length : 0;
  byID("place").textContent = prompt ? `Sentence ${place + 1} of ${state.prompts.length}` + (prompt.clips ? (prompt.clips === 1 ? ", recorded once" : `, recorded ${prompt.clips} times`) : "") : "";
  recordButton.disabled = !prompt;
  keepButton.disabled = !recorded || !prompt;
  count.textContent = String(state.count);
  byID("count-unit").textContent = state.count === 1 ? "recording" : "recordings";
  byID("minutes").textContent = (state.seconds / 60 || 0).toFixed(1);
  byID("speakers").replaceChildren(...(state.speakers ?? []).map((speaker) => new Option(speaker)));
  element("train").disabled = !state.can_train;
  byID("transfer").disabled = !state.can_transfer;
  showClips();
  showLetters();
}

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
  byID("warning").textContent = "";
  const taken = { pieces: [], loudest: 0, clipped: 0 };
  const microphone = new Microphone((samples) => {
    taken.pieces.push(samples);
    for (const sample of samples) if (sample >= 32700 || sample <= -32700) taken.clipped += 1;
  }, (loudest) => {
    byID("level").value = loudest;
    taken.loudest = Math.max(taken.loudest, loudest);
  });
  // Unprocessed sound: the processing that browsers apply for calls is harmful in training.
  taken.rate = await microphone.start(false);
  microphone.open();
  taken.microphone = microphone;
  recording = taken;
  recordButton.setAttribute("aria-pressed", "true");
  recordButton.textContent = "Stop";
}

async function stop() {
  const taken = recording;
  recording = null;
  await taken.microphone.stop();
  recordButton.setAttribute("aria-pressed", "false");
  recordButton.textContent = "Record again";
  byID("level").value = 0;
  const samples = taken.pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (samples === 0) throw new Error("The microphone delivered no sound.");
  setRecorded({ blob: wav(taken.pieces, taken.rate) });
  byID("warning").textContent =
    taken.clipped > 10 ? "Too loud: the recording is distorted. Step back a little and record again."
    : taken.loudest < 0.02 ? "Nearly silent. Is the right microphone selected?"
    : taken.loudest < 0.08 ? "Rather quiet. Move closer to the microphone."
    : "";
}

async function keep() {
  if (!recorded) return;
  const prompt = state.prompts[place];
  const query = new URLSearchParams({ transcript: prompt.text, speaker: byID("speaker").value.trim() });
  await ask("/corpus/clips?" + query, { method: "POST", body: recorded.blob, headers: { "Content-Type": "audio/wav" } });
  setRecorded(null);
  recordButton.textContent = "Record";
  const next = place + 1;
  state = await (await ask("/corpus/state")).json();
  place = Math.min(next, state.prompts.length);
  show();
  recordButton.focus();
}

function move(step) {
  if (recording) return;
  setRecorded(null);
  place = Math.max(0, Math.min(state.prompts.length, place + step));
  show();
}

recordButton.addEventListener("click", () => guarded(() => recording ? stop() : start()));
keepButton.addEventListener("click", () => guarded(keep));
byID("skip").addEventListener("click", () => move(1));
byID("previous").addEventListener("click", () => move(-1));
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const button = { r: recordButton, k: keepButton, s: byID("skip") }[event.key.toLowerCase()];
  if (button && !button.disabled) { event.preventDefault(); button.click(); }
});

element("prompts-save").addEventListener("click", () => guarded(async () => {
  const order = byID("spread").checked ? "?order=spread" : "";
  await ask("/corpus/prompts" + order, { method: "POST", body: byID("prompts").value, headers: { "Content-Type": "text/plain" } });
  byID("prompts").value = "";
  await load();
  // Newly saved sentences come next, even if they were recorded before.
  if (place === state.prompts.length) place = 0;
  show();
}));
byID("prompts-file").addEventListener("change", ({ target }) => guarded(async () => {
  if (target.files[0]) byID("prompts").value = await target.files[0].text();
}));

// MARK: Review

const change = (number, wish) => guarded(async () => {
  state = await (await ask("/corpus/clips/" + number, { method: "POST", body: JSON.stringify(wish) })).json();
  show();
});

function button(text, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", action);
  return made;
}

function row(clip) {
  const item = document.createElement("li");
  item.className = clip.accepted === true ? "accepted" : clip.accepted === false ? "refused" : "";
  const text = document.createElement("textarea");
  text.className = "line";
  text.rows = Math.ceil(clip.transcript.length / 40) || 1;
  text.spellcheck = false;
  text.value = clip.transcript;
  text.setAttribute("aria-label", "Text of recording " + clip.number);
  text.addEventListener("change", () => change(clip.number, { transcript: text.value }));
  const note = document.createElement("p");
  note.className = "hint";
  note.textContent = `Number ${clip.number}, ${clip.seconds.toFixed(1)} s` + (clip.speaker ? `, ${clip.speaker}` : "")
    + (clip.accepted === true ? ", accepted" : clip.accepted === false ? ", left out" : "");
  const buttons = document.createElement("div");
  buttons.className = "row";
  buttons.append(
    button("Listen", () => guarded(() => new Audio(withToken(`/corpus/clips/${clip.number}.flac`)).play())),
    button("Accept", () => change(clip.number, { accepted: true })),
    button("Leave out", () => change(clip.number, { accepted: false })),
    button("Delete", () => { if (confirm("Delete this recording?")) change(clip.number, { remove: true }); }));
  item.append(text, note, buttons);
  return item;
}

function showClips() {
  byID("clips").replaceChildren(...state.clips.slice(0, shownClips).map(row));
  byID("more").hidden = state.clips.length <= shownClips;
}
byID("more").addEventListener("click", () => { shownClips += 50; showClips(); });

// MARK: Training

let reportShown = "";

/// Shows the report again when the training has written another.
function showReport(report) {
  byID("report-details").hidden = !report.report;
  if (!report.report || report.report === reportShown) return;
  reportShown = report.report;
  byID("report").src = withToken("/corpus/report.html?at=" + encodeURIComponent(report.report));
}

async function watch() {
  const report = await (await ask("/corpus/training")).json();
  const log = byID("log");
  byID("log-details").hidden = report.log === "";
  log.textContent = report.log;
  log.scrollTop = log.scrollHeight;
  showReport(report);
  element("train").disabled = report.running || !state.can_train;
  element("train-stop").disabled = !report.running;
  element("try").disabled = !report.model;
  element("train-status").textContent = report.running ? "Training…" : report.succeeded ? "Trained." : report.ended ? "The training ended with an error." : "";
  if (report.running) setTimeout(() => watch().catch((problem) => say(problem.message)), 1000);
}

element("train").addEventListener("click", () => guarded(async () => {
  const wish = { epochs: Number.parseInt(byID("epochs").value, 10) || 30, transfer: byID("transfer").checked };
  await ask("/corpus/training", { method: "POST", body: JSON.stringify(wish) });
  await watch();
}));
element("train-stop").addEventListener("click", () => guarded(async () => { await ask("/corpus/training/stop", { method: "POST" }); }));

let trying = null;
element("try").addEventListener("click", () => guarded(async () => {
  const tryButton = element("try");
  if (trying) {
    const ended = trying;
    trying = null;
    tryButton.textContent = "Try it";
    element("train-status").textContent = "";
    tryButton.setAttribute("aria-pressed", "false");
    await ended.microphone.stop();
    await ended.stream.end();
    element("partial").textContent = "";
    return;
  }
  const { model } = await (await ask("/corpus/model", { method: "POST" })).json();
  let stream = null;
  const microphone = new Microphone((samples) => stream?.send(samples));
  const rate = await microphone.start(false);
  element("transcript").textContent = "";
  byID("tried").hidden = false;
  element("train-status").textContent = "Speak now.";
  stream = listen(rate, { model }, (reply) => {
    element("partial").textContent = reply.partial ?? "";
    if (reply.text) element("transcript").textContent += " " + reply.text;
  });
  await stream.opened;
  microphone.open();
  trying = { microphone, stream };
  tryButton.textContent = "Stop";
  tryButton.setAttribute("aria-pressed", "true");
}));

byID("download-sentences").href = withToken("/corpus/sentences.tsv");
element("download-csv").href = withToken("/corpus/clips.csv");
guarded(async () => {
  await load();
  // With sentences, recording comes first on a narrow screen.
  if (state.prompts.length > 0) byID("first").append(byID("prompts-section"));
  byID("first").dataset.ready = "";
  await watch();
});
