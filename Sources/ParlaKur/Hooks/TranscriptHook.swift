/// Prints what a speech model reads in the first sample, and what is said in it: `transcript`.
package struct TranscriptHook: KurHook {
  package static let kind = "transcript"

  private let joinsWords: Bool
  private let blankIsFirst: Bool
  private let output: String
  private let source: String
  private let takesOriginal: Bool
  private let services: KurServices

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    try settings.allow(only: ["word", "warp", "output", "input", "passthrough"])
    joinsWords = settings.flag("word") ?? false
    blankIsFirst = settings.flag("warp") ?? false
    output = try settings.text("output") ?? "asr"
    source = (try settings.text("input")).map { $0 + "_transcript" } ?? "transcript"
    takesOriginal = settings.flag("passthrough") ?? false
    self.services = services
  }

  package func apply(
    _ current: HookData, original: HookData, _ vocabulary: (_ source: String) -> SpeechVocabulary?
  ) throws -> HookData {
    let data = takesOriginal ? original : current
    guard let column = data.outputs?[output], column.count > 0,
      let vocabulary = vocabulary(source)
    else { return current }
    let symbols = vocabulary.symbols
    let text = Self.text(
      of: column.entry(0), symbols: symbols, blankIsFirst: blankIsFirst, joinsWords: joinsWords)
    services.console.say("Prediction: \"\(text)\"")
    var truth: String?
    if case .lists(let rows)? = data.truth?[source + "_raw"], let row = rows.first {
      truth = row.map { symbols.indices.contains($0) ? symbols[$0] : "" }
        .joined(separator: joinsWords ? " " : "")
      services.console.say("Truth: \"\(truth ?? "")\"")
    }
    return HookData(text: text, truth: truth, batch: original.batch)
  }

  /// The symbols of the likeliest path through `probabilities`, [frames, symbols and blank].
  static func text(
    of probabilities: KurArray, symbols: [String], blankIsFirst: Bool = false,
    joinsWords: Bool = false
  ) -> String {
    let path = (0..<probabilities.count).map { probabilities[$0].largest }
    return text(ofPath: path, symbols: symbols, blankIsFirst: blankIsFirst, joinsWords: joinsWords)
  }

  /// The symbols of a path: repetitions count once, blanks not at all.
  static func text(
    ofPath path: [Int], symbols: [String], blankIsFirst: Bool = false, joinsWords: Bool = false
  ) -> String {
    let blank = blankIsFirst ? 0 : symbols.count
    var found: [String] = []
    for (place, number) in path.enumerated() {
      guard number != blank, place == 0 || path[place - 1] != number else { continue }
      let index = number - (blankIsFirst ? 1 : 0)
      if symbols.indices.contains(index) { found.append(symbols[index]) }
    }
    return found.joined(separator: joinsWords ? " " : "")
  }
}

extension KurColumn {
  /// Entry `index`, where the entries are arrays.
  func entry(_ index: Int) -> KurArray {
    switch self {
    case .array(let array): array[index]
    case .ragged(let arrays): arrays[index]
    case .lists(let lists): KurArray(lists[index])
    case .texts: KurArray([])
    }
  }
}

/// Prints what a model of texts makes of the first sample: `text`.
package struct TextHook: KurHook {
  package static let kind = "text"
  private let services: KurServices

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    try settings.allow(only: [])
    self.services = services
  }

  package func apply(
    _ current: HookData, original: HookData, _ vocabulary: (_ source: String) -> SpeechVocabulary?
  ) throws -> HookData {
    guard let outputs = current.outputs else { return current }
    func raw(_ name: String) -> String? {
      if case .texts(let texts)? = original.batch?["raw_" + name] { texts.first } else { nil }
    }
    let batch = original.batch ?? [:]
    let inputs = batch.keys.filter { $0.hasPrefix("raw_") }.map { String($0.dropFirst(4)) }
      .filter { outputs[$0] == nil }.sorted()
    var read: [(name: String, text: String)] = []
    for (name, column) in outputs.sorted(by: { $0.key < $1.key }) where column.count > 0 {
      guard let symbols = vocabulary(name)?.symbols else { continue }
      let entry = column.entry(0)
      let text = (0..<entry.count).map { frame -> String in
        let index = entry[frame].largest
        return symbols.indices.contains(index) ? symbols[index] : ""
      }.joined()
      read.append((name, text))
    }
    services.console.say("Input:")
    for name in inputs { services.console.say("\(name): \"\(raw(name) ?? "")\"") }
    services.console.say("Prediction:")
    for (name, text) in read { services.console.say("\(name): \"\(text)\"") }
    services.console.say("Truth:")
    for (name, _) in read { services.console.say("\(name): \"\(raw(name) ?? "")\"") }
    var result = current
    result.content = .texts(read)
    return result
  }
}
