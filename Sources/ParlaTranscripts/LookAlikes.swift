/// The scripts whose letters are taken for one another.
package enum EuropeanScript: CaseIterable {
  case latin, cyrillic, greek

  /// The script of `letter`; nil for what is no letter, and for letters of other scripts.
  package init?(_ letter: Unicode.Scalar) {
    guard letter.properties.isAlphabetic else { return nil }
    switch letter.value {
    case 0x41...0x24F, 0x1E00...0x1EFF: self = .latin
    case 0x370...0x3FF, 0x1F00...0x1FFF: self = .greek
    case 0x400...0x52F, 0x1C80...0x1C8F, 0x2DE0...0x2DFF, 0xA640...0xA69F: self = .cyrillic
    default: return nil
    }
  }
}

/// Letters of one script that look like letters of another (Unicode Technical Standard 39, "confusables").
package enum LookAlikes {
  /// The letter of `script` that looks like `letter`; nil if there is none, or `letter` is of that script.
  package static func letter(of script: EuropeanScript, like letter: Unicode.Scalar) -> Unicode
    .Scalar?
  {
    guard let own = EuropeanScript(letter), own != script else { return nil }
    let latin = own == .latin ? letter : toLatin[letter]
    guard let latin else { return nil }
    return script == .latin ? latin : fromLatin[script]?[latin]
  }

  /// The only script of which `text` has letters that look like none of another script; nil where there are none or several.
  package static func script(of text: some Collection<Unicode.Scalar>) -> EuropeanScript? {
    let scripts = EuropeanScript.allCases.filter { singular($0, text) > 0 }
    return scripts.count == 1 ? scripts[0] : nil
  }

  /// The letters of the word `word` that look like letters of the script that the others are of, each with the one that belongs
  /// there.
  ///
  /// A word that is all of another script than the text, whose `script` is known, is a stranger as a whole if it could be of that
  /// one: an "а" of Cyrillic in an English sentence.
  package static func strangers(
    in word: some Collection<Unicode.Scalar>, ofTextIn script: EuropeanScript? = nil
  ) -> [(letter: Unicode.Scalar, meant: Unicode.Scalar)] {
    if let script {
      let meant = word.compactMap { scalar in
        letter(of: script, like: scalar).map { (scalar, $0) }
      }
      if meant.count == word.count { return meant }
    }
    var counts: [EuropeanScript: Int] = [:]
    for scalar in word {
      if let script = EuropeanScript(scalar) { counts[script, default: 0] += 1 }
    }
    guard counts.count > 1 else { return [] }
    // The script is the word's own that all of it can be of, or most; of equally many letters it is the one that has a letter
    // without a double elsewhere.
    let ranks = EuropeanScript.allCases.filter { counts[$0] != nil }.map { script in
      let meant = word.compactMap { scalar in
        letter(of: script, like: scalar).map { (scalar, $0) }
      }
      let own = counts[script] ?? 0
      return (
        rank: (own + meant.count, own, singular(script, word)), meant: meant
      )
    }
    return ranks.max { $0.rank < $1.rank }?.meant ?? []
  }

  /// How many letters of `word` only `script` has.
  private static func singular(
    _ script: EuropeanScript, _ word: some Collection<Unicode.Scalar>
  ) -> Int {
    word.count { scalar in
      EuropeanScript(scalar) == script
        && EuropeanScript.allCases.allSatisfy { letter(of: $0, like: scalar) == nil }
    }
  }

  private static let cyrillic = pairs(
    "аaеeоoрpсcуyхxіiјjѕsһhԁdԛqԝwАAВBЕEКKМMНHОOРPСCТTУYХXІIЈJЅSёëЁËїïЇÏ")
  private static let greek = pairs("οoνvρpΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXόóΌÓ")

  private static let toLatin = cyrillic.merging(greek) { first, _ in first }
  private static let fromLatin: [EuropeanScript: [Unicode.Scalar: Unicode.Scalar]] = [
    .cyrillic: reversed(cyrillic), .greek: reversed(greek),
  ]

  /// Each letter at an even place with the one after it.
  private static func pairs(_ text: String) -> [Unicode.Scalar: Unicode.Scalar] {
    let scalars = Array(text.unicodeScalars)
    return Dictionary(
      stride(from: 0, to: scalars.count - 1, by: 2).map { (scalars[$0], scalars[$0 + 1]) },
      uniquingKeysWith: { first, _ in first })
  }

  private static func reversed(
    _ pairs: [Unicode.Scalar: Unicode.Scalar]
  ) -> [Unicode.Scalar: Unicode.Scalar] {
    Dictionary(pairs.map { ($1, $0) }, uniquingKeysWith: min)
  }
}
