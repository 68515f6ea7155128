// The page for live transcription, and for files.
import { Microphone, ask, element, listen, oneAtATime, wav, whyEnded } from "/sound.js";
import { Transcript, download, isShown, show } from "/transcript.js";

const [mic, error] = ["mic", "error"].map(element);
const byID = (name) => document.getElementById(name);
const status = byID("status");

/// What was spoken, and each file, in the order in which they came.
const spoken = new Transcript("");
const entries = [];
let session = null;

const say = (message) => { error.textContent = message; };

// MARK: Speaking

async function start() {
  say("");
  const pieces = [];
  let stream = null;
  const level = byID("level");
  const microphone = new Microphone((samples) => { pieces.push(samples); stream?.send(samples); }, (loudest) => { level.value = loudest; });
  const rate = await microphone.start(byID("processing").checked);
  let part = null;
  try {
    const config = { model: byID("model").value, hot_words: hotWords(), scorer: byID("scorer").checked };
    stream = listen(rate, config, (reply) => {
      if (reply.partial !== undefined) return spoken.setPartial(reply.partial);
      spoken.partial = "";
      spoken.add(part, reply.result ?? []);
    });
    await stream.opened;
  } catch (problem) {
    await microphone.stop();
    throw problem;
  }
  part = spoken.begin(spoken.seconds);
  stream.closed.then(() => { if (session?.stream === stream) guarded(stop); });
  microphone.open();
  spoken.note = "Speak now.";
  show(spoken);
  showEntries();
  mic.setAttribute("aria-pressed", "true");
  mic.textContent = "Stop listening";
  byID("stage").dataset.listening = "";
  status.textContent = "Listening…";
  session = { microphone, stream, pieces, rate, part };
}

async function stop() {
  const ended = session;
  if (!ended) return;
  session = null;
  mic.setAttribute("aria-pressed", "false");
  mic.textContent = "Start listening";
  delete byID("stage").dataset.listening;
  status.textContent = "Finishing…";
  byID("level").value = 0;
  await ended.microphone.stop();
  const close = await ended.stream.end();
  const isWhole = close.code === 1000;
  const seconds = ended.pieces.reduce((sum, piece) => sum + piece.length, 0) / ended.rate;
  spoken.keepPartial(ended.part, seconds);
  spoken.finish(ended.part, wav(ended.pieces, ended.rate), seconds);
  spoken.setNote(isWhole ? "No speech was recognised." : "No speech was recognised before the stream ended.");
  if (!isWhole && !isShown(spoken)) show(spoken);
  if (!isWhole) say(whyEnded(close, spoken.words.length > 0, "Start listening"));
  status.textContent = "";
  showEntries();
}

const guarded = oneAtATime((problem) => { say(problem.message); session = null; });
mic.addEventListener("click", () => guarded(() => session ? stop() : start()));

const hotWords = () => byID("words").value.split(",").map((word) => word.trim()).filter((word) => word !== "");

// MARK: Files, one after another

/// Takes files to transcribe; the first is shown, unless somebody is speaking.
function take(files) {
  const added = [...files].map((file) => ({ file, transcript: new Transcript(file.name), state: "waiting" }));
  if (added.length === 0) return;
  say("");
  entries.push(...added);
  for (const entry of added) entry.transcript.note = "Waiting for the files before it.";
  if (!session) show(added[0].transcript);
  showEntries();
  work();
}

let current = null;

async function work() {
  if (current) return;
  while ((current = entries.find((entry) => entry.state === "waiting"))) await transcribe(current);
}

async function transcribe(entry) {
  const { file, transcript } = entry;
  // The page follows the queue until somebody chooses a file.
  const before = entries[entries.indexOf(entry) - 1];
  if (before && isShown(before.transcript) && !before.wasChosen) show(transcript);
  entry.state = "working";
  entry.stop = new AbortController();
  transcript.setNote("Transcribing…");
  showEntries();
  const form = new FormData();
  form.append("model", byID("model").value);
  form.append("response_format", "verbose_json");
  form.append("timestamp_granularities[]", "word");
  for (const word of hotWords()) form.append("keywords[]", word);
  if (!byID("scorer").checked) form.append("scorer", "false");
  form.append("file", file);
  try {
    const answer = await ask("/v1/audio/transcriptions", { method: "POST", body: form, signal: entry.stop.signal });
    const transcribed = await answer.json();
    entry.state = "done";
    transcript.note = "No speech was recognised in this recording.";
    const part = transcript.begin(0);
    transcript.finish(part, file, transcribed.duration ?? 0);
    transcript.add(part, transcribed.words.map((word) => ({ ...word, conf: word.probability ?? 1 })));
  } catch (problem) {
    if (entries.includes(entry)) {
      entry.state = "failed";
      const reason = problem.message.replace(/^the file: /, "");
      transcript.setNote("This file was not transcribed: " + reason, true);
      // Once: where the text would stand, or above another text.
      if (!isShown(transcript)) say(`${file.name}: ${reason}`);
    }
  }
  showEntries();
}

