import Foundation

/// The symbols that transcripts are spelt with, in small letters, each with its number.
package struct SpeechVocabulary: Sendable, Equatable {
  /// The symbols; the blank of connectionist temporal classification comes after the last.
  package let symbols: [String]
  private let numbers: [String: Int]
  private let unknown: Int?

  /// A text, or a list of symbols such as phones.
  enum Text: Sendable, Equatable {
    case characters(String)
    case symbols([String])

    init?(_ value: PythonValue) {
      if let text = value.string {
        self = .characters(text)
      } else if let items = value.sequence {
        let symbols = items.compactMap(\.string)
        guard symbols.count == items.count else { return nil }
        self = .symbols(symbols)
      } else {
        return nil
      }
    }

    /// The symbols one by one, in small letters.
    var lowercased: [String] {
      switch self {
      case .characters(let text): text.lowercased().unicodeScalars.map { String($0) }
      case .symbols(let symbols): symbols.map { $0.lowercased() }
      }
    }

    /// The text as people read it.
    var text: String {
      switch self {
      case .characters(let text): text
      case .symbols(let symbols): symbols.joined(separator: " ")
      }
    }
  }

  /// The symbols of a list.
  init(_ symbols: [String]) {
    self.symbols = symbols
    numbers = Dictionary(zip(symbols, 0...), uniquingKeysWith: { first, _ in first })
    unknown = nil
  }

  /// Reads the setting `vocab` for the text number `index`, called `key`: a list, a JSON file with one, or nothing for what is in
  /// `texts`; with several texts, a list or a mapping of these.
  init(
    _ settings: KurSettings, key: String, index: Int, texts: [Text]
  ) throws(KurError) {
    let value = Self.choose(settings["vocab"], key: key, index: index)
    let found: [String]
    switch value {
    case nil: found = Array(Set(texts.flatMap(\.lowercased))).sorted(by: Self.precedes)
    case .string(let path)?: found = try Self.read(KurPath.expanded(path), settings)
    case let list?: found = try Self.symbols(list, settings)
    }
    symbols = found
    let numbers = Dictionary(zip(found, 0...), uniquingKeysWith: { first, _ in first })
    self.numbers = numbers
    guard numbers.count == found.count else {
      let twice = Dictionary(grouping: found, by: \.self).filter { $1.count > 1 }.keys.sorted()
      throw settings.problem(
        "vocab", "\(twice.joined(separator: ", ")) twice, whatever the size of letters",
        "each symbol once")
    }
    guard let symbol = Self.choose(settings["unknown"], key: key, index: index) else {
      unknown = nil
      return
    }
    guard let number = symbol.string.flatMap({ numbers[$0] }) else {
      throw settings.problem(
        "unknown", symbol.representation, "one of the symbols of vocab, or nothing")
    }
    unknown = number
  }

  /// The numbers of `text`; what has none is left out, or counts as the unknown symbol.
  func numbers(of text: Text) -> [Int] {
    text.lowercased.compactMap { numbers[$0] ?? unknown }
  }

  private static func choose(_ value: PythonValue?, key: String, index: Int) -> PythonValue? {
    switch value {
    case .dictionary(let dictionary)?: return dictionary[key]
    case .list(let items)?
    where items.indices.contains(index) && items.allSatisfy({ $0.sequence != nil }):
      return items[index]
    default: return value
    }
  }

  private static func precedes(_ first: String, _ second: String) -> Bool {
    first.unicodeScalars.lexicographicallyPrecedes(second.unicodeScalars)
  }

  private static func read(
    _ path: String, _ settings: KurSettings
  ) throws(KurError) -> [String] {
    let content = try KurText.read(path)
    return try symbols(try JSONText.value(of: content, path: path), settings)
  }

  private static func symbols(
    _ value: PythonValue, _ settings: KurSettings
  ) throws(KurError) -> [String] {
    guard let items = value.sequence else {
      throw settings.problem("vocab", "a \(value.typeName)", "a list of symbols, or a JSON file")
    }
    return items.map { $0.text.lowercased() }
  }
}
