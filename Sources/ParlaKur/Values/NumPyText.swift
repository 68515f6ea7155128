import Foundation

/// Prints arrays as NumPy 1.13 does: `numpy/core/arrayprint.py`.
struct NumPyText {
  private static let precision = 8
  private static let lineWidth = 75
  private static let threshold = 1000
  private static let edgeCount = 3

  private let array: KurArray
  private let isShortened: Bool
  private let form: Form

  /// How one number is printed.
  private enum Form {
    case whole(width: Int)
    case fixed(width: Int, digits: Int)
    case exponent(width: Int)
  }

  /// The text of `array`.
  static func text(of array: KurArray) -> String {
    guard !array.shape.isEmpty else {
      return array.isWhole ? String(Int(array.values[0])) : PythonValue.text(of: array.values[0])
    }
    guard !array.values.isEmpty else { return "[]" }
    let text = NumPyText(array)
    var lines = text.lines(array, rank: array.shape.count, prefix: " ")
    if lines.hasSuffix("\n") { lines.removeLast() }
    return lines
  }

  private init(_ array: KurArray) {
    self.array = array
    isShortened = array.values.count > Self.threshold
    form = Self.form(isShortened ? Self.edges(of: array) : array.values, isWhole: array.isWhole)
  }

  /// The numbers that are shown of a long array.
  private static func edges(of array: KurArray) -> [Double] {
    guard !array.shape.isEmpty else { return array.values }
    let indices =
      array.count > 2 * edgeCount
      ? Array(0..<edgeCount) + Array(array.count - edgeCount..<array.count)
      : Array(0..<array.count)
    return indices.flatMap { edges(of: array[$0]) }
  }

  private static func form(_ values: [Double], isWhole: Bool) -> Form {
    if isWhole { return .whole(width: values.map { String(Int($0)).count }.max() ?? 1) }
    let sizes = values.filter { $0 != 0 && $0.isFinite }.map(abs)
    let largest = sizes.max() ?? 0
    let smallest = sizes.min() ?? 0
    if largest >= 1e8 || !sizes.isEmpty && (smallest < 0.0001 || largest / smallest > 1000) {
      return .exponent(width: 8 + precision + (smallest < 1e-99 || largest >= 1e100 ? 1 : 0))
    }
    let digits =
      sizes.map { size in
        let text = fixed(size, precision)
        return precision - text.reversed().prefix { $0 == "0" }.count
      }.max() ?? 0
    var width = String(Int(largest)).count + digits + 2
    if values.contains(where: { !$0.isFinite }) { width = max(width, 4) }
    return .fixed(width: width, digits: digits)
  }

  private static func fixed(_ value: Double, _ digits: Int) -> String {
    let text = String(format: "%.\(digits)f", value)
    return digits == 0 ? text + "." : text
  }

  private func number(_ value: Double) -> String {
    func padded(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    switch form {
    case .whole(let width): return padded(String(Int(value)), width)
    case .exponent(let width):
      return padded(
        value.isFinite
          ? String(format: "%.\(Self.precision)e", value) : PythonValue.text(of: value), width)
    case .fixed(let width, let digits):
      guard value.isFinite else { return padded(PythonValue.text(of: value), width) }
      let text = padded(Self.fixed(value, digits), width)
      let zeros = text.reversed().prefix { $0 == "0" }.count
      return text.dropLast(zeros) + String(repeating: " ", count: zeros)
    }
  }

  // MARK: - Lines

  /// Which entries of an axis are shown; nil where some are left out.
  private func shown(_ count: Int) -> [Int?] {
    guard isShortened, count > 2 * Self.edgeCount else { return (0..<count).map { $0 } }
    return (0..<Self.edgeCount).map { $0 } + [nil]
      + (count - Self.edgeCount..<count).map { $0 }
  }

  private func lines(_ array: KurArray, rank: Int, prefix: String) -> String {
    if rank == 1 { return row(array.values, prefix) }
    var text = "["
    let shown = shown(array.count)
    for (place, index) in shown.enumerated() {
      if place > 0 { text += prefix }
      guard let index else {
        text += "..., \n"
        continue
      }
      text += Self.trimmed(lines(array[index], rank: rank - 1, prefix: " " + prefix))
      text += place == shown.count - 1 ? "]\n" : String(repeating: "\n", count: max(rank - 1, 1))
    }
    return text
  }

  private func row(_ values: [Double], _ prefix: String) -> String {
    var text = ""
    var line = prefix
    let shown = shown(values.count)
    for (place, index) in shown.enumerated() {
      let word =
        index.map { number(values[$0]) + (place == shown.count - 1 ? "" : " ") } ?? "..., "
      if Self.trimmed(line).count + Self.trimmed(word).count >= Self.lineWidth {
        text += Self.trimmed(line) + "\n"
        line = prefix
      }
      line += word
    }
    return "[" + (text + line).dropFirst(prefix.count) + "]\n"
  }

  private static func trimmed(_ text: String) -> String {
    String(text.reversed().drop { $0 == " " || $0 == "\n" }.reversed())
  }
}
