import Testing

@testable import ParlaKur

/// Expected values: PyYAML 3.12.
@Suite struct YAMLReaderTests {
  @Test(arguments: [
    ("yes", "True"), ("y", "'y'"), ("010", "8"), ("08", "'08'"), ("0b11", "3"), ("0x1F", "31"),
    ("1_000", "1000"),
    ("1:30", "90"), ("-1:30:00", "-5400"), ("1:30.5", "90.5"), ("1e3", "'1e3'"),
    ("1.0e+3", "1000.0"), (".5", "0.5"),
    ("-.5", "'-.5'"), (".inf", "inf"), ("-.Inf", "-inf"), (".nan", "nan"), ("~", "None"),
    ("+1", "1"), ("1.", "1.0"),
    ("2017-05-01", "2017-05-01"), ("2017-5-1", "'2017-5-1'"), ("!!str 12", "'12'"),
    ("!!float 3", "3.0"), ("'no'", "'no'"),
    ("[a, {b: }]", "['a', {'b': None}]"), ("!!set {a, b}", "{'a', 'b'}"),
    ("{a: 1, a: 2, b: 3, a: 4}", "{'a': 4, 'b': 3}"), ("{'a': 1, \"a\": 2}", "{'a': 2}"),
    ("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}", "{'x': {'a': 1, 'b': 2}, 'y': {'a': 1, 'b': 3}}"),
    ("{<<: [{a: 1}, {a: 2, b: 2}]}", "{'a': 1, 'b': 2}"),
    ("a: >-\n  x\n  y\nb: |\n  z\n", "{'a': 'x y', 'b': 'z\\n'}"),
    ("{1: a, yes: b, 1.5: c}", "{1: 'b', 1.5: 'c'}"), ("", "None"), ("--- 1\n...", "1"),
  ])
  func readsAsPyYAML(text: String, representation: String) throws {
    #expect(try YAMLReader.value(of: text, path: "k.yml").representation == representation)
  }

  @Test(arguments: [
    ("a: [1", "while parsing a flow sequence"), ("\ta: 1", "k.yml:1:1"), ("*x", "undefined alias"),
    ("{[1]: 2}", "found a list as a key"),
    ("!!int x", "expected a value of type int"), ("!mine 3", "unknown tag !mine"),
    ("{<<: 3}", "for merging"),
    ("a\n---\nb", "another document"),
  ])
  func faultsAreLocated(text: String, message: String) {
    let error = #expect(throws: KurError.self) { try YAMLReader.value(of: text, path: "k.yml") }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    (
      "{\"a\": [1, 1.0, -2e3, true, null], \"b\": \"\\u00e9\\ud83d\\ude00\\n\"}",
      "{'a': [1, 1.0, -2000.0, True, None], 'b': 'é😀\\n'}"
    ),
    (" [NaN, -Infinity] ", "[nan, -inf]"), ("{\"a\": 1, \"a\": 2}", "{'a': 2}"),
    ("12345678901234567890", "12345678901234567890"),
  ])
  func readsJSON(text: String, representation: String) throws {
    #expect(try JSONText.value(of: text, path: "k.json").representation == representation)
  }

  @Test(arguments: ["{\"a\": 1,}", "[1 2]", "01", "'a'", "{a: 1}", "[1", "\"a\nb\"", "1 2", ""])
  func refusesWhatIsNoJSON(text: String) {
    #expect(throws: KurError.self) { try JSONText.value(of: text, path: "k.json") }
  }
}
