import Testing

@testable import ParlaKur

/// Expected values: `ast.literal_eval` of CPython 3.6.
@Suite struct PythonLiteralTests {
  @Test(arguments: [
    ("None", "None"), ("True", "True"), ("[1, 2]", "[1, 2]"), ("1, 2", "(1, 2)"), ("1,", "(1,)"),
    ("()", "()"),
    ("0x10", "16"), ("'12'", "'12'"), ("1+2", "3"), ("10-20", "-10"), ("5 ", "5"), ("- 4", "-4"),
    ("--4", "4"),
    ("(1)", "1"), ("1.5e3", "1500.0"), ("1e3", "1000.0"), ("1_000", "1000"), ("00", "0"),
    (".5", "0.5"), ("1.", "1.0"),
    ("{'k': [1, {2}]}", "{'k': [1, {2}]}"), ("'a' \"b\"", "'ab'"), ("r'\\n'", "'\\\\n'"),
    ("'\\x41\\u00e9'", "'Aé'"),
    ("'''a\nb'''", "'a\\nb'"), ("[1,\n 2]", "[1, 2]"), ("5 # five", "5"), ("1-2-3", "-4"),
    ("True+1", "2"),
    ("{1: 2,}", "{1: 2}"), ("0b101", "5"), ("1e400", "inf"),
    ("123456789012345678901", "123456789012345678901"),
  ])
  func valuesAreRead(text: String, representation: String) throws {
    #expect(try PythonLiteral.value(of: text)?.representation == representation)
  }

  @Test(arguments: [
    "yes", "007", " 5", "10%", "10-20%", "[a, b]", "1 2", "", "nan", "1+'a'", "-'a'", "'a", "{1: 2",
    "x", "1;2",
    "not True", "f'a'", "2017-05-01", "1\n2", "**", "[1,,2]", "1 + + ", "{**{}}", "1__0",
  ])
  func textsStayTexts(text: String) throws {
    #expect(try PythonLiteral.value(of: text) == nil)
  }

  @Test(arguments: ["{[1]}", "{{2 + 3}}", "{{}: 1}", "{(1, [2])}"])
  func listsInSetsAreErrors(text: String) {
    #expect(throws: TemplateError.self) { try PythonLiteral.value(of: text) }
  }

  @Test func nestingHasAnEnd() throws {
    let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    #expect(try PythonLiteral.value(of: deep) == nil)
  }
}
