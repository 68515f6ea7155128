import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaKur

@Suite struct TemplateTests {
  private func render(_ template: String, _ variables: PythonDictionary = PythonDictionary()) throws
    -> String
  {
    let scope = TemplateScope()
    for (name, value) in TemplateGlobals.all(path: "kurfile.yml", gpuCount: { 2 }) {
      scope.set(name, to: value)
    }
    for (name, value) in variables.pairs { scope.set(name.text, to: value) }
    return try TemplateRenderer().render(template, in: scope)
  }

  /// Random templates; `scripts/check-templates` compares as many as one likes.
  @Test func rendersAsJinja() throws {
    let path = Fixture.path("kur/templates-jinja-2.9.6.json")
    let golden = try JSONText.value(of: String(contentsOfFile: path, encoding: .utf8), path: path)
    let variables = try #require(golden.dictionary?["variables"]?.dictionary)
    let cases = golden.dictionary?["cases"]?.sequence ?? []
    #expect(cases.count > 400)
    for row in cases {
      let template = row.dictionary?["template"]?.text ?? ""
      let text = try? render(template, variables)
      #expect(text == row.dictionary?["text"]?.string, "\(template)")
    }
  }

  @Test(arguments: [
    ("a\n", "a"), ("a\n\n", "a\n"), ("a\r\nb", "a\nb"),
    ("a {%- if true -%} b {%- endif -%} c", "abc"),
    ("{{ '}}' }}", "}}"), ("{{ {'a': {'b': 1}}['a'] }}", "{'b': 1}"), ("{#- x -#} y", "y"),
    ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"), ("{{ gpu_count() }}", "2"),
    ("{{ 2 ** 3 ** 2 }}", "64"),
    ("{{ -2 ** 2 }}", "4"), ("{{ 1 if false }}", ""), ("{{ 'a' 'b' }}", "ab"), ("{{ x }}", ""),
    ("{% for i in [[1, [2]]] recursive %}{{ i if i is number else loop(i) }}{% endfor %}", "12"),
    (
      "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}",
      "abab"
    ),
    ("{% set j = joiner(';') %}{{ j() }}a{{ j() }}b", "a;b"),
    ("{{ dict(a=1, b=[2]) }}", "{'a': 1, 'b': [2]}"),
    (
      "{% macro m(a, b='x') %}{{ a }}{{ b }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, c=4) }}",
      "12(3,){'c': 4}"
    ),
    (
      "{% macro m() %}<{{ caller(7) }}>{% endmacro %}{% call(v) m() %}{{ v }}!{% endcall %}", "<7!>"
    ),
    ("{{ 'é' | length }}{{ 'e\u{301}' | length }}{{ 'é' == 'e\u{301}' }}", "12False"),
    ("{{ '<a>' | escape }}", "&lt;a&gt;"),
    ("{{ {'b': [1.0], 'a': none} | tojson }}", "{\"a\": null, \"b\": [1.0]}"),
    (
      "{{ 10000000000000000.0 }}{{ 0.00001 }}{{ 123456789012345.6 }}", "1e+161e-05123456789012345.6"
    ),
    ("{{ '%c' % 65 }}{{ '[%3c]' % 'x' }}{{ '[%-3c]' % 120 }}", "A[  x][x  ]"),
    (
      "{{ '[%*d]' % (-5, 3) }}{{ '[%.*f]' % (-1, 2.5) }}{{ '[%0*d]' % (5, 3) }}",
      "[3    ][2][00003]"
    ),
    ("{{ 1.5 | round(-999) }} {{ -1.5 | round(-999) }} {{ 15 | round(-999) }}", "0.0 -0.0 0"),
    (
      "{{ 15 | round(-1) }} {{ 25 | round(-1) }} {{ -25 | round(-1) }} {{ 35 | round(-1) }}",
      "20 20 -20 40"
    ),
    (
      "{{ 123456789012345678 | round(-1) }} {{ 8999999999999999999 | round(-18) }}",
      "123456789012345680 9000000000000000000"
    ),
    ("{{ 5000000000000000000 | round(-19) }} {{ 9000000000000000000 | round(-20) }}", "0 0"),
    (
      "{{ 1250.0 | round(-2) }} {{ 1350.0 | round(-2) }} {{ 999999.99 | round(-3) }}",
      "1200.0 1400.0 1000000.0"
    ),
    (
      "{{ 55.0 | round(-2) }} {{ 50.0 | round(-2) }} {{ -51.0 | round(-2) }} {{ 9.5 | round(-1) }}",
      "100.0 0.0 -100.0 10.0"
    ),
    (
      "{{ 'nan' | int }} {{ '3.7' | int }} {{ 'x' | int }} {{ ('nan' | float) | int(7) }}",
      "0 3 0 7"
    ),
    ("{{ 'ab' | center(-3) }}{{ 'a' | indent(-3) }}{{ 'aa' | replace('', 'x') }}", "abaxaxax"),
  ])
  func rendersByHand(template: String, expected: String) throws {
    #expect(try render(template) == expected)
  }

  @Test(arguments: [
    "{{ [1].append(2) }}", "{% include 'x' %}", "{{ 1 / 0 }}", "{{ 9223372036854775807 + 1 }}",
    "{{ missing.x }}",
    "{{ 'a' + 1 }}", "{{ [3, 'a'] | sort }}", "{{ m(1 }}", "{% if %}{% endif %}", "{% for %}",
    "{{ 'a", "{% set true = 1 %}", "{{ 1e16 }}", "{{ 1.5e }}",
    "{{ 'xx' | truncate(-9223372036854775807) }}",
    "{{ 'ab' | truncate(9223372036854775807, leeway=9223372036854775807) }}",
    "{{ '%c' % 'xy' }}", "{{ '%c' % -1 }}", "{{ '%c' % 1.5 }}", "{{ 1.5 | round(-999, 'floor') }}",
    "{{ 1.5 | round(400, 'ceil') }}", "{{ 6000000000000000000 | round(-19) }}",
    "{{ (9.0 ** 300) | int }}", "{{ '1e400' | int }}", "{{ '99999999999999999999' | int }}",
    "{{ 'a' | center(20000) }}", "{{ 'a' | indent(20000) }}", "{{ 'a'.ljust(20000) }}",
    "{{ '%*d' % (20000, 1) }}", "{{ ('a' * 100000) | replace('a', 'b' * 100) }}",
    "{{ ('a' * 100000).replace('', 'b' * 100) }}", "{{ range(100000) | join('b' * 100) }}",
    "{{ ('b' * 100).join(['a'] * 100000) }}", "{{ ('\\n' * 1000) | indent(9999) }}",
    "{{ '\"' \(String(repeating: "| tojson ", count: 60))}}",
    "{{ [3] | batch(9223372036854775807, 'x') | list }}", "{{ [3] | slice(100000000) | list }}",
  ])
  func faultsAreErrors(template: String) {
    #expect(throws: TemplateError.self) { try render(template) }
  }

  @Test func nestingHasAnEnd() {
    for (open, close) in [("(", ")"), ("[", "]"), ("not ", ""), ("-", ""), ("{'a':", "}")] {
      let template =
        "{{ " + String(repeating: open, count: 50_000) + "1"
        + String(repeating: close, count: 50_000)
        + " }}"
      #expect(throws: TemplateError.self) { try render(template) }
    }
  }
}
