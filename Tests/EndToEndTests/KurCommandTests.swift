import Foundation
import ParlaTestSupport
import Testing

/// `parla kur` as people type it.
@Suite struct KurCommandTests {
  @Test func dumpPrintsAKurfileAsKurDoes() throws {
    try withTemporaryFolder { folder in
      let files = [
        "base.yml": "settings: {n: 3, name: \"é\"}\n",
        "k.yml": """
        ---
        include: [base.yml, gone.yml]
        settings: {m: "{{ 2 * 5 }}"}
        train: {epochs: "{{ m - n }}", fast: yes}
        model:
          - input: {shape: [4]}
            name: x
          - for: {range: 2, iterate: [{dense: "{{ index + 1 }}"}]}
        ...
        """,
      ]
      for (name, text) in files {
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
      }
      let before = try runCommand("kur", "dump", "-p", folder + "/k.yml")
      #expect(before.status == 0)
      #expect(before.output.contains("\"m\": \"{{ 2 * 5 }}\""))
      let result = try runCommand("kur", "dump", folder + "/k.yml")
      #expect(result.status == 0)
      #expect(
        result.errors
          == "\(folder)/k.yml: include: no file matches gone.yml, so nothing is included.\n")
      #expect(
        result.output.hasSuffix(
          """
              "settings": {
                  "m": 10,
                  "n": 3,
                  "name": "\\u00e9"
              },
              "train": {
                  "epochs": 7,
                  "fast": true
              },
              "training": {
                  "epochs": 7,
                  "fast": true
              }
          }

          """), "\(result.output)")
      try Data("model: [{dense: \"{{ n / 0 }}\"}]".utf8).write(
        to: URL(fileURLWithPath: folder + "/bad.yml"))
      let bad = try runCommand("kur", "dump", folder + "/bad.yml")
      #expect(bad.status == 1)
      #expect(
        bad.errors.hasPrefix(
          "Error: \(folder)/bad.yml:1: model[0].dense: \"{{ n / 0 }}\": 'n' is undefined."))
    }
  }
}
