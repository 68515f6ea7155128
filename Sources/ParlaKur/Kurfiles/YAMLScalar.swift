import Foundation

/// What plain scalars mean in YAML 1.1, as PyYAML 3.12's resolver and constructor have it.
enum YAMLScalar {
  /// The value of the plain scalar `text`.
  static func value(of text: String) -> PythonValue {
    if let word = word(text) { return word }
    guard let first = text.unicodeScalars.first, "+-0123456789.".unicodeScalars.contains(first)
    else { return .string(text) }
    if let value = float(text) { return .float(value) }
    if let value = integer(text) { return value }
    return isTimestamp(text) ? timestamp(text) : .string(text)
  }

  /// The value of `text` with the tag `!!type`; nil if it has none of that type.
  static func value(of text: String, as type: String) -> PythonValue? {
    switch type {
    case "bool":
      if case .bool(let value)? = word(text) { .bool(value) } else { nil }
    case "null": PythonValue.none
    case "int": integer(text)
    case "float": (float(text) ?? PythonNumberText.double(text)).map(PythonValue.float)
    case "timestamp": isTimestamp(text) ? timestamp(text) : nil
    default: nil
    }
  }

  private static func word(_ text: String) -> PythonValue? {
    switch text {
    case "", "~", "null", "Null", "NULL": PythonValue.none
    case "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": .bool(true)
    case "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": .bool(false)
    default: nil
    }
  }

  /// Sign and digits, underscores left out; the text must hold them alone.
  private static func signed(_ text: String) -> (isNegative: Bool, digits: Substring) {
    let hasSign = text.first == "-" || text.first == "+"
    return (text.first == "-", hasSign ? text.dropFirst() : text[...])
  }

  private static func isDigits(
    _ text: Substring, upTo highest: Character = "9", mayBeEmpty: Bool = false
  ) -> Bool {
    (mayBeEmpty || !text.isEmpty) && text.allSatisfy { "0"...highest ~= $0 || $0 == "_" }
  }

  private static func plain(_ text: Substring) -> String { text.filter { $0 != "_" } }

  private static func integer(_ text: String) -> PythonValue? {
    let (isNegative, digits) = signed(text)
    func value(_ digits: Substring, radix: Int) -> PythonValue? {
      let plain = plain(digits)
      guard !plain.isEmpty else { return nil }
      return Int((isNegative ? "-" : "") + plain, radix: radix).map(PythonValue.int)
        ?? .other(type: "int", text: (isNegative ? "-" : "") + plain)
    }
    if digits.hasPrefix("0b") {
      let bits = digits.dropFirst(2)
      return isDigits(bits, upTo: "1") ? value(bits, radix: 2) : nil
    }
    if digits.hasPrefix("0x") {
      let hexadecimal = digits.dropFirst(2)
      guard !hexadecimal.isEmpty,
        hexadecimal.allSatisfy({ $0.isASCII && $0.isHexDigit || $0 == "_" })
      else { return nil }
      return value(hexadecimal, radix: 16)
    }
    if digits == "0" { return .int(0) }
    if digits.first == "0" {
      return isDigits(digits, upTo: "7") ? value(digits, radix: 8) : nil
    }
    guard let first = digits.first, "1"..."9" ~= first else { return nil }
    if digits.contains(":") {
      guard let places = sexagesimal(digits) else { return nil }
      var sum = 0
      for place in places {
        let (product, overflow) = sum.multipliedReportingOverflow(by: 60)
        guard !overflow else { return nil }
        sum = product + place
      }
      return .int(isNegative ? -sum : sum)
    }
    return isDigits(digits) ? value(digits, radix: 10) : nil
  }

  /// The places of a number such as 1:30:00.
  private static func sexagesimal(_ digits: Substring) -> [Int]? {
    let places = digits.split(separator: ":", omittingEmptySubsequences: false)
    guard isDigits(places[0]), let first = Int(plain(places[0])) else { return nil }
    var values = [first]
    for place in places.dropFirst() {
      guard 1...2 ~= place.count, place.allSatisfy({ $0.isASCII && $0.isNumber }),
        let value = Int(place), value < 60
      else { return nil }
      values.append(value)
    }
    return values
  }

  /// A number with a point; an exponent needs both point and sign.
  private static func float(_ text: String) -> Double? {
    let (isNegative, digits) = signed(text)
    switch digits {
    case ".inf", ".Inf", ".INF": return isNegative ? -.infinity : .infinity
    case ".nan", ".NaN", ".NAN": return digits.count == text.count ? .nan : nil
    default: break
    }
    guard let point = digits.firstIndex(of: ".") else { return nil }
    let whole = digits[..<point]
    var fraction = digits[digits.index(after: point)...]
    if whole.contains(":") {
      guard isDigits(fraction, mayBeEmpty: true), let places = sexagesimal(whole) else {
        return nil
      }
      let sum = places.reduce(0.0) { $0 * 60 + Double($1) }
      return (isNegative ? -1 : 1) * (sum + (Double("0." + plain(fraction) + "0") ?? 0))
    }
    var exponent = ""
    if let mark = fraction.firstIndex(where: { $0 == "e" || $0 == "E" }) {
      let power = fraction[fraction.index(after: mark)...]
      guard power.first == "+" || power.first == "-", power.count > 1,
        power.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber })
      else { return nil }
      exponent = "e" + power
      fraction = fraction[..<mark]
    }
    if whole.isEmpty {
      // Without digits in front there is no sign.
      guard isDigits(fraction), digits.count == text.count else { return nil }
    } else {
      guard isDigits(whole), whole.first != "_", isDigits(fraction, mayBeEmpty: true) else {
        return nil
      }
    }
    return Double(
      (isNegative ? "-" : "") + "0" + plain(whole) + "." + plain(fraction) + "0" + exponent)
  }

  // MARK: - Dates

  /// Whether `text` is a date, or a date with a time.
  private static func isTimestamp(_ text: String) -> Bool {
    let parts = text.split(maxSplits: 1) { $0 == "T" || $0 == "t" || $0 == " " }
    guard let date = parts.first else { return false }
    let numbers = date.split(separator: "-", omittingEmptySubsequences: false)
    guard numbers.count == 3, numbers[0].count == 4,
      numbers.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } })
    else { return false }
    if parts.count == 1 {
      return date.count == text.count && numbers[1].count == 2 && numbers[2].count == 2
    }
    let isTime = parts[1].allSatisfy { $0.isASCII && ($0.isNumber || ":.+-Z \t".contains($0)) }
    return (1...2).contains(numbers[1].count) && (1...2).contains(numbers[2].count) && isTime
      && parts[1].split(separator: ":").count >= 3
  }

  private static func timestamp(_ text: String) -> PythonValue {
    .other(type: text.count == 10 ? "date" : "datetime", text: text)
  }
}
