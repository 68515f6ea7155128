package import ParlaDecoding

extension DecodingError {
  /// The same error, which names the model at `path` too where it is one of the two that do not fit.
  package func naming(model path: String) -> DecodingError {
    guard case .alphabetMismatch(let scorer, let found, let alphabet, let expected) = self else {
      return self
    }
    return .alphabetMismatch(
      scorer: scorer, found: found, alphabet: "\(path), which has \(alphabet)", expected: expected)
  }
}
