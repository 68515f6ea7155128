import Foundation
import ParlaNeuralNetwork
import ParlaTranscripts

/// For each output of a new alphabet, the output of the old one that it is copied from.
struct AlphabetMapping {
  /// Where an output comes from.
  enum Origin: Equatable {
    /// The other model's output for the same label, or its blank.
    case same(Int)
    /// The other model's output for the letter that the label is a variant of, as e is of é.
    case relative(Int)
    /// No related label exists.
    case none
  }

  /// For each label of the new alphabet, and then for the blank.
  let origins: [Origin]

  init(from source: Alphabet, to target: Alphabet) {
    let labels = Dictionary(
      source.labels.enumerated().map { (Array($1.unicodeScalars), $0) },
      uniquingKeysWith: { first, _ in first })
    origins =
      target.labels.map { label in
        if let same = labels[Array(label.unicodeScalars)] { return .same(same) }
        // The names of bytes are no letters.
        if source.isBytes || target.isBytes { return .none }
        let base = label.decomposedStringWithCanonicalMapping.unicodeScalars.prefix(1)
        return labels[Array(base)].map { .relative($0) } ?? .none
      } + [.same(source.blank)]
  }

  /// Whether every output is one that the other model had.
  var isComplete: Bool { origins.allSatisfy { if case .same = $0 { true } else { false } } }

  /// The rows of `source` [labels, …] in the order of the new alphabet; those without an origin are `fresh`'s.
  func rows(of source: Tensor, fresh: Tensor) -> Tensor {
    let width = source.count / source.shape[0]
    var result = fresh
    for (row, origin) in origins.enumerated() {
      switch origin {
      case .same(let from), .relative(let from):
        for column in 0..<width { result[row * width + column] = source[from * width + column] }
      case .none: break
      }
    }
    return result
  }
}
