// Passes the microphone's samples to the page in pieces of about a tenth of a second.
class Pieces extends AudioWorkletProcessor {
  constructor() {
    super();
    this.length = Math.round(sampleRate / 10);
    this.piece = new Float32Array(this.length);
    this.count = 0;
    this.port.onmessage = () => { this.hand(); this.port.postMessage({ end: true }); };
  }
  hand() {
    if (this.count === 0) return;
    const piece = this.piece.slice(0, this.count);
    this.port.postMessage({ piece }, [piece.buffer]);
    this.count = 0;
  }
  process(inputs) {
    const channel = inputs[0][0];
    if (channel) {
      for (const sample of channel) {
        this.piece[this.count++] = sample;
        if (this.count === this.length) this.hand();
      }
    }
    return true;
  }
}
registerProcessor("pieces", Pieces);
