import Foundation

/// Prints how many pictures of each digit were recognised: `mnist`.
///
/// After an evaluation all pictures count; after a validation or a test those of the first batch, as in Kur.
package struct MNISTHook: KurHook {
  package static let kind = "mnist"
  private static let digitCount = 10
  private let services: KurServices

  package init(_ settings: KurSettings, _ services: KurServices) throws {
    try settings.allow(only: [])
    self.services = services
  }

  package func apply(
    _ current: HookData, original: HookData, _ vocabulary: (_ source: String) -> SpeechVocabulary?
  ) throws -> HookData {
    guard let outputs = original.outputs else { return current }
    guard let name = outputs.count == 1 ? outputs.keys.first : "labels",
      let found = outputs[name]?.array
    else {
      services.note(
        "mnist: found the outputs \(outputs.keys.sorted().joined(separator: ", ")), expected one, or one "
          + "named labels. Nothing is counted.")
      return current
    }
    guard let truth = original.truth?[name]?.array, truth.count == found.count else {
      services.note("mnist: the data has no \(name), so nothing is counted.")
      return current
    }
    var counts = [(correct: Int, total: Int)](repeating: (0, 0), count: Self.digitCount)
    for index in 0..<truth.count {
      let digit = truth[index].largest
      guard counts.indices.contains(digit) else {
        services.note("mnist: found the class \(digit), expected a digit.")
        continue
      }
      counts[digit].total += 1
      if found[index].largest == digit { counts[digit].correct += 1 }
    }
    for line in Self.table(counts) { services.console.say(line) }
    return current
  }

  /// The lines of Kur's table.
  static func table(_ counts: [(correct: Int, total: Int)]) -> [String] {
    func column(_ text: String) -> String {
      text.padding(toLength: 10, withPad: " ", startingAt: 0)
    }
    func line(_ name: String, _ correct: Int, _ total: Int) -> String {
      let percent = total == 0 ? 0 : Double(correct) * 100 / Double(total)
      return [name, String(correct), String(total)].map(column).joined()
        + String(format: "%5.1f%%", percent)
    }
    return [["LABEL", "CORRECT", "TOTAL", "ACCURACY"].map(column).joined()]
      + counts.enumerated().map { line(String($0), $1.correct, $1.total) }
      + [line("ALL", counts.reduce(0) { $0 + $1.correct }, counts.reduce(0) { $0 + $1.total })]
  }
}
