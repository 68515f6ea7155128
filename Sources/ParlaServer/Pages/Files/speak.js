// The page for live transcription.
import { Microphone, ask, element, listen, wav } from "/sound.js";

const [mic, partial, transcript, error] = ["mic", "partial", "transcript", "error"].map(element);
const byID = (name) => document.getElementById(name);
const status = byID("status");
const player = byID("player");
const doneButtons = [element("download-txt"), element("download-srt"), element("download-vtt"), byID("copy"), byID("clear")];

let words = [];
let spokenSeconds = 0;
let session = null;
let isBusy = false;

const say = (message) => { error.textContent = message; };

/// Shows when a word was said, and its confidence.
function tell(word) {
  const sure = Math.round(word.conf * 100);
  const time = (seconds) => (seconds - word.offset).toFixed(2);
  byID("word").textContent = `“${word.word}”: ${time(word.start)} to ${time(word.end)} s, ${sure} % sure`;
}

function show() {
  transcript.replaceChildren(...words.flatMap((word, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "word" + (word.conf < 0.6 ? " unsure" : "");
    button.textContent = word.word;
    button.title = word.start.toFixed(2) + " s, " + Math.round(word.conf * 100) + " % sure";
    button.addEventListener("focus", () => tell(word));
    button.addEventListener("click", () => {
      tell(word);
      if (player.hidden) return;
      player.currentTime = Math.max(0, word.start - word.offset);
      player.play();
    });
    return index === 0 ? [button] : [" ", button];
  }));
  byID("empty").hidden = words.length > 0 || partial.textContent !== "";
  byID("word").hidden = words.length === 0;
  if (words.length > 0) byID("word").textContent = "Underlined words are uncertain. Press a word to listen from there.";
  doneButtons.forEach((button) => { button.disabled = words.length === 0; });
}

/// Adds the words of a result, which count from `offset` seconds.
function add(result, offset) {
  for (const word of result.result ?? []) {
    words.push({ ...word, start: word.start + offset, end: word.end + offset, offset: offset });
  }
  show();
}

player.addEventListener("timeupdate", () => {
  const now = player.currentTime;
  [...transcript.querySelectorAll(".word")].forEach((button, index) => {
    const word = words[index];
    const isNow = !player.paused && now >= word.start - word.offset && now < word.end - word.offset + 0.05;
    if (isNow && !button.classList.contains("now")) tell(word);
    button.classList.toggle("now", isNow);
  });
});

async function start() {
  say("");
  const pieces = [];
  const offset = spokenSeconds;
  let rate = 16000;
  let stream = null;
  const level = byID("level");
  const microphone = new Microphone((samples) => { pieces.push(samples); stream?.send(samples); }, (loudest) => { level.value = loudest; });
  rate = await microphone.start(byID("processing").checked);
  try {
    const config = { model: byID("model").value, hot_words: hotWords(), scorer: byID("scorer").checked };
    stream = listen(rate, config, (reply) => {
      if (reply.partial !== undefined) {
        partial.textContent = reply.partial;
        byID("empty").hidden = words.length > 0 || reply.partial !== "";
      } else {
        partial.textContent = "";
        add(reply, offset);
      }
    });
    await stream.opened;
  } catch (problem) {
    await microphone.stop();
    throw problem;
  }
  stream.closed.then(({ code, reason }) => {
    if (session && code !== 1000) { say("The stream ended: " + (reason || code)); stop(); }
  });
  microphone.open();
  mic.setAttribute("aria-pressed", "true");
  mic.textContent = "Stop listening";
  status.textContent = "Listening…";
  session = { microphone, stream, pieces, rate, offset };
}

async function stop() {
  const ended = session;
  if (!ended) return;
  session = null;
  mic.setAttribute("aria-pressed", "false");
  mic.textContent = "Start listening";
  status.textContent = "Finishing…";
  byID("level").value = 0;
  await ended.microphone.stop();
  await ended.stream.end();
  partial.textContent = "";
  const count = ended.pieces.reduce((sum, piece) => sum + piece.length, 0);
  spokenSeconds = ended.offset + count / ended.rate;
  status.textContent = words.length === 0 ? "No speech was recognised." : "";
  show();
  play(wav(ended.pieces, ended.rate));
}

function play(blob) {
  if (player.src) URL.revokeObjectURL(player.src);
  player.src = URL.createObjectURL(blob);
  player.hidden = false;
}

mic.addEventListener("click", async () => {
  if (isBusy) return;
  isBusy = true;
  try { await (session ? stop() : start()); } catch (problem) { say(problem.message); session = null; }
  isBusy = false;
});

const hotWords = () => byID("words").value.split(",").map((word) => word.trim()).filter((word) => word !== "");

async function transcribe(file) {
  say("");
  element("file-name").textContent = file.name;
  status.textContent = "Transcribing…";
  const form = new FormData();
  form.append("model", byID("model").value);
  form.append("response_format", "verbose_json");
  form.append("timestamp_granularities[]", "word");
  for (const word of hotWords()) form.append("keywords[]", word);
  if (!byID("scorer").checked) form.append("scorer", "false");
  form.append("file", file);
  try {
    const transcribed = await (await ask("/v1/audio/transcriptions", { method: "POST", body: form })).json();
    words = transcribed.words.map((word) => ({ ...word, conf: word.probability ?? 1, offset: 0 }));
    spokenSeconds = 0;
    show();
    play(file);
    status.textContent = words.length === 0 ? "No speech was recognised in the recording." : "";
  } catch (problem) {
    say(problem.message);
    status.textContent = "";
  }
}

element("file").addEventListener("change", ({ target }) => { if (target.files[0]) transcribe(target.files[0]); });
const drop = element("drop");
for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
}
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files[0]) transcribe(event.dataTransfer.files[0]);
});

/// Subtitles of at most 42 letters and seven seconds, which end at pauses.
function cues() {
  const groups = [];
  for (const word of words) {
    const last = groups.at(-1);
    const length = last ? last.map((one) => one.word).join(" ").length + 1 + word.word.length : 0;
    if (last && word.start - last.at(-1).end < 0.5 && word.end - last[0].start <= 7 && length <= 42) last.push(word);
    else groups.push([word]);
  }
  return groups.map((group) => ({ start: group[0].start, end: group.at(-1).end, text: group.map((word) => word.word).join(" ") }));
}

function time(seconds, point) {
  const whole = Math.round(seconds * 1000);
  const pad = (number, count) => String(number).padStart(count, "0");
  return [whole / 3600000, whole / 60000 % 60, whole / 1000 % 60].map((part) => pad(Math.floor(part), 2)).join(":") + point + pad(whole % 1000, 3);
}

const plainText = () => words.map((word) => word.word).join(" ");
const forms = {
  txt: () => plainText() + "\n",
  srt: () => cues().map((cue, index) => `${index + 1}\n${time(cue.start, ",")} --> ${time(cue.end, ",")}\n${cue.text}\n\n`).join(""),
  vtt: () => "WEBVTT\n\n" + cues().map((cue) => `${time(cue.start, ".")} --> ${time(cue.end, ".")}\n${cue.text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}\n\n`).join(""),
};
for (const [kind, make] of Object.entries(forms)) {
  element("download-" + kind).addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([make()], { type: "text/plain" }));
    link.download = "speech." + kind;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}

byID("copy").addEventListener("click", async () => {
  try { await navigator.clipboard.writeText(plainText()); status.textContent = "Copied."; } catch { say("The browser does not allow copying."); }
});
byID("clear").addEventListener("click", () => { words = []; spokenSeconds = 0; player.hidden = true; show(); mic.focus(); });

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
