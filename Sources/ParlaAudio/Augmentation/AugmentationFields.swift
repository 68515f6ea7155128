/// The parameters of one specification, `name[key=value,…]` or `name` alone, as an augmentation reads them.
struct AugmentationFields {
  /// The whole specification, for messages.
  let specification: String

  /// The augmentation's name.
  let name: String

  /// Finds the sound files for a `source`.
  let recordings: @Sendable (String) throws -> [String]

  private var values: [String: String] = [:]
  private var known: [String] = []

  /// Parses `specification` by the grammar of DeepSpeech.
  ///
  /// Lower-case letters and underscores, immediately followed by parameters in brackets. If a key is repeated, the last
  /// value counts.
  ///
  /// - Throws: `AudioError.invalidAugmentation`.
  init(
    _ specification: String, recordings: @escaping @Sendable (String) throws -> [String]
  ) throws(AudioError) {
    self.specification = specification
    self.recordings = recordings
    let name = specification.prefix { ("a"..."z").contains($0) || $0 == "_" }
    self.name = String(name)
    let rest = specification.dropFirst(name.count)
    guard !name.isEmpty, rest.isEmpty || (rest.first == "[" && rest.last == "]" && rest.count > 2)
    else {
      throw invalid(
        name.isEmpty ? "no name" : "\"\(rest)\" after the name",
        "a name in small letters, alone or with parameters in brackets: volume[dbfs=-10,p=0.5]")
    }
    guard !rest.isEmpty else { return }
    for pair in rest.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
    {
      let parts = pair.split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].trimmed.isEmpty else {
        throw invalid("\"\(pair)\"", "parameter=value, with one \"=\" and no comma in the value")
      }
      values[parts[0].trimmed] = parts[1].trimmed
    }
  }

  /// The fault of the specification.
  func invalid(_ found: String, _ expected: String) -> AudioError {
    .invalidAugmentation(specification: specification, found: found, expected: expected)
  }

  /// The range that `key` has, within `bounds`, or else `standard`.
  mutating func range(
    _ key: String, _ standard: ValueRange, isWhole: Bool = false,
    within bounds: ClosedRange<Double> = -1e9...1e9
  ) throws(AudioError) -> ValueRange {
    guard let text = text(key) else { return standard }
    let limits = "\(Self.shown(bounds.lowerBound)) to \(Self.shown(bounds.upperBound))"
    guard let range = ValueRange(text, isWhole: isWhole) else {
      throw invalid(
        "\(key)=\(text)",
        "\(isWhole ? "whole numbers" : "numbers") as \(key)=5, \(key)=5~2 (within 2 of 5), "
          + "\(key)=5:9 (from 5 to 9 in the course of the training) or \(key)=5:9~2")
    }
    guard bounds.contains(range.bounds.lowerBound), bounds.contains(range.bounds.upperBound) else {
      throw invalid("\(key)=\(text)", "values from \(limits)")
    }
    return range
  }

  /// The one number that `key` has, or else `standard`.
  mutating func number(_ key: String, _ standard: Double) throws(AudioError) -> Double {
    guard let text = text(key) else { return standard }
    guard let number = ValueRange.number(text, isWhole: false) else {
      throw invalid("\(key)=\(text)", "one number and no range, as \(key)=0.5")
    }
    return number
  }

  /// The domain that is named, or else `standard`.
  mutating func domain(_ standard: AugmentationDomain) throws(AudioError) -> AugmentationDomain {
    guard let text = text("domain") else { return standard }
    guard let domain = AugmentationDomain(rawValue: text), domain != .sample else {
      throw invalid("domain=\(text)", "domain=signal, domain=spectrogram or domain=features")
    }
    return domain
  }

  /// The sound files of the source.
  mutating func source() throws(AudioError) -> [String] {
    guard let text = text("source"), !text.isEmpty else {
      throw invalid("no source", "source=PATH, a folder, a CSV or a sound file")
    }
    do { return try recordings(text) } catch {
      throw invalid("source=\(text)", "recordings to mix in: \(error)")
    }
  }

  /// Makes sure that every parameter has been read.
  func requireAllRead() throws(AudioError) {
    guard let unknown = values.keys.filter({ !known.contains($0) }).min() else { return }
    throw invalid("\(unknown)=\(values[unknown] ?? "")", "one of \(known.joined(separator: ", "))")
  }

  private mutating func text(_ key: String) -> String? {
    known.append(key)
    return values[key]
  }

  private static func shown(_ number: Double) -> String {
    number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
  }
}
