// Listening to what was recorded, correcting its text, accepting it or leaving it out.
import { ask, withToken } from "/sound.js";

const byID = (name) => document.getElementById(name);

function button(text, action) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", action);
  return made;
}

/// Requests go one after another, in the order in which they were made; none is left out.
let last = Promise.resolve();
const inTurn = (work) => { last = last.then(work, work); return last; };

/// A recording in the list. It lasts as long as the recording, so that no refresh takes what is being typed, nor the focus.
class Row {
  constructor(clip, review) {
    this.clip = clip;
    this.review = review;
    this.element = document.createElement("li");
    this.text = document.createElement("textarea");
    this.text.className = "line";
    this.text.dir = "auto";
    this.text.spellcheck = false;
    this.text.value = clip.transcript;
    this.text.dataset.testid = "review-text";
    this.text.setAttribute("aria-label", "Text of recording " + clip.number);
    this.text.addEventListener("change", () => this.save());
    this.text.addEventListener("input", () => this.show());
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.note = document.createElement("p");
    this.note.className = "hint";
    this.problem = document.createElement("p");
    this.problem.className = "problem";
    this.problem.setAttribute("role", "alert");
    this.problem.dataset.testid = "review-problem";
    this.listenButton = button("Listen", () => review.listen(this));
    this.acceptButton = button("Accept", () => this.save({ accepted: this.clip.accepted === true ? null : true }));
    this.refuseButton = button("Leave out", () => this.save({ accepted: this.clip.accepted === false ? null : false }));
    this.buttons = document.createElement("div");
    this.buttons.className = "row";
    this.buttons.append(this.listenButton, this.acceptButton, this.refuseButton, button("Delete", () => this.remove()));
    this.element.append(this.text, this.note, this.problem, this.buttons);
    this.show();
  }

  get isUnsaved() { return this.text.value.trim() !== this.clip.transcript; }

  /// Enter saves, Shift and Enter too: a text has one line. Escape takes back what was typed.
  key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      this.save();
    } else if (event.key === "Escape") {
      this.text.value = this.clip.transcript;
      this.problem.textContent = "";
      this.review.say("");
      this.show();
    }
  }

  show() {
    const { number, seconds, speaker, accepted } = this.clip;
    this.element.className = accepted === true ? "accepted" : accepted === false ? "refused" : "";
    this.text.rows = Math.ceil(this.text.value.length / 40) || 1;
    this.note.textContent = `Number ${number}, ${seconds.toFixed(1)} s` + (speaker ? `, ${speaker}` : "")
      + (accepted === true ? ", accepted" : accepted === false ? ", left out" : "")
      + (this.savesCount ? ", saving…" : this.isUnsaved ? ", changed: Enter saves" : "");
    this.acceptButton.setAttribute("aria-pressed", String(accepted === true));
    this.refuseButton.setAttribute("aria-pressed", String(accepted === false));
  }

  /// Saves the text as it stands, and the `wish`; what cannot be saved stays in the field.
  save(wish = {}) {
    const sent = this.text.value;
    if (sent.trim() !== this.clip.transcript) wish.transcript = sent;
    if (Object.keys(wish).length === 0) return;
    if (sent.trim() === "") {
      this.problem.textContent = "Not saved: the text is empty. Write what is said, or delete the recording.";
      return;
    }
    this.send(wish, (answer) => {
      // What was typed since stays, and is saved in its turn.
      if (answer.clip && this.text.value === sent) this.text.value = answer.clip.transcript;
    });
  }

  remove() {
    if (confirm(`Delete recording ${this.clip.number}?`)) this.send({ remove: true }, () => {});
  }

  /// Sends a wish once more, with the text as it stands now.
  again(wish, done) {
    this.problem.textContent = "";
    this.text.focus();
    if (wish.remove) return this.send(wish, done);
    const { transcript, ...rest } = wish;
    return this.save(rest);
  }

  send(wish, done) {
    this.savesCount = (this.savesCount ?? 0) + 1;
    this.review.say("");
    this.show();
    return inTurn(async () => {
      try {
        const answer = await (await ask("/corpus/clips/" + this.clip.number, { method: "POST", body: JSON.stringify(wish) })).json();
        this.problem.textContent = "";
        const former = this.clip;
        if (answer.clip) this.clip = answer.clip;
        done(answer);
        if (answer.removed) this.review.removed(this);
        this.review.changed({ ...answer, former });
      } catch (problem) {
        const isGone = problem.status === 404;
        this.problem.textContent = "Not saved: " + (isGone ? "this recording was deleted on another page. Load this page again." : problem.message.replace(/^transcript: /, "") + " ");
        if (!isGone) this.problem.append(button("Try again", () => this.again(wish, done)));
        // The row may have left the screen; it says why.
        this.review.say(`Recording ${this.clip.number} is not saved. See below.`);
      } finally {
        this.savesCount -= 1;
        this.show();
      }
    });
  }
}

