import ParlaDecoding
import ParlaTranscripts

/// Turns label probabilities into text, one way or the other.
enum LabelSearch: Sendable {
  case greedy(GreedySearchState)
  case beam(BeamSearchState)
  /// No text: the probabilities themselves.
  case probabilities([Float], labelCount: Int)

  init(_ decoder: BeamSearchDecoder?, labelCount: Int) {
    self = decoder.map { .beam($0.begin(labelCount: labelCount)) } ?? .greedy(GreedySearchState())
  }

  mutating func step(_ probabilities: LabelProbabilities) {
    switch consume self {
    case .greedy(var search):
      search.step(probabilities)
      self = .greedy(search)
    case .beam(var search):
      search.step(probabilities)
      self = .beam(search)
    case .probabilities(var values, let labelCount):
      values.append(contentsOf: probabilities.values)
      self = .probabilities(values, labelCount: labelCount)
    }
  }

  /// How many frames were decoded.
  var frameCount: Int {
    switch self {
    case .greedy(let search): search.frameCount
    case .beam(let search): search.frameCount
    case .probabilities(let values, let labelCount): values.count / labelCount
    }
  }

  /// The probabilities that were kept in place of a search.
  var keptProbabilities: LabelProbabilities {
    guard case .probabilities(let values, let labelCount) = self else {
      preconditionFailure("a search stays of its kind")
    }
    return LabelProbabilities(
      frameCount: values.count / labelCount, labelCount: labelCount, values: values)
  }

  /// The best text so far, whose words have times but no confidence: that costs more than a step of the search, and changes with
  /// each.
  func partial(_ recognizer: Recognizer) -> Transcript? {
    guard case .beam(let search) = self else { return transcripts(1, recognizer).first }
    return search.candidates(1).first.map { candidate in
      Transcript(
        candidate: candidate, alphabet: recognizer.alphabet,
        secondsPerFrame: recognizer.secondsPerFrame)
    }
  }

  func transcripts(_ count: Int, _ recognizer: Recognizer) -> [Transcript] {
    let (alphabet, secondsPerFrame) = (recognizer.alphabet, recognizer.secondsPerFrame)
    return switch self {
    case .greedy(let search):
      [search.transcript(alphabet: alphabet, secondsPerFrame: secondsPerFrame)]
    case .beam(let search):
      search.transcripts(count, alphabet: alphabet, secondsPerFrame: secondsPerFrame)
    case .probabilities: []
    }
  }
}
