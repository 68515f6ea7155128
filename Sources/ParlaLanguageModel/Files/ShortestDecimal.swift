/// The shortest decimal number that reads back as a given float, and among those the closest to it.
///
/// The interval of decimals that read back as the float is scaled by a power of ten until it has whole numbers in it
/// (Steele and White 1990); for the values of language models that fits into 64 bits.
package struct ShortestDecimal {
  package let isNegative: Bool
  /// The digits as a number; its last one is not 0.
  package let digits: UInt64
  /// How many of the digits follow the decimal point.
  package let fractionCount: Int

  private static let powersOfFive: [UInt64] = (0...13).map { exponent in
    (0..<exponent).reduce(1) { power, _ in power * 5 }
  }

  /// The decimal of `value`; nil unless its magnitude is in [0.0001, 100).
  @inline(__always) package init?(_ value: Float) {
    let magnitude = value.magnitude
    guard magnitude >= 1e-4, magnitude < 100 else { return nil }
    let decimals =
      if magnitude >= 10 { 8 } else if magnitude >= 1 { 9 } else if magnitude >= 0.1 {
        10
      } else if magnitude >= 0.01 { 11 } else if magnitude >= 0.001 { 12 } else { 13 }
    let significand = UInt64(magnitude.significandBitPattern | 1 << 23)
    let exponent = Int(magnitude.exponentBitPattern) - 150
    // In units of 2^-shift: value * 10^decimals = 4 * significand * 5^decimals.
    let scale = Self.powersOfFive[decimals]
    let shift = UInt64(2 - exponent - decimals)
    let middle = 4 * significand * scale
    let isBinadeStart = significand == 1 << 23
    let lower = middle - (isBinadeStart ? 1 : 2) * scale
    let upper = middle + 2 * scale
    let isOpen: UInt64 = significand & 1
    var first = (lower + isOpen + (1 << shift) - 1) >> shift
    var last = (upper - isOpen) >> shift
    var power: UInt64 = 1
    while true {
      let nextFirst = (first + 9) / 10
      let nextLast = last / 10
      if nextFirst > nextLast { break }
      (first, last) = (nextFirst, nextLast)
      power *= 10
    }
    // Round to the nearest multiple of `power`, ties to even; it may be just outside the interval.
    let unit = power << shift
    let (quotient, remainder) = middle.quotientAndRemainder(dividingBy: unit)
    let roundsUp = remainder > unit / 2 || remainder == unit / 2 && quotient & 1 == 1
    let nearest = quotient + (roundsUp ? 1 : 0)
    var digits = min(max(nearest, first), last)
    var fractionCount = decimals
    while power > 1 {
      power /= 10
      fractionCount -= 1
    }
    while fractionCount < 0 {
      digits *= 10
      fractionCount += 1
    }
    isNegative = value < 0
    self.digits = digits
    self.fractionCount = fractionCount
  }

  /// Any value in KenLM's spelling: no ".0", exponents only below 10^-6 and from 10^21 on.
  package static func uncommonText(_ value: some BinaryFloatingPoint) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-inf" : "inf" }
    let sign = value.sign == .minus ? "-" : ""
    if value == 0 { return sign + "0" }
    // Swift prints the shortest digits as well, in its own spelling.
    let parts = "\(value.magnitude)".split(separator: "e")
    let mantissa = parts[0].split(separator: ".")
    let whole = mantissa[0] == "0" ? "" : String(mantissa[0])
    let fraction = mantissa.count > 1 && mantissa[1] != "0" ? String(mantissa[1]) : ""
    var digits = whole + fraction
    var point = whole.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    while digits.hasPrefix("0") {
      digits.removeFirst()
      point -= 1
    }
    while digits.hasSuffix("0") { digits.removeLast() }
    return sign + text(digits, point: point)
  }

  /// The number with these digits behind the point, times ten to the power of `point`.
  private static func text(_ digits: String, point: Int) -> String {
    if point > 21 || point < -5 {
      let exponent = point - 1
      let fraction = digits.dropFirst()
      return digits.prefix(1) + (fraction.isEmpty ? "" : "." + fraction)
        + "e" + (exponent < 0 ? "-" : "+") + String(abs(exponent))
    }
    if point <= 0 { return "0." + String(repeating: "0", count: -point) + digits }
    if point >= digits.count {
      return digits + String(repeating: "0", count: point - digits.count)
    }
    return digits.prefix(point) + "." + digits.dropFirst(point)
  }
}
