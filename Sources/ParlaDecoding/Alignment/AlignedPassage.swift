import ParlaPlatform

/// A passage of a text with the position in a recording where it seems to be spoken.
public struct AlignedPassage: Sendable, Equatable {
  /// Which passage of the text.
  public let passage: Int

  /// From the first label that was found to the last, in frames.
  public let frames: Range<Int>

  /// How well the sound spells the text, from 0 to 1: the probability of its labels in relation to the likeliest ones, as a geometric
  /// mean over labels, those of words that were not found and sound between the words included.
  public let confidence: Double

  /// How many of the passage's words were found.
  public let foundWordCount: Int

  /// What a label of a word that was not found costs.
  private static let missingLabelPrice = 3.0

  /// The passages of `text` of which some words were `found`, in the text's order.
  public static func all(of text: AlignmentText, found: [TextAligner.Found]) -> [AlignedPassage] {
    var rest = found[...]
    var passages: [AlignedPassage] = []
    for (index, range) in text.passages.enumerated() {
      rest = rest.drop { $0.word < range.lowerBound }
      let own = rest.prefix { $0.word < range.upperBound }
      rest = rest.dropFirst(own.count)
      guard let first = own.first, let last = own.last else { continue }
      let labelCount = text.words[range].reduce(0) { $0 + $1.labels.count }
      let foundCount = own.reduce(0) { $0 + text.words[$1.word].labels.count }
      let score =
        own.reduce(0) { $0 + $1.score } + own.dropFirst().reduce(0) { $0 + $1.gapScore }
        - missingLabelPrice * Double(labelCount - foundCount)
      passages.append(
        AlignedPassage(
          passage: index, frames: first.frames.lowerBound..<last.frames.upperBound,
          confidence: exp(min(score / Double(labelCount), 0)), foundWordCount: own.count))
    }
    return passages
  }

}