/// The list of recordings, the newest first.
export class Review {
  /// `changed` gets the server's answers, `say` the errors.
  constructor({ say, changed }) {
    this.say = say;
    this.changed = changed;
    this.clips = [];
    /// The numbers of those that are listed.
    this.chosen = [];
    this.rows = new Map();
    this.limit = 20;
    this.player = new Audio();
    this.player.addEventListener("ended", () => this.silence());
    byID("more").addEventListener("click", () => { this.limit += 50; this.show(); });
    byID("review-choice").addEventListener("change", () => { this.limit = 20; this.choose(); });
  }

  get isUnsaved() { return [...this.rows.values()].some((row) => row.isUnsaved || row.savesCount); }

  /// The recordings that the server has.
  setClips(clips) {
    this.clips = [...clips];
    const numbers = new Set(clips.map((clip) => clip.number));
    for (const number of this.rows.keys()) if (!numbers.has(number)) this.rows.delete(number);
    for (const clip of clips) {
      const row = this.rows.get(clip.number);
      if (!row) continue;
      if (!row.isUnsaved) row.text.value = clip.transcript;
      row.clip = clip;
      row.show();
    }
    this.choose();
  }

  add(clip) {
    this.clips.unshift(clip);
    this.chosen.unshift(clip.number);
    this.show();
  }

  removed(row) {
    const number = row.clip.number;
    const place = this.chosen.indexOf(number);
    const hadFocus = row.element.contains(document.activeElement) || document.activeElement === document.body;
    if (this.playing === row) this.silence();
    this.clips = this.clips.filter((clip) => clip.number !== number);
    this.chosen.splice(place, 1);
    this.rows.delete(number);
    this.show();
    const next = this.rows.get(this.chosen[place] ?? this.chosen.at(-1));
    if (hadFocus) (next?.listenButton ?? byID("review-choice")).focus();
  }

  /// Which recordings are wanted. One that no longer belongs to them stays until they are chosen again.
  choose() {
    const wanted = { all: () => true, open: (clip) => clip.accepted === null, accepted: (clip) => clip.accepted === true, refused: (clip) => clip.accepted === false }[byID("review-choice").value];
    this.chosen = this.clips.map((clip) => this.rows.get(clip.number)?.clip ?? clip).filter(wanted).map((clip) => clip.number);
    this.show();
  }

  show() {
    const byNumber = new Map(this.clips.map((clip) => [clip.number, clip]));
    const list = byID("clips");
    const rows = this.chosen.slice(0, this.limit).map((number) => {
      if (!this.rows.has(number)) this.rows.set(number, new Row(byNumber.get(number), this));
      return this.rows.get(number).element;
    });
    // Moving an element takes its focus: those that stay are not touched.
    for (const element of [...list.children]) if (!rows.includes(element)) element.remove();
    rows.forEach((element, place) => { if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null); });
    byID("more").hidden = this.chosen.length <= this.limit;
    byID("review-none").hidden = rows.length > 0;
    byID("review-none").textContent = this.clips.length === 0 ? "Nothing is recorded yet." : "There are none of these.";
  }

  /// Plays a recording, or stops it.
  async listen(row) {
    const isSame = this.playing === row;
    this.silence();
    if (isSame) return;
    this.playing = row;
    row.listenButton.textContent = "Stop";
    const path = `/corpus/clips/${row.clip.number}.flac`;
    this.player.src = withToken(path);
    try { await this.player.play(); } catch (problem) {
      if (this.playing !== row) return;
      this.silence();
      let reason = problem.message;
      // The browser does not tell why it has not got the sound.
      try { await ask(path, { method: "HEAD" }); } catch (refused) { reason = refused.message; }
      this.say("The recording cannot be played: " + reason);
    }
  }

  silence() {
    this.player.pause();
    if (this.playing) this.playing.listenButton.textContent = "Listen";
    this.playing = null;
  }
}
