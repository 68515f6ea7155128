public import ParlaFiles

/// What can be wrong with what a recogniser is asked.
public enum RecognitionError: DescribedError, Equatable {
  /// Samples were fed, or an end asked for, after the stream's end.
  case finished
  /// A sample is not a number, or infinite; `sampleIndex` counts from the stream's start.
  case notANumber(sampleIndex: Int)
  /// The scorer writes other labels than the model.
  case otherAlphabet(scorer: String, found: String, expected: String)
  /// Layers of the model need the whole of a recording before they give anything.
  case needsWhole(layers: [String])

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .finished:
      "stream: found samples after its end, expected none. Make another stream for what follows."
    case .notANumber(let sampleIndex):
      """
      stream: sample \(sampleIndex) is not a number, expected one in [-1, 1]. \
      Check where the samples come from.
      """
    case .needsWhole(let layers):
      """
      stream: found a model whose layers \(layers.joined(separator: ", ")) need the whole of a recording, \
      expected one that can be heard piece by piece. Recognise files, or train a network without such layers.
      """
    case .otherAlphabet(let scorer, let found, let expected):
      """
      \(scorer): writes \(found), the model \(expected). \
      Build the scorer with the alphabet of the acoustic model.
      """
    }
  }
}
