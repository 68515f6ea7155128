import ParlaFiles

/// Other possible spellings of a word, found without the tables of Unicode's forms.
package enum PlainSpelling {
  /// Signs that are written for an apostrophe, by habit or by machine.
  package static let apostrophes: Set<Unicode.Scalar> = [
    "\u{2019}", "\u{2018}", "\u{201B}", "\u{02BC}", "\u{2032}", "\u{FF07}", "`", "\u{B4}",
  ]

  /// `word` with plain apostrophes and letters of one script, without invisible characters.
  package static func of(_ word: String) -> String {
    let scalars = word.unicodeScalars.filter { !$0.isInvisible }
      .map { apostrophes.contains($0) ? "'" : $0 }
    let letters = scalars.filter(\.properties.isAlphabetic)
    let meant = Dictionary(
      LookAlikes.strangers(in: letters, ofTextIn: LookAlikes.script(of: letters))
        .map { ($0.letter, $0.meant) }, uniquingKeysWith: { $1 })
    return String(String.UnicodeScalarView(scalars.map { meant[$0] ?? $0 }))
  }

  /// `word` with the accents of Latin, Greek and Cyrillic letters behind their letters, as marks of their own.
  package static func decomposed(_ word: String) -> String {
    word.unicodeScalars.map { scalar in
      scalar.properties.isAlphabetic && !scalar.isASCII
        ? pair(of: scalar) ?? String(scalar) : String(scalar)
    }.joined()
  }

  /// Strings are equal that are canonically equivalent.
  private static func pair(of letter: Unicode.Scalar) -> String? {
    let whole = String(letter)
    let letters: [ClosedRange<UInt32>] = [0x41...0x5A, 0x61...0x7A, 0x391...0x3C9, 0x406...0x456]
    for base in letters.joined() {
      for mark in UInt32(0x300)...0x328 {
        guard let base = Unicode.Scalar(base), let mark = Unicode.Scalar(mark) else { continue }
        let pair = String(String.UnicodeScalarView([base, mark]))
        if pair == whole { return pair }
      }
    }
    return nil
  }
}
