import Foundation
package import ParlaAcousticModel
import ParlaAudio
import ParlaCorpus
import ParlaFiles
import ParlaNeuralNetwork

/// The samples of corpora, those with the most doubtful transcripts first.
///
/// A model trained on wrong transcripts doubts them less: check each half of a corpus with a model trained on the
/// other (cross-fitting; Northcutt, Jiang and Chuang 2021, "Confident learning", section 3).
package struct TranscriptReview: Sendable {
  /// A corpus and the model that looks at it.
  package typealias Source = (path: String, model: AcousticModel)

  /// All samples, the most doubtful first.
  package let samples: [EvaluatedSample]

  /// Samples that could not be looked at, with the reasons.
  package let leftOut: [String]

  /// Looks at all samples of `sources`, on `threadCount` threads.
  ///
  /// - Throws: as `Evaluation` does.
  package init(
    of sources: [Source], threadCount: Int,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    var samples: [EvaluatedSample] = []
    var leftOut: [String] = []
    for (path, model) in sources {
      // A recording that cannot hold its transcript has another one's, most probably.
      let evaluation = try Evaluation(
        model, named: "the model", testFiles: [path], decoder: .greedy, precision: .float32,
        leavesOutSilence: false, batchSize: 16, threadCount: threadCount, limit: 0,
        normalizer: nil, keepsTooShort: true, peers: Alone(), progress: progress)
      samples += evaluation.samples
      leftOut += evaluation.leftOut
    }
    self.samples = samples.sorted { ($1.doubt, $0.audioPath) < ($0.doubt, $1.audioPath) }
    self.leftOut = leftOut
  }

  /// Writes the first `count` samples as a CSV with the columns `doubt`, `heard` and `listed_in`.
  ///
  /// - Throws: `CorpusError.file`.
  package func write(first count: Int, to path: String) throws {
    try Manifest.write(
      samples.prefix(count).map { sample in
        Sample(
          audioPath: sample.audioPath, transcript: sample.said,
          otherColumns: [
            "doubt": String(format: "%.4f", sample.doubt), "heard": sample.recognized,
            "listed_in": "\(sample.manifestPath):\(sample.line)",
          ])
      }, to: path)
  }

  /// A self-contained page with the first `count` samples, to listen to and to correct.
  ///
  /// - Throws: `AudioError`, if a recording is no longer readable.
  package func page(first count: Int) throws -> String {
    let rows = try samples.prefix(count).enumerated().map { index, sample in
      let sound = try AudioFile.read(sample.audioPath, sampleRate: 16000)
      let data = Data(try SoundContent(sound, as: .wav).bytes).base64EncodedString()
      return """
        <tr><td class="number">\(index + 1)</td><td class="number">\(String(format: "%.2f", sample.doubt))</td>
        <td><audio controls preload="none" src="data:audio/wav;base64,\(data)"></audio></td>
        <td><textarea rows="2" data-path="\(escaped(TranscriptCorrections.place(of: sample.audioPath)))" \
        data-said="\(escaped(sample.said))">\(escaped(sample.said))</textarea>
        <div class="muted">recognised: \(escaped(sample.recognized))</div>
        <label><input type="checkbox"> leave out</label></td></tr>
        """
    }
    return """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Transcripts to look at – Parla</title>
      <style>\(RunReport.style)
      textarea{width:100%;font:inherit;color:inherit;background:var(--back);border:1px solid var(--line);border-radius:6px}
      audio{width:220px}button{font:inherit;padding:6px 14px}td:last-child{width:60%}</style></head><body><main>
      <header><h1>Transcripts to look at</h1><p>The least likely first. Listen, correct the text or leave the sample out, then save the \
      changes as a CSV.</p><p><button id="save">Save changes</button></p><p class="muted">Then write a corrected corpus: \
      <code>parla corpus merge CORPUS.csv --changes changes.csv --output clean.csv</code></p></header>
      <section><table><tr><th></th><th>doubt</th><th>recording</th><th>transcript</th></tr>
      \(rows.joined(separator: "\n"))
      </table></section>
      <script>
      const quoted = text => '"' + text.replaceAll('"', '""') + '"';
      document.getElementById("save").onclick = () => {
        const lines = ["wav_filename,wav_filesize,transcript,before,left_out"];
        for (const area of document.querySelectorAll("textarea")) {
          const out = area.parentElement.querySelector("input").checked;
          if (!out && area.value === area.dataset.said) continue;
          const text = area.value.replaceAll(/\\s+/g, " ").trim();
          lines.push([area.dataset.path, "", text, area.dataset.said, out ? "yes" : ""].map(quoted).join(","));
        }
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([lines.join("\\n") + "\\n"], {type: "text/csv"}));
        link.download = "changes.csv";
        link.click();
      };
      </script>
      </main></body></html>

      """
  }
}
