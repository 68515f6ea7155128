public import ParlaFiles

/// Errors of alphabets, transcripts and label probabilities.
public enum TranscriptError: DescribedError, Equatable {
  /// The file cannot be read or written, or is no NumPy array.
  case file(FileError)
  /// The alphabet file holds bytes that are not UTF-8.
  case notUTF8(path: String)
  /// There is no label; `path` is the alphabet's file, if it came from one.
  case noLabels(path: String?)
  /// The label at `index` occurs earlier in the alphabet; `path` is the alphabet's file, if it came
  /// from one.
  case duplicateLabel(path: String?, label: String, index: Int)
  /// The label at `index` cannot be written to an alphabet file.
  case unwritableLabel(label: String, index: Int)
  /// The text has `characters` that the alphabet lacks.
  case outsideAlphabet(text: String, characters: [String])
  /// The array's axes are not [frames, labels].
  case notFramesByLabels(path: String, shape: [Int])
  /// A value is not in [0, 1].
  case notProbability(path: String, frame: Int, label: Int, value: String)
  /// The values of a frame do not add up to 1.
  case notNormalized(path: String, frame: Int, sum: Float)

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .file(let error):
      error.description
    case .notUTF8(let path):
      "\(path): not UTF-8 text. Save the alphabet in UTF-8, one label per line."
    case .noLabels(let path):
      "\(path ?? "alphabet"): no labels. Write one label per line, the space as a line with a space."
    case .duplicateLabel(let path, let label, let index):
      "\(path ?? "alphabet"): label \(named(label)) occurs twice, the second time as number "
        + "\(index). Remove one."
    case .unwritableLabel(let label, let index):
      "alphabet: label \(index) is \(named(label)), which a line of an alphabet file cannot contain. "
        + "Use labels of one character without line breaks."
    case .outsideAlphabet(let text, let characters):
      "\"\(text)\": outside the alphabet: \(characters.map(named).joined(separator: ", ")). "
        + "Clean the transcript or use an alphabet that has them."
    case .notFramesByLabels(let path, let shape):
      "\(path): shape \(shape), expected [frames, labels] with the blank as the last label."
    case .notProbability(let path, let frame, let label, let value):
      "\(path): frame \(frame), label \(label) is \(value), expected a probability from 0 to 1. "
        + "If these are logits, apply softmax; if logarithms, apply exp."
    case .notNormalized(let path, let frame, let sum):
      "\(path): frame \(frame) adds up to \(sum), expected 1. "
        + "These look like logits: apply softmax over the labels."
    }
  }
}