/// Takes a file off the list; one that is being transcribed is given up.
function remove(entry) {
  const place = entries.indexOf(entry);
  if (place < 0) return;
  entries.splice(place, 1);
  entry.stop?.abort();
  if (isShown(entry.transcript)) show((entries[place] ?? entries.at(-1))?.transcript ?? spoken);
  entry.transcript.clear();
  showEntries();
  (byID("files").children[place]?.querySelector("button") ?? element("file")).focus();
}

function button(text, action, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", action);
  return made;
}

function row(transcript, name, state, buttons) {
  const item = document.createElement("li");
  const chosen = button(name, () => {
    for (const entry of entries) entry.wasChosen = entry.transcript === transcript;
    // A message about another file would stand above this one.
    say("");
    show(transcript);
    showEntries();
  });
  chosen.className = "name";
  if (isShown(transcript)) chosen.setAttribute("aria-current", "true");
  const note = document.createElement("span");
  note.className = "hint";
  note.textContent = state;
  item.append(chosen, note, ...buttons);
  return item;
}

/// Lists the files, and what was spoken if there are any.
function showEntries() {
  const focused = [...byID("files").querySelectorAll("button")].indexOf(document.activeElement);
  const words = { waiting: () => "waiting", working: () => "transcribing…", done: ({ transcript }) => transcript.words.length === 0 ? "no speech" : `${transcript.words.length} ${transcript.words.length === 1 ? "word" : "words"}`, failed: () => "not transcribed" };
  const rows = entries.map((entry) => {
    const made = row(entry.transcript, entry.file.name, words[entry.state](entry), [
      ...(entry.state === "failed" ? [button("Try again", () => { entry.state = "waiting"; say(""); show(entry.transcript); work(); }, "Try again: " + entry.file.name)] : []),
      button(entry.state === "working" ? "Cancel" : "Remove", () => remove(entry), (entry.state === "working" ? "Cancel " : "Remove ") + entry.file.name),
    ]);
    made.className = entry.state;
    return made;
  });
  if (rows.length > 0 && spoken.parts.length > 0) rows.push(row(spoken, "What you said", session ? "listening…" : `${spoken.words.length} words`, []));
  byID("files").replaceChildren(...rows);
  byID("files").hidden = rows.length === 0;
  byID("all-texts").hidden = entries.filter((entry) => entry.state === "done").length < 2;
  if (focused >= 0) byID("files").querySelectorAll("button")[focused]?.focus();
}

element("file").addEventListener("change", ({ target }) => {
  take(target.files);
  // The same file may be chosen again.
  target.value = "";
});
byID("all-texts").addEventListener("click", () => {
  const done = entries.filter((entry) => entry.state === "done");
  download("texts.txt", done.map(({ file, transcript }) => `${file.name}\n${transcript.text}\n`).join("\n"));
});

// Files may be dropped anywhere: elsewhere the browser would leave the page for them.
const drop = element("drop");
const hasFiles = (event) => [...event.dataTransfer?.types ?? []].includes("Files");
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => { if (hasFiles(event)) { event.preventDefault(); drop.classList.add("over"); } });
}
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
document.addEventListener("drop", (event) => {
  drop.classList.remove("over");
  if (!hasFiles(event)) return;
  event.preventDefault();
  take(event.dataTransfer.files);
});

byID("copy").addEventListener("click", async () => {
  const shownText = [...element("transcript").querySelectorAll(".word")].map((word) => word.textContent).join(" ");
  try { await navigator.clipboard.writeText(shownText); status.textContent = "Copied."; } catch { say("The browser does not allow copying."); }
});
byID("clear").addEventListener("click", () => {
  const entry = entries.find(({ transcript }) => isShown(transcript));
  if (entry) return remove(entry);
  if (session) return;
  spoken.clear();
  show(spoken);
  showEntries();
  mic.focus();
});

// MARK: Settings

show(spoken);
try {
  const models = (await (await ask("/v1/models")).json()).data;
  byID("model").replaceChildren(...models.map((model) => new Option(model.id, model.id)));
  const choose = () => {
    const model = models.find((one) => one.id === byID("model").value);
    byID("words").disabled = !model?.hot_words;
    byID("words-hint").textContent = model && !model.hot_words ? "This model uses greedy decoding, which cannot favour words." : "";
    byID("scorer-choice").hidden = !model?.scorer;
    byID("scorer-name").textContent = model?.scorer ?? "";
  };
  byID("model").addEventListener("change", choose);
  choose();
} catch (problem) {
  say(problem.message);
}
fetch("/health").then((answer) => answer.json()).then((health) => { byID("corpus-link").hidden = !health.corpus; }, () => {});
