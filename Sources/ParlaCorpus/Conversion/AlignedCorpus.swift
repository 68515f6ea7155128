import Foundation
import ParlaAudio
import ParlaFiles

/// A passage of a text that was found in a recording.
package struct AlignedSample: Sendable, Equatable {
  let text: String
  package let written: String
  let seconds: Range<Double>
  let confidence: Double
  /// What the model's alphabet lacks of what is said.
  package let missingCharacters: [String]

  /// Makes a sample for the passage in `seconds`: `text` as models spell it, but for the `missingCharacters`; `written` as in its source.
  package init(
    text: String, written: String, seconds: Range<Double>, confidence: Double,
    missingCharacters: [String] = []
  ) {
    self.text = text
    self.written = written
    self.seconds = seconds
    self.confidence = confidence
    self.missingCharacters = missingCharacters
  }

  /// Whether it is to become a clip: whether it is sure enough, and its text is whole.
  package func isAccepted(_ threshold: Double) -> Bool {
    confidence >= threshold && missingCharacters.isEmpty
  }

  /// Its other columns in a list.
  fileprivate var columns: [String: String] {
    var columns = [
      "confidence": shown(confidence, 4), "written": written,
      "start": shown(seconds.lowerBound, 2), "end": shown(seconds.upperBound, 2),
    ]
    if !missingCharacters.isEmpty {
      columns["missing_characters"] = missingCharacters.joined(separator: " ")
    }
    return columns
  }
}

/// A corpus that is cut out of one long recording.
package struct AlignedCorpus {
  private let recording: String
  private let list: String
  private let result: String
  private let audio: String

  /// Makes a corpus of passages of `recording` in `folder`, with clips in the form `audio` (`flac` or `wav`; `keep` for places in the
  /// recording).
  ///
  /// That it can be written is found out here: what it is to hold may take hours.
  ///
  /// - Throws: `CorpusError.file`, `.folderExists`.
  package init(recording: String, folder: String, audio: String) throws(CorpusError) {
    self.recording = recording
    self.audio = audio
    list = folder.appendingName("passages.csv")
    result = folder.appendingName("aligned.csv")
    if audio != "keep" { try ListingWriter.requireFree(result.withoutExtension) }
    do { for path in [list, result] { try AtomicFile.prepare(path) } } catch { throw .file(error) }
  }

  /// Writes passages.csv with all `samples`, and then aligned.csv with those whose confidence reaches `threshold`; returns how many
  /// these are.
  ///
  /// Texts of which characters are missing are in passages.csv as written, and not in aligned.csv.
  ///
  /// - Throws: `CorpusError`, `AudioError`; passages.csv may then be there, and is whole.
  package func write(_ samples: [AlignedSample], threshold: Double) throws -> Int {
    let duration = try AudioFile.information(recording).duration
    let rows = samples.map { sample in
      Sample(
        audioPath: SoundPlace.passage(
          absolutePath(recording), from: sample.seconds.lowerBound,
          lasting: min(sample.seconds.upperBound, duration) - sample.seconds.lowerBound),
        transcript: sample.missingCharacters.isEmpty ? sample.text : sample.written,
        otherColumns: sample.columns)
    }
    try Manifest.write(rows, to: list)
    let sure = zip(rows, samples).filter { $0.1.isAccepted(threshold) }.map(\.0)
    guard audio != "keep", !sure.isEmpty else {
      try Manifest.write(sure, to: result)
      return sure.count
    }
    let writer = try CSVForm.writer(result, CorpusStyle())
    let maker = RecordingMaker(
      form: SoundContent.Form(rawValue: audio) ?? .flac, sampleRate: nil, bitRate: nil,
      changes: .none)
    for start in stride(from: 0, to: sure.count, by: 64) {
      let batch = Array(sure[start..<min(start + 64, sure.count)])
      let contents = concurrentMap(batch) { sample in
        Result { try maker.content(of: sample, at: 0) }
      }
      for (sample, content) in zip(batch, contents) { try writer.add(sample, content.get()) }
    }
    try writer.finish()
    return sure.count
  }
}
