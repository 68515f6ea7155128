// The microphone, and code shared by both pages.

/// The token that the page was opened with; it is removed from the address, so that it is not shared with it.
export const token = (() => {
  const address = new URL(location.href);
  const given = address.searchParams.get("token");
  if (given === null) return sessionStorage.getItem("parla-token") ?? "";
  sessionStorage.setItem("parla-token", given);
  address.searchParams.delete("token");
  history.replaceState(null, "", address);
  return given;
})();

export const authorization = token ? { Authorization: "Bearer " + token } : {};

/// `path` with the token, for requests that cannot have headers.
export const withToken = (path) => token ? path + (path.includes("?") ? "&" : "?") + "token=" + encodeURIComponent(token) : path;

/// What people do about a refusal: a page takes the token from its address, where programs send a header.
const tokenAdvice = token
  ? "The server does not know the token of this page. Check it for a typing error, and open this page with ?token=TOKEN at the end of its address."
  : "This server wants a token. Open this page with ?token=TOKEN at the end of its address.";

/// Sends a request; if it fails, throws the server's message, with the `status`.
export async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: { ...authorization, ...options.headers } });
  } catch {
    throw new Error("The server does not answer. Is it still running?");
  }
  if (answer.ok) return answer;
  let message = answer.status + " " + answer.statusText;
  try { message = (await answer.json()).error.message; } catch { /* the status says enough */ }
  throw Object.assign(new Error(answer.status === 401 ? tokenAdvice : message), { status: answer.status });
}

/// A function that runs one work at a time, none while another runs, and gives what goes wrong to `failed`.
export function oneAtATime(failed) {
  let isBusy = false;
  return async (work) => {
    if (isBusy) return;
    isBusy = true;
    try { await work(); } catch (problem) { failed(problem); }
    isBusy = false;
  };
}

export const element = (name) => document.querySelector(`[data-testid="${name}"]`);

/// Whether keys that are pressed there are text, or the element's own.
export const isField = (target) => target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select, audio, video, iframe"));

/// Explains to the user why there is no microphone.
function reason(error) {
  switch (error.name) {
    case "NotAllowedError": return "The browser blocked the microphone. Allow it for this page, and press again.";
    case "NotFoundError": return "No microphone was found. Plug one in, and press again.";
    case "NotReadableError": return "Another program is using the microphone. Close it, and press again.";
    default: return "The microphone cannot be used: " + error.message;
  }
}

export class Microphone {
  /// `take` gets 16-bit samples, `level` the loudest of each piece, from 0 to 1.
  constructor(take, level) {
    this.take = take;
    this.level = level ?? (() => {});
  }

  async start(processing) {
    if (!navigator.mediaDevices) {
      throw new Error("Browsers allow the microphone only on this machine (http://localhost) or over HTTPS. Open the page that way.");
    }
    const wanted = { echoCancellation: processing, noiseSuppression: processing, autoGainControl: processing, channelCount: 1 };
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
    } catch (error) {
      throw new Error(reason(error));
    }
    this.context = new AudioContext();
    try { await this.context.audioWorklet.addModule("/worklet.js"); } catch (problem) {
      await this.stop();
      // The browser does not tell why it has not got the file.
      await ask("/worklet.js");
      throw problem;
    }
    this.node = new AudioWorkletNode(this.context, "pieces");
    this.node.port.onmessage = ({ data }) => data.end ? this.ended?.() : this.pass(data.piece);
    this.source = this.context.createMediaStreamSource(this.stream);
    await this.context.resume();
    return Math.round(this.context.sampleRate);
  }

  /// Starts the samples.
  open() { this.source.connect(this.node); }

  pass(piece) {
    const samples = new Int16Array(piece.length);
    let loudest = 0;
    piece.forEach((value, index) => {
      loudest = Math.max(loudest, Math.abs(value));
      samples[index] = Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
    });
    this.level(loudest);
    this.take(samples);
  }

  /// Ends after the last piece, and releases the microphone.
  async stop() {
    if (this.node) {
      const last = new Promise((resolve) => { this.ended = resolve; setTimeout(resolve, 300); });
      this.node.port.postMessage("end");
      await last;
    }
    this.stream?.getTracks().forEach((track) => track.stop());
    await this.context?.close();
  }
}

/// 16-bit samples as a WAV.
export function wav(pieces, rate) {
  const count = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const view = new DataView(new ArrayBuffer(44 + 2 * count));
  const text = (place, letters) => [...letters].forEach((letter, index) => view.setUint8(place + index, letter.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + 2 * count, true); text(8, "WAVEfmt "); view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); view.setUint16(22, 1, true); view.setUint32(24, rate, true); view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true); text(36, "data"); view.setUint32(40, 2 * count, true);
  let place = 44;
  for (const piece of pieces) for (const sample of piece) { view.setInt16(place, sample, true); place += 2; }
  return new Blob([view], { type: "audio/wav" });
}

/// Why the server opened no live stream, which the browser does not tell.
async function refusal() {
  try { await ask("/v1/models"); } catch (problem) { return problem; }
  return new Error("The server answers, but opens no live stream. If others are using it, all its streams may be taken: try again in a moment. If a proxy stands in between, it must pass on WebSockets.");
}

/// Why a live stream ended before its time, and what to do.
export function whyEnded({ code, reason }, hasText, button) {
  const what = code === 1006 ? "The server went away" : code === undefined ? "The server no longer answers" : "The server ended the stream: " + (reason || "code " + code);
  return what + (hasText ? "; the text so far is below." : ".") + ` To continue, press ${button}` + (code === 1006 ? " once the server runs again." : ".");
}

/// A live stream of text (Vosk's protocol) for samples of `rate`.
export function listen(rate, config, told) {
  const scheme = location.protocol === "https:" ? "wss://" : "ws://";
  const socket = new WebSocket(scheme + location.host + withToken("/"));
  socket.binaryType = "arraybuffer";
  const opened = new Promise((resolve, reject) => {
    let isOpen = false;
    socket.onopen = () => { isOpen = true; socket.send(JSON.stringify({ config: { sample_rate: rate, words: 1, ...config } })); resolve(); };
    socket.onerror = async () => { if (!isOpen) reject(await refusal()); };
  });
  const closed = new Promise((resolve) => { socket.onclose = resolve; });
  socket.onmessage = ({ data }) => told(JSON.parse(data));
  return {
    opened, closed,
    send(samples) { if (socket.readyState === WebSocket.OPEN) socket.send(samples); },
    /// Waits for the last words, and returns how the stream closed: with code 1000 if it is whole.
    async end() {
      if (socket.readyState === WebSocket.OPEN) socket.send('{"eof" : 1}');
      const close = await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 15000, {}))]);
      // What comes later would follow other words.
      socket.onmessage = null;
      socket.close();
      return close;
    },
  };
}
