import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaKur

@Suite struct KurfileTests {
  /// Kur joins the folder of such a Kurfile twice, and finds nothing; here the files are found.
  private static let foundHere: Set = [
    "include_from_other_folder_relative", "include_glob_and_subfolder",
  ]

  private struct Outcome {
    var dump: String?
    var containers: String?
    var error: String?
  }

  private func outcome(_ path: String) -> Outcome {
    do {
      var kurfile = try Kurfile(path: path)
      try kurfile.evaluate(KurEngine(path: path))
      let containers = PythonValue.list(kurfile.containers.map(\.listing))
      return Outcome(
        dump: try PythonJSON().text(of: .dictionary(kurfile.data)),
        containers: try PythonJSON().text(of: containers))
    } catch {
      return Outcome(error: "\(error)")
    }
  }

  @Test func dumpsAndListsWhatKurDoes() throws {
    let goldens = try KurfileGolden.all()
    #expect(goldens.count == 86)
    for golden in goldens where !Self.foundHere.contains(golden.name) {
      let before = try golden.withFiles { path in
        try? PythonJSON().text(of: .dictionary(Kurfile(path: path).data))
      }
      #expect(before == golden.dumpBefore, "\(golden.name) before")
      let found = try golden.withFiles { outcome($0) }
      #expect(found.dump == golden.dump, "\(golden.name): \(found.error ?? "")")
      if let containers = golden.containers, found.error == nil {
        #expect(found.containers == containers, "\(golden.name)")
      }
    }
  }

  @Test func includesAreFoundBesideTheIncludingFile() throws {
    for golden in try KurfileGolden.all() where Self.foundHere.contains(golden.name) {
      let data = try golden.withFiles { try Kurfile(path: $0).data }
      #expect((data["settings"]?.dictionary?.count ?? 0) >= 2, "\(golden.name)")
    }
  }

  /// The error of a Kurfile with this text.
  private func error(_ text: String) throws -> String? {
    try withTemporaryFolder { folder in
      try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/k.yml"))
      return outcome(folder + "/k.yml").error?.replacing(folder + "/", with: "")
    }
  }

  @Test(arguments: [
    (
      "settings: {a: \"{{ 1 + }}\"}",
      "k.yml:1: settings.a: \"{{ 1 + }}\": line 1: found }}, expected a name"
    ),
    (
      "settings: {a: [1, {b: \"{{ q.r }}\"}]}",
      "k.yml:1: settings.a[1].b: \"{{ q.r }}\": 'q' is undefined."
    ),
    ("settings: {a: \"{{ 1 | uper }}\"}", "there is no filter uper. Did you mean upper?"),
    ("settings: {1: a}\nmodel: []", "k.yml:1: settings: found the key 1, expected a text"),
    ("model: [{convolution: {kernels: 3}}]", "k.yml:1: model[0].convolution.size: found nothing"),
    ("model: [{recurent: {size: 3}}]", "did you mean recurrent?"),
    (
      "model: [{for: {range: x, iterate: []}}]",
      "model[0].for.range: found 'x', expected an integer"
    ),
    ("templates: {t: [{t: {}}]}\nmodel: [{t: {}}]", "found containers in containers without end"),
    (
      "model: [{for: {range: 999, iterate: [{for: {range: 999, iterate: [flatten]}}]}}]",
      "found more than 20000 layers and loops"
    ),
    (
      "templates: {i: [{dense: \"{{ n }}\"}]}\nmodel: [{i: {n: \"{{ n * 2 }}\"}}]",
      "Does a value refer to itself"
    ),
    ("settings: {a: \"{{ a }}x\"}", "Does a value refer to itself in its template?"),
    ("settings: {a: \"{{ range(10 ** 12) | list }}\"}", "expected at most 1000000"),
    ("settings: {a: \"{{ 'x' * 10 ** 12 }}\"}", "expected at most 1000000"),
    ("settings: {a: \"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}\"}", "found calls in calls"),
    (
      "settings: {a: \"{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}\"}",
      "without end"
    ),
    ("settings: !!python/object/apply:os.system [ls]", "which would run Python; expected data"),
    (
      "a: &a [x, x]\nb: &b [*a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c]\n"
        + "e: &e [*d, *d, *d, *d, *d, *d]\nf: &f [*e, *e, *e, *e, *e, *e]\ng: &g [*f, *f, *f, *f, *f, *f]\n"
        + "h: &h [*g, *g, *g, *g, *g, *g]\ni: [*h, *h, *h, *h, *h, *h]",
      "found more than 1000000 values"
    ),
    ("include: [{method: blend}]", "expected a path, or a mapping with source"),
  ])
  func errorsSayWhereAndWhat(text: String, message: String) throws {
    let error = try error(text)
    #expect(error?.contains(message) == true, "\(error ?? "no error")")
  }

  @Test func whatIsUndefinedIsNoted() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/k.yml"
      let text = """
        settings: {vocab: [a, b], size: "{{ 3 if false }}", deep: "{{ no | default(2) }}"}
        train:
          hooks: "{{ vocabb }}"
          log: "x{{ vocab[7] }}{% for i in gone %}{{ i }}{% endfor %}{{ 'a' ~ far }}{{ up | upper }}"
        model: [{for: {range: 2, iterate: [{dense: "{{ vocab | length }}{{ indx }}"}]}}]
        """
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      var kurfile = try Kurfile(path: path)
      try kurfile.evaluate(KurEngine(path: path))
      let notes = kurfile.notes.map { $0.replacing(path, with: "k.yml") }
      #expect(notes.count == 6, "\(notes)")
      for note in [
        "k.yml:3: train.hooks: found 'vocabb' is undefined; did you mean vocab?, expected",
        "k.yml:4: train.log: found a list has no '7'", "'gone' is undefined", "'far' is undefined",
        "'up' is undefined",
        ":5: model[0].for[0].dense: found 'indx' is undefined; did you mean index?",
      ] {
        #expect(notes.contains { $0.contains(note) }, "\(note): \(notes)")
      }
    }
  }

  @Test func whatIsLeftOutIsNoted() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/k.yml"
      try Data(
        "include: [gone.yml, {source: k.yml, speed: 3}]\nmodel: [{for: {range: -2, iterate: []}}]\nvalidat: {}\ntest: {weihgts: w}\n"
          .utf8
      ).write(to: URL(fileURLWithPath: path))
      var kurfile = try Kurfile(path: path)
      try kurfile.evaluate(KurEngine(path: path))
      let notes = kurfile.notes.joined(separator: "\n")
      for note in [
        "no file matches gone.yml", "the key speed", "includes itself",
        "validat is no section of a Kurfile, and is left out. Did you mean validate?",
        ":4: test: found the setting weihgts, which nothing reads; did you mean weights?",
        ":2: model[0].for.range: found -2, which makes no layer",
      ] {
        #expect(notes.contains(note), "\(notes)")
      }
    }
  }
}
