import ParlaSpelling
package import ParlaTranscripts

/// Spells ordinary text with the labels of an alphabet, which rarely has the text's punctuation.
///
/// Words that the alphabet can write stay unchanged. Elsewhere, punctuation that it lacks is stripped from the edges of
/// words and splits them inside, as in ``TranscriptNormalizer/clean(_:)``, and the rest gets plain apostrophes
/// and the composed form of its letters. Digits, signs and foreign letters stay, so that callers can report them.
package struct TextSpelling: Sendable {
  private let alphabet: Alphabet
  private let normalizer = TranscriptNormalizer(lowercases: false)
  private let covered: Set<Unicode.Scalar>

  /// Spells with `alphabet`.
  package init(alphabet: Alphabet) {
    self.alphabet = alphabet
    covered = Set(alphabet.labels.flatMap(\.unicodeScalars))
  }

  /// The words that `word`, which has no space, is written as: often itself, none if it is punctuation.
  package func words(of word: String) -> [String] {
    guard !canWrite(word) else { return [word] }
    var words: [String] = []
    var part: [Unicode.Scalar] = []
    for scalar in withoutEdges(Array(word.unicodeScalars)) {
      let divides = SpokenRole(scalar) == .space || scalar == "." && part.last == "."
      if divides, !covered.contains(scalar) {
        words += spelled(part)
        part.removeAll()
      } else {
        part.append(scalar)
      }
    }
    return words + spelled(part)
  }

  /// The labels that spell `line`, white space apart, and the code points that none covers; without punctuation
  /// among these.
  package func characters(of line: String) -> [String] {
    let segments = alphabet.segments(of: line)
    guard !segments.allSatisfy(\.isCovered) else { return segments.map(\.text) }
    return alphabet.segments(of: normalizer.normalize(line)).filter { segment in
      segment.isCovered || !segment.text.unicodeScalars.allSatisfy(isPunctuation)
    }.map(\.text)
  }

  private func canWrite(_ word: String) -> Bool {
    word.unicodeScalars.allSatisfy(covered.contains) && alphabet.unknownCharacters(in: word).isEmpty
  }

  /// The word of `part`; where it cannot be written, at least without any punctuation at its edges.
  private func spelled(_ part: [Unicode.Scalar]) -> [String] {
    let core = withoutEdges(part)
    guard let inner = inner(core) else { return [] }
    let word = normalized(core)
    return [canWrite(word) ? word : normalized(core[inner])]
  }

  /// `part` without its edges up to the last punctuation that the alphabet lacks; and without any,
  /// if an apostrophe was half of the surrounding quotation marks.
  private func withoutEdges(_ part: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard let inner = inner(part) else { return [] }
    let start = part[..<inner.lowerBound].lastIndex { !covered.contains($0) }.map { $0 + 1 } ?? 0
    let end = part[inner.upperBound...].firstIndex { !covered.contains($0) } ?? part.endIndex
    let isQuoted =
      part[start] == "'" && part[end...].contains("'")
      || part[end - 1] == "'" && part[..<start].contains("'")
    return Array(part[isQuoted ? inner : start..<end])
  }

  /// From the first to the last that is no punctuation; nil if all is.
  private func inner(_ part: [Unicode.Scalar]) -> Range<Int>? {
    guard let first = part.firstIndex(where: { !isPunctuation($0) }),
      let last = part.lastIndex(where: { !isPunctuation($0) })
    else { return nil }
    return first..<last + 1
  }

  private func normalized(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    normalizer.normalize(String(String.UnicodeScalarView(scalars)))
  }

  /// Whether `scalar` is not said: punctuation of any kind, but no sign such as %.
  private func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch SpokenRole(scalar) {
    case .apostrophe, .space, .fullStop, .silent, .bracket: true
    case .letter, .digit: false
    case .sign: PlainSpelling.apostrophes.contains(scalar) || scalar == "*"
    }
  }
}
