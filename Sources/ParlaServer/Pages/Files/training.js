// Training on what was recorded, and trying the result.
import { Microphone, ask, element, listen, oneAtATime, whyEnded, withToken } from "/sound.js";

const byID = (name) => document.getElementById(name);
const [error, trainButton, againButton, stopButton, tryButton, status] = ["error", "train", "train-again", "train-stop", "try", "train-status"].map(element);
const say = (message) => { error.textContent = message; };

let canTrain = false;
let canResume = false;
let hasChoices = false;
/// Runs work without overlap, and shows errors.
const alone = oneAtATime((problem) => say(problem.message));
const guarded = (work) => alone(() => { say(""); return work(); });
let timer = null;
let reportShown = "";
let trying = null;

/// Which choices there are.
export function showChoices({ can_train, can_transfer }) {
  canTrain = can_train;
  byID("transfer").disabled = !can_transfer;
}

/// Fills the choices in as they were for the latest training, once, unless somebody has chosen already.
function takeChoices({ epochs, language }) {
  if (hasChoices) return;
  hasChoices = true;
  for (const [field, former] of [[byID("epochs"), epochs], [element("language"), language]]) {
    if (former && field.value === field.defaultValue) field.value = former;
  }
}

/// Shows what the training does with letters and punctuation.
function showNotes(notes = []) {
  const lines = byID("train-notes");
  if ([...lines.children].map((line) => line.textContent).join("\n") === notes.join("\n")) return;
  lines.replaceChildren(...notes.map((note) => {
    const line = document.createElement("p");
    line.className = "hint";
    line.textContent = note;
    return line;
  }));
}

/// Shows the report again when the training has written another.
function showReport(report) {
  byID("report-details").hidden = !report.report;
  if (!report.report || report.report === reportShown) return;
  reportShown = report.report;
  byID("report").src = withToken("/corpus/report.html?at=" + encodeURIComponent(report.report));
}

const lastLine = (log) => log.trim().split("\n").at(-1) ?? "";
const epochOf = (log) => Number([...log.matchAll(/^Epoch (\d+):/gm)].at(-1)?.[1] ?? 0);

/// What has become of the latest training, in words.
function words(report, epoch) {
  if (report.running) return epoch > 0 ? `Training: ${epoch} of ${report.epochs} epochs done.` : "Training…";
  if (report.saving) return "An earlier server was ended during the training, which is still saving.";
  switch (report.outcome) {
    case "finished": return "Trained. Try it, or record more and train again: it starts from this model.";
    case "stopped": return "Stopped. What was learnt is saved: Resume continues.";
    case "interrupted": return "The server was ended during the training. Resume continues from what was saved.";
    case "failed": return "The training ended with an error: " + lastLine(report.log);
    default: return "";
  }
}

function show(report) {
  const log = byID("log");
  const isAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
  byID("log-details").hidden = report.log === "";
  if (log.textContent !== report.log) log.textContent = report.log;
  if (isAtEnd) log.scrollTop = log.scrollHeight;
  showReport(report);
  takeChoices(report);
  showNotes(report.notes ?? []);
  canResume = report.can_resume;
  const isOccupied = report.running || report.saving;
  const epoch = epochOf(report.log);
  byID("train-progress").hidden = !report.running;
  if (report.epochs && epoch > 0) byID("train-progress").value = epoch / report.epochs; else byID("train-progress").removeAttribute("value");
  trainButton.textContent = canResume && !isOccupied ? "Resume" : "Train";
  trainButton.disabled = isOccupied || !canTrain;
  againButton.hidden = !canResume || isOccupied;
  stopButton.disabled = !report.running;
  tryButton.disabled = !report.model;
  byID("train-choices").hidden = isOccupied;
  if (!trying) setStatus(words(report, epoch));
}

/// Screen readers say a text again whenever it is set.
function setStatus(text) { if (status.textContent !== text) status.textContent = text; }

/// Looks how the training goes, again and again as long as there is something to see.
export async function watch() {
  clearTimeout(timer);
  let isOver = false;
  try {
    const report = await (await ask("/corpus/training")).json();
    show(report);
    isOver = !report.running && !report.saving;
  } catch (problem) {
    setStatus(problem.message + " Looking again…");
    trainButton.disabled = stopButton.disabled = true;
  }
  if (!isOver) timer = setTimeout(watch, 1000);
}

async function train(wish) {
  await ask("/corpus/training", { method: "POST", body: JSON.stringify(wish) });
  await watch();
}

function request() {
  const field = byID("epochs");
  if (!field.checkValidity() || field.value === "") throw new Error("Epochs: expected a whole number from 1 to 1000.");
  const wish = { epochs: Number(field.value), transfer: byID("transfer").checked };
  const language = element("language").value.trim();
  // An empty field that began with the server's choice was emptied: no language.
  return language || hasChoices ? { ...wish, language } : wish;
}

trainButton.addEventListener("click", () => guarded(() => train(canResume ? { resume: true } : request())));
againButton.addEventListener("click", () => guarded(() => train(request())));
stopButton.addEventListener("click", () => guarded(async () => {
  await ask("/corpus/training/stop", { method: "POST" });
  setStatus("Saving and stopping…");
}));

// MARK: Trying

async function beginTrying() {
  const { model } = await (await ask("/corpus/model", { method: "POST" })).json();
  let stream = null;
  const microphone = new Microphone((samples) => stream?.send(samples));
  const rate = await microphone.start(false);
  element("transcript").textContent = "";
  byID("tried").hidden = false;
  try {
    stream = listen(rate, { model }, (reply) => {
      element("partial").textContent = reply.partial ?? "";
      if (reply.text) element("transcript").textContent += " " + reply.text;
    });
    await stream.opened;
  } catch (problem) {
    await microphone.stop();
    throw problem;
  }
  microphone.open();
  trying = { microphone, stream };
  stream.closed.then(() => { if (trying?.stream === stream) guarded(endTrying); });
  setStatus("Speak now.");
  tryButton.textContent = "Stop trying";
  tryButton.setAttribute("aria-pressed", "true");
}

async function endTrying() {
  const ended = trying;
  trying = null;
  tryButton.textContent = "Try it";
  tryButton.setAttribute("aria-pressed", "false");
  await ended.microphone.stop();
  const close = await ended.stream.end();
  const [text, partial] = [element("transcript"), element("partial")];
  if (partial.textContent) text.textContent += " " + partial.textContent;
  partial.textContent = "";
  if (close.code !== 1000) say(whyEnded(close, text.textContent !== "", "Try it"));
  if (text.textContent === "") text.textContent = "No speech was recognised.";
  await watch();
}

tryButton.addEventListener("click", () => guarded(() => trying ? endTrying() : beginTrying()));
