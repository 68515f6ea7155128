import Foundation

/// The prompts of the Asterisk telephone exchange, each language read by one professional speaker.
///
/// Debian's `asterisk-core-sounds-LL` holds the texts (`core-sounds-LL.txt.gz`: lines `key: text`, comments after `;`), and
/// `asterisk-core-sounds-LL-g722` the recordings at 16 kHz.
public struct AsteriskImporter: DebianImporter {
  /// Makes the importer.
  public init() {}

  /// The name by which people ask for the corpus.
  public let name = "asterisk"

  /// A one-line description of the corpus.
  public let summary = "telephone prompts, one studio speaker a language, 0.3 hours each"

  /// Under which terms it may be used.
  public let licence = "CC BY-SA 3.0; Russian CC BY 3.0"

  /// The languages with usable recordings.
  public var languages: [String] { Self.voices.keys.sorted() }

  /// The texts' package and the recordings' package.
  public func packages(for language: String) -> [String] {
    ["asterisk-core-sounds-\(language)", "asterisk-core-sounds-\(language)-g722"]
  }

  /// The prompts in the text's order; pauses (`silence/…`) are not listed.
  ///
  /// - Throws: `ImportError.sourceLacks`, `.file`, `.programMissing`, `.programFailed`.
  public func utterances(
    in root: String, language: String
  ) throws(ImportError) -> [Utterance] {
    guard let voice = Self.voices[language] else {
      throw .unsupportedLanguage(importer: name, language: language, supported: languages)
    }
    let listPath = try listPath(in: root, language: language)
    let data = try SystemCommand.live.contents(ofFile: listPath)
    let sounds = "\(root)/usr/share/asterisk/sounds/\(voice)"
    return prompts(in: String(decoding: data, as: UTF8.self)).map { key, text in
      Utterance(
        key: key, audioPath: "\(sounds)/\(key).g722",
        text: SpokenDigits.spellOut(text, language: language), speaker: voice,
        flaw: hasLostAccent(text, language: language) ? .lostAccent : nil)
    }
  }

  private func listPath(in root: String, language: String) throws(ImportError) -> String {
    let path = "usr/share/doc/asterisk-core-sounds-\(language)/core-sounds-\(language).txt"
    for ending in [".gz", ""] {
      let candidate = "\(root)/\(path)\(ending)"
      if FileManager.default.fileExists(atPath: candidate) { return candidate }
    }
    throw .sourceLacks(folder: root, expected: path + ".gz")
  }

  private func prompts(in list: String) -> [(key: String, text: String)] {
    list.split(whereSeparator: \.isNewline).compactMap { line in
      let line = line.trimmingCharacters(in: Self.marginCharacters)
      guard !line.hasPrefix(";"), let colon = line.firstIndex(of: ":") else { return nil }
      let key = line[..<colon].trimmingCharacters(in: .whitespaces)
      let text = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      // Some lines repeat the key before the text.
      let repeated = key + ":"
      let spoken = text.hasPrefix(repeated) ? String(text.dropFirst(repeated.count)) : text
      return key.hasPrefix("silence/") ? nil : (key, spoken)
    }
  }

  /// Whether there is a `?` inside the text: in the Italian list many accented letters have become one.
  private func hasLostAccent(_ text: String, language: String) -> Bool {
    guard language == "it" else { return false }
    return text.dropLast().contains("?")
  }

  private static let marginCharacters = CharacterSet.whitespaces.union(["\u{FEFF}"])

  private static let voices = [
    "en": "en_US_f_Allison", "es": "es_MX_f_Allison", "fr": "fr_CA_f_June",
    "it": "it_IT_m_Carlo", "ru": "ru_RU_f_IvrvoiceRU",
  ]
}
