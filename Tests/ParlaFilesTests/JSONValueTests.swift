import ParlaFiles
import Testing

@Suite struct JSONValueTests {
  private func read(_ text: String) throws(JSONFault) -> JSONValue {
    try JSONValue(bytes: Array(text.utf8))
  }

  @Test func readsBackWhatItWrote() throws {
    let value: JSONValue = [
      "a": [1, .number(-0.5), .number(1e300), true, .null, .integer(.min), .integer(.max)],
      "b": ["": [], "ü\u{2028}<\"\\\n\u{1}🦊": [:]],
    ]
    #expect(try read(value.line) == value)
    #expect(try read(" [ 1 ,\t{ \"a\" :\r\n2 } ] ") == [1, ["a": 2]])
  }

  @Test func numbersAreWhatTheyAre() throws {
    #expect(try read("[0, -0, 12, -9223372036854775808]") == [0, 0, 12, .integer(.min)])
    #expect(try read("[1.0, 1e2, -2.5E-1]") == [.number(1), .number(100), .number(-0.25)])
    // Beyond 64 bits a number is no longer exact.
    #expect(try read("9223372036854775808") == .number(0x1p63))
  }

  @Test func ofEqualNamesTheLastCounts() throws {
    #expect(try read(#"{"a": 1, "b": 2, "\u0061": 3}"#) == ["a": 3, "b": 2])
  }

  @Test func escapesStandForCharacters() throws {
    #expect(try read(#""\"\\\/\b\f\n\r\t\u00e9\ud83e\uDD8A""#).text == "\"\\/\u{8}\u{c}\n\r\té🦊")
  }

  @Test(arguments: [
    ("", 1, 1, "a value"), ("{\"a\": 1,}", 1, 9, "a name"), ("[1 2]", 1, 4, ", or ]"),
    ("01", 1, 2, "the end"), ("'a'", 1, 1, "a value"), ("[1,\n \"ü\" x", 2, 6, ", or ]"),
    ("\"a\nb\"", 1, 3, "an escape"), ("1 2", 1, 3, "the end"), ("-", 1, 1, "a value"),
    ("1.", 1, 2, "the end"), ("1e+", 1, 2, "the end"), ("+1", 1, 1, "a value"),
    (".5", 1, 1, "a value"), ("tru", 1, 1, "a value"), ("nulls", 1, 5, "the end"),
    ("NaN", 1, 1, "a value"), ("-Infinity", 1, 1, "a value"), ("[1e999]", 1, 2, "a number"),
    ("\"\\ud800\"", 1, 2, "a character"), ("\"\\ud800\\u0041\"", 1, 2, "a character"),
    ("\"\\udc00\"", 1, 2, "a character"), ("\"\\u00g0\"", 1, 6, "hexadecimal"),
    ("\"\\x\"", 1, 3, "an escape such as"), ("\"\\", 1, 3, "an escape"), ("[1]]", 1, 4, "the end"),
    ("{\"a\" 1}", 1, 6, ":"), ("{1: 2}", 1, 2, "a name"), ("[", 1, 2, "a value"),
  ])
  func whatIsNoJSONIsLocated(text: String, line: Int, column: Int, expected: String) throws {
    let fault = try #require(throws: JSONFault.self) { try read(text) }
    #expect(fault.line == line && fault.column == column, "\(fault)")
    #expect(fault.expected.contains(expected), "\(fault)")
  }

  @Test func everyBeginningIsRefused() throws {
    let text = Array(#"{"a": [1.5, -2, "x\u00e9\n", {"b": null}], "c": true, "d": false}"#.utf8)
    _ = try JSONValue(bytes: text)
    for length in text.indices {
      #expect(throws: JSONFault.self) { try JSONValue(bytes: Array(text[..<length])) }
    }
  }

  @Test func otherBytesAndDepthsAreRefused() throws {
    for bytes in [[0x22, 0xff, 0x22], [0x22, 0xc3, 0x22], [0xef, 0xbb, 0xbf, 0x31], [0]]
      as [[UInt8]]
    {
      #expect(throws: JSONFault.self) { try JSONValue(bytes: bytes) }
    }
    func nested(_ count: Int) -> String {
      String(repeating: "[", count: count) + String(repeating: "]", count: count)
    }
    #expect(throws: Never.self) { try read(nested(512)) }
    for text in [
      nested(513), String(repeating: "[", count: 100_000),
      String(repeating: "{\"\":", count: 100_000),
    ] {
      let fault = try #require(throws: JSONFault.self) { try read(text) }
      #expect(fault.expected == "fewer levels")
    }
  }
}
