/// Which part of the entries counts: the setting `samples`, such as `100`, `10-20%` or `30-`.
///
/// The entries are put into an order that the seed decides, and the range is taken of that; what is chosen keeps the order of
/// the file.
struct SampleChoice {
  private enum Bounds {
    case count(Int)
    case range(start: Double, end: Double?, isPercent: Bool)
  }

  private let bounds: Bounds
  private let settings: KurSettings

  /// Reads the setting; nil if all entries count.
  init?(_ settings: KurSettings) throws(KurError) {
    guard let value = settings["samples"] else { return nil }
    self.settings = settings
    switch value {
    case .int(let count):
      guard count >= 1 else { throw Self.problem(settings, value) }
      bounds = .count(count)
    case .string(let text):
      guard
        let match = text.prefixMatch(
          of: /([0-9]+(?:\.[0-9]*)?)(-([0-9]+(?:\.[0-9]*)?)?)?(%)?/),
        let first = Double(match.1)
      else { throw Self.problem(settings, value) }
      let isPercent = match.4 != nil
      bounds =
        match.2 == nil
        ? .range(start: 0, end: first, isPercent: isPercent)
        : .range(start: first, end: match.3.flatMap { Double($0) }, isPercent: isPercent)
    default: throw Self.problem(settings, value)
    }
  }

  private static func problem(_ settings: KurSettings, _ value: PythonValue) -> KurError {
    settings.problem(
      "samples", value.representation,
      "a whole number from 1 on, or a range as text, such as \"10-20%\"")
  }

  /// The indices of those of `count` entries that count, in order.
  func indices(of count: Int, seed: UInt32) throws(KurError) -> [Int] {
    let (start, end) = range(of: count)
    guard start < end else {
      throw settings.problem(
        "samples", "\(start) to \(end) of \(count) entries", "a range with entries")
    }
    guard start > 0 || end < count else { return Array(0..<count) }
    var random = MersenneTwister(seed: seed)
    return random.permutation(count)[start..<end].sorted()
  }

  private func range(of count: Int) -> (start: Int, end: Int) {
    switch bounds {
    case .count(let wanted): return (0, min(wanted, count))
    case .range(let start, let end, let isPercent):
      func place(_ value: Double) -> Int {
        let place = isPercent ? Double(count) * (value / 100) : value
        return Int(min(max(place, 0), Double(count)))
      }
      return (place(start), end.map(place) ?? count)
    }
  }
}
