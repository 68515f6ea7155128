/// Values of a parameter: `start` moves to `end` with the clock, and each draw is within `radius` of it.
///
/// Written `v`, `v~r`, `a:b` or `a:b~r`, as in DeepSpeech.
package struct ValueRange: Sendable, Equatable {
  /// The centre when the training begins.
  package var start: Double

  /// The centre when it ends.
  package var end: Double

  /// The maximum distance of a value from the centre.
  package var radius: Double

  /// A constant, unless `end` or `radius` say more.
  package init(_ start: Double, to end: Double? = nil, radius: Double = 0) {
    self.start = start
    self.end = end ?? start
    self.radius = radius
  }

  /// Reads `text`; nil unless it is a range of numbers, or of whole numbers where it `isWhole`.
  package init?(_ text: some StringProtocol, isWhole: Bool = false) {
    let parts = text.split(separator: "~", omittingEmptySubsequences: false)
    let ends = parts[0].split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 2, ends.count <= 2 else { return nil }
    var numbers: [Double] = []
    for part in [ends[0], ends[ends.count - 1], parts.count > 1 ? parts[1] : "0"] {
      guard let number = Self.number(part, isWhole: isWhole) else { return nil }
      numbers.append(number)
    }
    self.init(numbers[0], to: numbers[1], radius: numbers[2])
  }

  /// The value at `clock`, from 0 to 1, that belongs to `draw`, from 0 for the lowest to 1 for the highest.
  package func value(at clock: Double, draw: Double) -> Double {
    let centre = start + min(max(clock, 0), 1) * (end - start)
    return radius == 0 ? centre : centre + (2 * draw - 1) * radius
  }

  /// The lowest and the highest value of all.
  var bounds: ClosedRange<Double> {
    min(start, end) - abs(radius)...max(start, end) + abs(radius)
  }

  /// A number with blanks around it.
  static func number(_ text: some StringProtocol, isWhole: Bool) -> Double? {
    let trimmed = text.trimmed
    let isPlain = trimmed.allSatisfy { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
    guard isPlain else { return nil }
    return isWhole ? Int32(trimmed).map { Double($0) } : finite(trimmed)
  }

  private static func finite(_ text: String) -> Double? {
    Double(text).flatMap { $0.isFinite ? $0 : nil }
  }
}

extension StringProtocol {
  /// The text without the blanks at its ends.
  var trimmed: String {
    var rest = self[...]
    while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
    while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
    return String(rest)
  }
}
