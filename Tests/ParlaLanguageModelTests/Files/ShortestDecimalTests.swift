import Testing

@testable import ParlaLanguageModel

@Suite struct ShortestDecimalTests {
  private func text(_ value: Float) -> String {
    let buffer = TextBuffer()
    buffer.append(value)
    return String(decoding: buffer.data, as: UTF8.self)
  }

  @Test(
    arguments: [
      (0, "0"), (-0.0, "-0"), (1, "1"), (-1, "-1"), (-0.30103, "-0.30103"), (-10.5, "-10.5"),
      (-99, "-99"), (0.0001, "0.0001"), (-1.5664062, "-1.5664062"), (99.99999, "99.99999"),
      (1e-5, "0.00001"), (1.25e-6, "0.00000125"), (1.25e-7, "1.25e-7"), (1e-10, "1e-10"),
      (100, "100"), (123456.7, "123456.7"), (1e20, "100000000000000000000"), (1e21, "1e+21"),
      (-Float.infinity, "-inf"), (0.5, "0.5"), (0.0009765625, "0.0009765625"),
    ] as [(Float, String)])
  func spellingIsThatOfKenLM(value: Float, expected: String) {
    #expect(text(value) == expected)
  }

  @Test func tiesGoToTheEvenDigit() {
    // -1.56640625 exactly: both neighbours of eight digits are equally close.
    #expect(text(-1.56640625) == "-1.5664062")
  }

  @Test func everyNumberReadsBackAndIsAsShortAsSwiftsOwn() {
    var bits: UInt32 = 0x3851_b717  // 0.00005
    while bits < 0x42ca_0000 {  // 101
      let value = Float(bitPattern: bits)
      let own = text(value)
      #expect(Float(own) == value)
      let digits = value.description.split(separator: "e")[0].filter { $0.isNumber }
      let swiftLength = Int(digits).map { String($0).reversed().drop { $0 == "0" }.count }
      let ownDigits = Int(own.filter { $0.isNumber }).map { String($0) } ?? ""
      #expect(ownDigits.reversed().drop { $0 == "0" }.count == swiftLength, "\(own)")
      bits += 37_337
    }
  }
}
