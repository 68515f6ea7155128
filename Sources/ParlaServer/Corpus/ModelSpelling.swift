import ParlaTranscripts

/// Writes the texts of a corpus as a model writes, so that a training from it changes its alphabet only by letters that it lacks.
///
/// Capitals become small letters unless the model writes them, and signs that are no letters are left out.
struct ModelSpelling {
  private let labels: [String]
  private let known: Set<Character>

  /// That of a model with `alphabet`; nil for a model that does not exist yet.
  init(_ alphabet: Alphabet?) {
    labels = alphabet?.labels ?? []
    known = Set(labels.filter { $0.count == 1 }.compactMap(\.first))
  }

  /// `text` without what is not written.
  func spelled(_ text: String) -> String {
    let characters = Array(text)
    var written = ""
    for (index, character) in characters.enumerated() {
      let small = Character(character.lowercased().prefix(1).description)
      if known.contains(character) {
        written.append(character)
      } else if character.lowercased().count == 1, known.contains(small) {
        written.append(small)
      } else if character.isLetter || character.isNumber {
        written += character.lowercased()
      } else if Self.apostrophes.contains(character) {
        let isInside =
          index > 0 && characters[index - 1].isLetter && index + 1 < characters.count
          && characters[index + 1].isLetter
        if isInside { written.append("'") }
      } else {
        written.append(" ")
      }
    }
    return written.split(separator: " ").joined(separator: " ")
  }

  private static let apostrophes: Set<Character> = ["'", "’", "ʼ", "‘"]

  /// The model's labels, and behind them those that only `texts`, already spelled, have.
  func alphabet(for texts: [String]) -> [String] { labels + newLetters(in: texts) }

  /// What `texts`, already spelled, have and the model lacks.
  func newLetters(in texts: [String]) -> [String] {
    Set(texts.joined()).subtracting(known).map(String.init).sorted()
  }

  /// What was changed in `texts` and what is new in them, for a person to read.
  func notes(on texts: [String]) -> [String] {
    var notes: [String] = []
    let spelled = texts.map(self.spelled)
    let dropped = Set(texts.joined().lowercased()).subtracting(spelled.joined()).subtracting(known)
      .filter { !$0.isWhitespace && !$0.isLetter }
    let hasCapitals = zip(texts, spelled).contains { text, spelled in
      text.contains { $0.isUppercase } && !spelled.contains { $0.isUppercase }
    }
    let changes =
      (hasCapitals ? ["in small letters"] : [])
      + (dropped.isEmpty ? [] : ["without " + Self.list(dropped.map(String.init))])
    if !changes.isEmpty { notes.append("Texts are learned \(changes.joined(separator: ", ")).") }
    let new = newLetters(in: spelled)
    if !labels.isEmpty, !new.isEmpty {
      notes.append(
        "The model has not written these before, and learns them from these recordings alone: \(Self.list(new))."
      )
    }
    return notes
  }

  private static func list(_ signs: [String]) -> String {
    let shown = signs.sorted().prefix(20)
    return shown.joined(separator: " ") + (signs.count > shown.count ? " …" : "")
  }
}
