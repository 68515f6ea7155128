package import ParlaTranscripts

/// Decides which samples a training can use: shared by `corpus check` and `train`.
package struct SampleJudge: Sendable {
  /// What transcripts may hold; nil for anything that an alphabet can have.
  private let alphabet: Alphabet?

  /// Judges for an alphabet, or before there is one.
  package init(alphabet: Alphabet?) { self.alphabet = alphabet }

  /// What is wrong with `transcript`, if anything.
  package func fault(ofTranscript transcript: String) -> SampleFault? {
    if transcript.allSatisfy(\.isWhitespace) { return .emptyTranscript }
    let breaks = transcript.unicodeScalars.filter { !Alphabet.canHold($0) }
    if !breaks.isEmpty { return .lineBreak(transcript: transcript) }
    guard let alphabet else { return nil }
    let unknown = alphabet.unknownCharacters(in: transcript)
    return unknown.isEmpty ? nil : .outsideAlphabet(text: transcript, characters: unknown)
  }

  /// The labels of `transcript`, or its code points before there is an alphabet.
  ///
  /// - Throws: What is wrong with it.
  package func labels(of transcript: String) throws(SampleFault) -> [Int] {
    if let fault = fault(ofTranscript: transcript) { throw fault }
    guard let alphabet else { return transcript.unicodeScalars.map { Int($0.value) } }
    do { return try alphabet.encode(transcript) } catch {
      throw .outsideAlphabet(
        text: transcript, characters: alphabet.unknownCharacters(in: transcript))
    }
  }

  /// How many frames `labels` need: CTC asks for one for each label, and one more between two that are alike.
  package static func neededFrameCount(_ labels: [some Equatable]) -> Int {
    labels.count + zip(labels, labels.dropFirst()).count { $0 == $1 }
  }

  /// What is wrong with `labels` in a recording of `frameCount` frames, if anything.
  package func fault(of labels: [Int], frameCount: Int) -> SampleFault? {
    let needed = Self.neededFrameCount(labels)
    guard frameCount < needed else { return nil }
    return .tooFewFrames(found: frameCount, labels: labels.count, needed: needed)
  }
}

/// Why a training cannot use a sample.
package enum SampleFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// There is nothing but white space.
  case emptyTranscript
  /// A line of an alphabet file cannot hold what ends lines, and no model says it.
  case lineBreak(transcript: String)
  /// The alphabet lacks `characters` of the text.
  case outsideAlphabet(text: String, characters: [String])
  /// The recording is too short for its labels.
  case tooFewFrames(found: Int, labels: Int, needed: Int)

  /// What was found and what to do; the caller adds the place.
  package var description: String {
    switch self {
    case .emptyTranscript: "the transcript is empty. Write what is said."
    case .lineBreak(let transcript):
      "a line break in \"\(transcript.split(whereSeparator: \.isNewline).joined(separator: "⏎"))\". "
        + "Write the transcript on one line, or pass --normalize."
    case .outsideAlphabet(let text, let characters):
      TranscriptError.outsideAlphabet(text: text, characters: characters).description
    case .tooFewFrames(let found, let labels, let needed):
      "\(found) frames cannot spell \(labels) labels, which need \(needed)"
    }
  }
}

extension Alphabet {
  /// The alphabet of all usable transcripts of `manifests`: what `train` derives by default.
  ///
  /// - Throws: `TranscriptError.noLabels` when there are none.
  package static func covering(_ manifests: [Manifest]) throws(TranscriptError) -> Alphabet {
    let judge = SampleJudge(alphabet: nil)
    return try .covering(
      manifests.lazy.flatMap { $0.samples.lazy.map(\.transcript) }
        .filter { judge.fault(ofTranscript: $0) == nil })
  }
}
