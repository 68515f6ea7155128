/// Writes the keys of a telephone as they are spoken: "press 1" as "press one".
///
/// Only isolated digits: there is one way to say them, and the prompts seldom have other numbers.
enum SpokenDigits {
  /// `text` with every lone digit in words of `language`; unchanged if the language is not known.
  static func spellOut(_ text: String, language: String) -> String {
    guard let names = names[language] else { return text }
    return text.split(separator: " ", omittingEmptySubsequences: false)
      .map { spelledOut($0, names) }.joined(separator: " ")
  }

  /// `word` with its digit in words, if it is one digit between punctuation.
  private static func spelledOut(_ word: Substring, _ names: [String]) -> String {
    let core = word.filter { !$0.isPunctuation }
    guard core.count == 1, let digit = core.first?.wholeNumberValue else { return String(word) }
    return String(word).replacing(core, with: names[digit])
  }

  private static let names = [
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "es": ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
    "fr": ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"],
    "it": ["zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"],
    "ru": ["ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"],
  ]
}
