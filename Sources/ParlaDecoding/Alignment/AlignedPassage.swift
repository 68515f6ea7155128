import ParlaPlatform

/// A passage of a text with the position in a recording where it seems to be spoken.
public struct AlignedPassage: Sendable, Equatable {
  /// Which passage of the text.
  public let passage: Int

  /// From the first label that was found to the last, in frames; words found by chance far from the others are not counted.
  public let frames: Range<Int>

  /// How well the sound spells the text, from 0 to 1: the probability of its labels in relation to the likeliest ones, as a geometric
  /// mean over labels, those of words that were not found and sound between the words included.
  public let confidence: Double

  /// How many of the passage's words were found.
  public let foundWordCount: Int

  /// How many labels the words before the first one found have.
  public let missingLabelsBefore: Int

  /// How many labels the words after the last one found have.
  public let missingLabelsAfter: Int

  /// What a label of a word that was not found costs.
  ///
  /// In sentences that are not said a word or two is found by chance, and of those that are said most words are: from 3 to 6 the two
  /// come apart (`scripts/check-alignment`).
  private static let missingLabelPrice = 5.0

  /// By how much a passage must be more probable without words at one of its ends to lose them: they are elsewhere, by chance.
  private static let strayWordPrice = 15.0

  /// The passages of `text` of which some words were `found`, in the text's order.
  public static func all(of text: AlignmentText, found: [TextAligner.Found]) -> [AlignedPassage] {
    var rest = found[...]
    var passages: [AlignedPassage] = []
    for (index, range) in text.passages.enumerated() {
      rest = rest.drop { $0.word < range.lowerBound }
      let all = rest.prefix { $0.word < range.upperBound }
      rest = rest.dropFirst(all.count)
      let own = core(of: all, text)
      guard let first = own.first, let last = own.last else { continue }
      let labelCount = labelCount(range, text)
      let foundCount = own.reduce(0) { $0 + text.words[$1.word].labels.count }
      let score =
        own.reduce(0) { $0 + $1.score } + own.dropFirst().reduce(0) { $0 + $1.gapScore }
        - missingLabelPrice * Double(labelCount - foundCount)
      passages.append(
        AlignedPassage(
          passage: index, frames: first.frames.lowerBound..<last.frames.upperBound,
          confidence: exp(min(score / Double(labelCount), 0)), foundWordCount: own.count,
          missingLabelsBefore: self.labelCount(range.lowerBound..<first.word, text),
          missingLabelsAfter: self.labelCount(last.word + 1..<range.upperBound, text)))
    }
    return passages
  }

  private static func labelCount(_ words: Range<Int>, _ text: AlignmentText) -> Int {
    text.words[words].reduce(0) { $0 + $1.labels.count }
  }

  /// The words of a passage without those at its ends that are too far away.
  ///
  /// The best sum of a part of a sequence, in one pass (Bentley 1984, "Programming pearls: algorithm design techniques").
  private static func core(
    of words: ArraySlice<TextAligner.Found>, _ text: AlignmentText
  ) -> ArraySlice<TextAligner.Found> {
    var sum = 0.0
    var (least, start) = (Double.infinity, words.startIndex)
    var best = (value: -Double.infinity, words: words)
    for (index, word) in zip(words.indices, words) {
      let before = sum + word.gapScore + (index > words.startIndex ? strayWordPrice : 0)
      if before < least { (least, start) = (before, index) }
      let labelCount = Double(text.words[word.word].labels.count)
      sum += word.gapScore + word.score + missingLabelPrice * labelCount
      let value = sum - least - (index < words.endIndex - 1 ? strayWordPrice : 0)
      if value > best.value { best = (value, words[start...index]) }
    }
    return best.words
  }
}
